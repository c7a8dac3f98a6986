import type { Seconds } from '../../spec/game/clocks.ts'
import type { Rejection } from '../../spec/rejection.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'

/** A call in a block of the modelled chain, and what became of it. */
export interface SimulatedCall {
  readonly kind: 'Call'
  readonly block: number
  readonly time: Seconds
  readonly actor: string
  readonly sender: Address
  readonly call: Call
  readonly valueWei: Wei
  readonly outcome: 'accepted' | 'InsufficientFunds' | Rejection['reason']
  readonly gas: number
  /** What its gas cost its sender. */
  readonly gasWei: Wei
  /** What it was paid, where it withdrew. */
  readonly paidWei: Wei
  /** The service behind the call. */
  readonly after: ServiceState
}

/** The last blocks are gone: whatever stands in the journal since block `from`, that one included, never was. */
export interface Reorganisation {
  readonly kind: 'Reorganisation'
  readonly time: Seconds
  readonly from: number
  readonly depth: number
}

export type SimulatedEntry = SimulatedCall | Reorganisation

/** The calls of the chain as it stands at the end: what was reorganised away is not among them. */
export const canonical = (journal: readonly SimulatedEntry[]): readonly SimulatedCall[] =>
  journal.reduce<SimulatedCall[]>((calls, entry) => {
    if (entry.kind === 'Call') calls.push(entry)
    else while ((calls.at(-1)?.block ?? -1) >= entry.from) calls.pop()
    return calls
  }, [])
