import { bigEndian } from '../../commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../commitments/hash.ts'
import type { Seconds } from '../../game/clocks.ts'
import type { Rejection } from '../../rejection.ts'
import type { Applied } from '../../service/applied.ts'
import { applyCall } from '../../service/apply.ts'
import type { Block, Context } from '../../service/calls.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { type Intent, nextDeadline, type View } from '../../strategies/sight.ts'

/** Seconds from one block to the next; one transaction a block. */
export const BLOCK_SECONDS = 12

/** Somebody who plays: an account, and what it does next. */
export interface Player {
  readonly address: Address
  readonly act: (view: View) => Intent | undefined
  /** When it wants to be asked again, though nothing has changed. */
  readonly wakesAt?: (view: View) => Seconds | undefined
}

export interface Step {
  readonly intent: Intent
  readonly context: Context
  readonly before: ServiceState
  readonly applied: Applied
}

/** A block of a chain whose hashes nobody can guess; it knows those of the blocks that rounds were closed in. */
export const blockOf = ({ rounds }: ServiceState, number: number): Block => ({
  number,
  hashes: new Map(
    [...rounds.values()]
      .filter(({ closedIn }) => closedIn < number && closedIn + 256 >= number)
      .map(({ closedIn }) => [closedIn, keccak<Hash>(bigEndian(closedIn, 8))]),
  ),
})

/** The values that disagree, amounts among them. */
const detailsOf = ({ details }: Rejection): string =>
  JSON.stringify(details, (_, value) => (typeof value === 'bigint' ? String(value) : value))

/**
 * Plays one task, or several side by side, to their end: at each block the first player with something to do does it; where nobody has, time
 * passes to the next deadline. A player's call that is refused is a bug of its strategy, and thrown.
 */
export const play = (
  start: ServiceState,
  now: Seconds,
  tasks: Id | readonly Id[],
  players: readonly Player[],
  onStep: (step: Step) => void = () => {},
): ServiceState => {
  let [state, time, number] = [start, now, 1]
  for (;;) {
    const view = { state, now: time, block: number }
    const turn = players
      .map((player) => ({ player, intent: player.act(view) }))
      .find(({ intent }) => intent !== undefined)
    if (turn?.intent === undefined) {
      const deadlines = [tasks].flat().map((task) => nextDeadline(view, task as Id))
      const next = [...deadlines, ...players.map((player) => player.wakesAt?.(view))]
        .filter((second) => second !== undefined)
        .filter((second) => second > time)
      if (next.length === 0) return state
      time = Math.max(time + BLOCK_SECONDS, Math.min(...next))
      continue
    }
    const { intent, player } = turn
    const block = blockOf(state, number)
    const context = { sender: player.address, valueWei: intent.valueWei, now: time, block }
    const result = applyCall(state, intent.call, context)
    if (!result.ok)
      throw new Error(
        `${intent.call.kind} refused: ${result.rejection.reason} ${detailsOf(result.rejection)}`,
      )
    onStep({ intent, context, before: state, applied: result.value })
    state = result.value.state
    time += BLOCK_SECONDS
    number++
  }
}
