import { expect, test } from 'vitest'
import { readSnapshot } from '../../impl/bench/gas/snapshot.ts'
import type { Call } from '../../spec/service/calls.ts'
import { CALL_TABLE } from '../../spec/service/callTable.ts'
import { gasTable } from './gas.ts'

const move = (kind: string): Call => ({ kind: 'Move', reply: { kind } }) as unknown as Call
const opening = (kind: string): Call => ({ kind: 'Open', reply: { kind } }) as unknown as Call

/** Rationale: figures of a simulation are worth what the gas behind them is. */
test('SIMGAS-1 a simulated call takes what was measured of the contracts, a vector’s gas by its arity', () => {
  const snapshot = readSnapshot()
  for (const arity of [2, 4, 8, 16, 32, 64]) {
    const gasOf = gasTable(arity)
    expect(gasOf(move('Dissect'))).toBe(snapshot.move[arity])
    expect(gasOf(opening('Dissect')) - gasOf(move('Dissect'))).toBe(snapshot.open - snapshot.move['16']!)
  }
  const gasOf = gasTable(16)
  expect(gasOf(opening('Dissect'))).toBe(snapshot.open)
  expect(gasOf(move('Descend'))).toBe(Math.max(...Object.values(snapshot.descend)))
  expect(gasOf(move('Arbitrate'))).toBeGreaterThan(snapshot.step.worst)
  expect(gasOf({ kind: 'Finalize' } as Call)).toBe(snapshot.settle)
  for (const kind of ['Seal', 'Reveal', 'Attend'] as const)
    expect(gasOf({ kind } as Call)).toBe(snapshot[kind.toLowerCase() as 'seal' | 'reveal' | 'attend'])
  // Whatever else can be called: each kind has a figure that was measured.
  const kinds = Object.keys(CALL_TABLE) as Call['kind'][]
  const apart = ['Open', 'Move', 'Finalize', 'Request', 'Claim', 'Seal', 'Reveal', 'Timeout', 'Attend']
  const others = kinds.filter((kind) => !apart.includes(kind))
  expect(others.length).toBe(18)
  for (const kind of others)
    expect([kind, gasOf({ kind } as Call)]).toEqual([kind, snapshot.others[kind] ?? 'not measured'])
  expect(gasOf(move('Arbitrate'))).toBeGreaterThanOrEqual(snapshot.others['Arbitrate']!)
  expect(gasTable(12)(move('Dissect'))).toBe((snapshot.move['8']! + snapshot.move['16']!) / 2)
  const byArity = [2, 3, 5, 9, 16, 33, 64].map((arity) => gasTable(arity)(move('Dissect')))
  expect(byArity.toSorted((a, b) => a - b)).toEqual(byArity)
})
