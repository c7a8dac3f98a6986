import type { Seconds } from '../../spec/game/clocks.ts'
import type { Rejection } from '../../spec/rejection.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { callLine, jsonLine } from '../journal.ts'

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
  /** Who did it; undefined where nobody meant to. */
  readonly actor?: string
}

/** Somebody has bought a block, so that the victims' calls are not in it. */
export interface Bid {
  readonly kind: 'Bid'
  readonly block: number
  readonly time: Seconds
  readonly actor: string
  readonly victims: readonly string[]
  readonly paidWei: Wei
}

export type SimulatedEntry = SimulatedCall | Reorganisation | Bid

/** The calls of the chain as it stands at the end: what was reorganised away is not among them. */
export const canonical = (journal: readonly SimulatedEntry[]): readonly SimulatedCall[] =>
  journal.reduce<SimulatedCall[]>((calls, entry) => {
    if (entry.kind === 'Call') calls.push(entry)
    else if (entry.kind === 'Reorganisation') while ((calls.at(-1)?.block ?? -1) >= entry.from) calls.pop()
    return calls
  }, [])

/** Fields of calls that are hashes, or made of hashes: they depend on what stands for hashes. */
const HASHED: ReadonlySet<string> = new Set([
  ...['taskId', 'claimId', 'disputeId', 'sealId', 'modelId', 'sealed', 'salt', 'answer', 'verifier', 'to'],
  ...['endRoot', 'start', 'end', 'siblings', 'witness', 'startWitness', 'outputWitness'],
])

/** What is said, hashes aside; of roots, how many there are. */
const withoutHashes = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(withoutHashes)
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]): [string, unknown][] => {
      if (HASHED.has(key)) return []
      return [[key, key === 'roots' ? (inner as readonly unknown[]).length : withoutHashes(inner)]]
    }),
  )
}

const lineOf = (entry: SimulatedEntry): string => {
  if (entry.kind !== 'Call') return jsonLine(entry)
  const { block, time, actor, call, valueWei, outcome, gas, gasWei, paidWei } = entry
  const { kind: _, ...args } = call
  const behind = { valueWei, outcome, gas, gasWei, paidWei }
  return callLine({ block, time, actor }, call, behind, withoutHashes(args) as object)
}

/** A run's journal as JSON lines: who called what, when, and what became of it. No hashes: they are the same in any run. */
export const simulatedLines = (journal: readonly SimulatedEntry[]): string => journal.map(lineOf).join('')
