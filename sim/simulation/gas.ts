import { readSnapshot } from '../../impl/bench/gas/snapshot.ts'
import type { Reply } from '../../spec/game/reply.ts'
import { type Call, callName } from '../../spec/service/calls.ts'

/** Gas of a call as a whole transaction. */
export type GasOfCall = (call: Call) => number

/** Gas that every transaction pays, whatever it does. */
const TRANSACTION = 21_000
/** The arity at which the snapshot's openings and descents were measured. */
const MEASURED_ARITY = 16

/** The snapshot has kinds of calls, a story the names of functions. */
const byCallName = (others: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(others).map(([kind, gas]) => [callName({ kind } as Call), gas]))

/** A dissection's gas at any arity, from those that were measured: on the straight line between its neighbours. */
const dissectionGas = (measured: Readonly<Record<string, number>>, arity: number): number => {
  const points = Object.entries(measured)
    .map(([key, gas]) => ({ key: Number(key), gas }))
    .toSorted((a, b) => a.key - b.key)
  const above = points.find(({ key }) => key >= arity) ?? points.at(-1)!
  const below = points.findLast(({ key }) => key <= arity) ?? points[0]!
  if (above.key === below.key) return above.gas
  const share = (arity - below.key) / (above.key - below.key)
  return Math.round(below.gas + share * (above.gas - below.gas))
}

/**
 * What the contracts take, from the snapshot of `npm run --silent bench -- gas`: the dearest that was measured of each.
 * A descent posts a vector as a dissection does, and an opening whichever of them is its reply, so both grow with the
 * arity as a dissection does. An arbitration is one instruction and the verdict, which is what a timeout does; that of the
 * bench's disputes where it was dearer.
 */
const tableOf = (arity: number): GasOfCall => {
  const { move, step, descend, open, settle, others, ...figures } = readSnapshot()
  const dissect = dissectionGas(move, arity)
  const wider = dissect - dissectionGas(move, MEASURED_ARITY)
  const replies: Readonly<Record<Reply['kind'], number>> = {
    Dissect: dissect,
    Descend: Math.max(...Object.values(descend)) + wider,
    Arbitrate: Math.max(others['Arbitrate']!, step.worst + figures.timeout - TRANSACTION),
  }
  const opening = open - dissectionGas(move, MEASURED_ARITY)
  const { request, claim, timeout, seal, reveal, attend } = figures
  const measured = { request, claim, timeout, seal, reveal, attend, finalize: settle }
  const gasByName: Readonly<Record<string, number>> = { ...byCallName(others), ...measured }
  const known = new Map<Call['kind'], number>()
  return (call) => {
    if (call.kind === 'Move') return replies[call.reply.kind]
    if (call.kind === 'Open') return opening + replies[call.reply.kind]
    const found = known.get(call.kind)
    if (found !== undefined) return found
    const name = callName(call)
    const gas = gasByName[name]
    if (gas === undefined) throw new Error(`no gas is known for ${name}`)
    known.set(call.kind, gas)
    return gas
  }
}

const tables = new Map<number, GasOfCall>()

/** The gas of every call at an arity; the snapshot is read once. */
export const gasTable = (arity: number): GasOfCall => {
  const table = tables.get(arity) ?? tableOf(arity)
  tables.set(arity, table)
  return table
}
