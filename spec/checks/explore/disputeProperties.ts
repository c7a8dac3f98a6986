/** What is checked on every state and every transition of every instance. */
export const PROPERTIES = [
  { id: 'SAFE-1', sentence: 'an asserter of a true claim that moves within its clock never loses' },
  { id: 'SAFE-2', sentence: 'a challenger of a false claim that moves within its clock never loses' },
  { id: 'LIVE-1', sentence: 'an honest party that is to move has a reply, and the rules accept it' },
  { id: 'INVARIANT-1', sentence: 'the start of what is disputed is the true root there' },
  { id: 'INVARIANT-2', sentence: 'every root that the honest party posted is true' },
  { id: 'INVARIANT-3', sentence: 'the end that the opponent of the honest party stands by is false' },
  { id: 'PROGRESS-1', sentence: 'a dissection shrinks the segment, a descent lowers the phase' },
  { id: 'BOUND-1', sentence: 'a dispute has at most maxMoves moves' },
  { id: 'BOUND-2', sentence: 'a dispute lasts at most maxDisputeSeconds' },
  { id: 'CLOCK-1', sentence: 'at every second exactly one of move and timeout is possible' },
  { id: 'CLOCK-2', sentence: 'whoever moves pays for its own time, to the second, and nobody else does' },
  { id: 'TURN-1', sentence: 'nobody moves out of turn' },
  { id: 'REFUSE-1', sentence: 'a malformed reply is refused with a reason, and nothing throws' },
  { id: 'ABSORB-1', sentence: 'a decided dispute takes no call' },
] as const

export type PropertyId = (typeof PROPERTIES)[number]['id']

/** How often each property was violated, and where first. */
export type Violations = ReadonlyMap<PropertyId, { readonly count: number; readonly first: string }>

export interface Ledger {
  readonly violations: Violations
  readonly check: (id: PropertyId, holds: boolean, where: () => string) => void
}

export const ledger = (): Ledger => {
  const violations = new Map<PropertyId, { count: number; first: string }>()
  return {
    violations,
    check: (id, holds, where) => {
      if (holds) return
      const known = violations.get(id)
      violations.set(id, known ? { ...known, count: known.count + 1 } : { count: 1, first: where() })
    },
  }
}
