/** Seconds of chain time. */
export type Seconds = number

export type Party = 'asserter' | 'challenger'

export const opponentOf = (party: Party): Party => (party === 'asserter' ? 'challenger' : 'asserter')

/** Chess clocks: each side has its own, and it runs while that side is to move. */
export interface Clocks {
  readonly turn: Party
  /** When the side to move came to move. */
  readonly turnSince: Seconds
  /** Seconds left to each side when `turnSince` was. */
  readonly left: Readonly<Record<Party, Seconds>>
}

/** What a deployment gives each side: a clock, and an allowance for each phase below the first. */
export interface ClockTerms {
  readonly clockSeconds: Seconds
  readonly descentSeconds: Seconds
}

/** A side's whole time: the clock, and an allowance for each phase below the first, whose run takes recomputing. */
export const initialSeconds = (terms: ClockTerms, phaseCount: number): Seconds =>
  terms.clockSeconds + (phaseCount - 1) * terms.descentSeconds

/** The last second at which the side to move may still move. */
export const deadline = ({ turn, turnSince, left }: Clocks): Seconds => turnSince + left[turn]

/** A move is in time while now <= deadline; the timeout is claimable when now > deadline, and never both. */
export const isExpired = (clocks: Clocks, now: Seconds): boolean => now > deadline(clocks)

/** The clocks after the side to move has moved: it pays for the time it took. */
export const pass = (clocks: Clocks, now: Seconds): Clocks => {
  const { turn, left } = clocks
  const kept = deadline(clocks) - now
  return {
    turn: opponentOf(turn),
    turnSince: now,
    left: turn === 'asserter' ? { ...left, asserter: kept } : { ...left, challenger: kept },
  }
}
