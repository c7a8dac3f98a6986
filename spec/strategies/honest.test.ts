import { expect, test } from 'vitest'
import { parametersOf, setTable } from '../checks/properties/alphabetGame.ts'
import { keccak, type StateRoot } from '../commitments/hash.ts'
import { honestReply, traceAt } from './honest.ts'

const table = () =>
  setTable({
    tower: { lengths: [6], lastLengths: [9], stepLimit: 20 },
    parameters: parametersOf(3),
    seed: 7,
  })

const foreign = (name: number): StateRoot => keccak(Uint8Array.of(name))

/** Rationale: whoever picks a later segment agrees with a start that is false, and has lost. */
test('STRATEGY-1 the segment that is replied to ends in the first root that is not one’s own; the start is agreed', () => {
  const { trueRun } = table()
  const own = trueRun.rootsAt([0, 2, 4, 6])
  const position = (roots: readonly StateRoot[]) => ({ phase: 0, length: 6, roots, at: [0] })
  const segmentOf = (roots: readonly StateRoot[]) => honestReply(position(roots), 3, trueRun)?.segment
  expect(segmentOf(own)).toBeUndefined()
  for (const first of [1, 2, 3]) {
    const roots = own.map((root, i) => (i >= first ? foreign(i) : root))
    expect(segmentOf(roots)).toBe(first - 1)
    expect(segmentOf(own.with(first, foreign(first)))).toBe(first - 1)
    expect(segmentOf(roots.with(0, foreign(0)))).toBe(first - 1)
  }
  expect(segmentOf(own.with(0, foreign(0)))).toBeUndefined()
  const picked = honestReply(position(own.with(2, foreign(2))), 3, trueRun)
  expect(picked).toEqual({ segment: 1, reply: { kind: 'Dissect', roots: trueRun.rootsAt([3, 4]) } })
})

test('STRATEGY-2 a path that leads below the last phase is a bug', () => {
  const { trueRun } = table()
  expect(traceAt(trueRun, [2, 0]).kind).toBe('last')
  expect(() => traceAt(trueRun, [2, 0, 0])).toThrow('2/0/0')
})
