import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigEndian, concat, fromHex } from '../../commitments/bytes.ts'
import { keccak } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import {
  alphabetOutput,
  alphabetRules,
  alphabetStart,
  alphabetStorey,
  commitLetter,
  type Letter,
  letterBytes,
  stepLast,
} from '../../tower/phases/alphabet.ts'
import { instances, setTable } from './alphabetGame.ts'

/**
 * Rationale: rules and traces share the functions that say what a step is, so a step that forgets something is no
 * disagreement between them; what a letter counts must be said once more.
 */
test('ALPHABET-1 a letter of an upper phase counts its steps, one of the last phase those that are left', () => {
  fc.assert(
    fc.property(instances, (instance) => {
      const { storey, start, trueRun } = setTable(instance)
      const { lengths, stepLimit } = instance.tower
      const left = Math.max(0, start.count - stepLimit)
      expect(trueRun.end.count).toBe(lengths[0] ?? left)
      expect(storey.phase.step(start).count).toBe(lengths.length > 0 ? 1 : start.count - 1)
      expect(trueRun.rootsAt([trueRun.length])).toEqual([commitLetter(0, trueRun.end)])
    }),
    { numRuns: 100 },
  )
})

/** Rationale: runs of every length must occur, or the games that are played here are all alike. */
test('ALPHABET-2 the first byte of a run’s first value decides which of the lengths it has', () => {
  const tower = { lengths: [], lastLengths: [3, 5, 7], stepLimit: 9 }
  const counts = Array.from({ length: 40 }, (_, seed) => {
    const input = tensorRoot(bigEndian(seed, 4))
    const { count, value } = alphabetStart(tower, input)
    expect(value).toBe(keccak(input))
    expect(count).toBe([3, 5, 7][fromHex(value)[0]! % 3])
    return count
  })
  expect(new Set(counts).size).toBe(3)
})

test('ALPHABET-3 a letter with no steps left is stable', () => {
  const stable: Letter = { count: 0, value: keccak(Uint8Array.of(1)) }
  expect(stepLast(stable)).toEqual(stable)
  expect(stepLast({ ...stable, count: 2 })).toEqual({ count: 1, value: keccak(fromHex(stable.value)) })
})

test('ALPHABET-4 its phases are named by their place', () => {
  const tower = { lengths: [2, 2], lastLengths: [3], stepLimit: 9 }
  expect(alphabetRules(tower).phases).toEqual(['alphabet0', 'alphabet1', 'alphabet2'])
  expect(alphabetStorey(tower).phase.name).toBe('alphabet0')
  expect(alphabetStorey({ ...tower, lengths: [] }).phase.name).toBe('alphabet0')
})

/** Rationale: each tower has these refusals; whoever reads one must see which two values disagree. */
test('ALPHABET-5 each refusal carries the values that disagree', () => {
  const { top, descents, arbiter } = alphabetRules({ lengths: [2], lastLengths: [3], stepLimit: 9 })
  const [joint] = descents
  const above: Letter = { count: 2, value: keccak(Uint8Array.of(1)) }
  const below: Letter = { count: 0, value: keccak(Uint8Array.of(2)) }
  const running: Letter = { ...below, count: 4 }
  const [pre, end, cut] = [commitLetter(0, above), commitLetter(1, below), commitLetter(1, running)]
  const both = (last: Letter) => concat(letterBytes(above), letterBytes(last))
  const refused = (reason: string, details: object) => ({ ok: false, rejection: { reason, details } })
  const malformed = (expected: number, actual: number) => refused('WitnessMalformed', { expected, actual })

  expect(top.startRoot(tensorRoot(Uint8Array.of()), Uint8Array.of(1))).toEqual(malformed(0, 1))
  expect(top.outputRoot(pre, 2, letterBytes(above).slice(1))).toEqual(malformed(38, 37))
  expect(top.outputRoot(end, 2, letterBytes(above))).toEqual(
    refused('EndMismatch', { expected: end, actual: pre }),
  )
  expect(top.outputRoot(pre, 3, letterBytes(above))).toEqual(
    refused('LengthInvalid', { expected: 2, given: 3 }),
  )
  expect(top.outputRoot(pre, 2, letterBytes(above))).toEqual({
    ok: true,
    value: tensorRoot(alphabetOutput(above).output),
  })

  expect(joint!.enterRoot(pre, letterBytes(above))).toEqual(malformed(76, 38))
  expect(joint!.enterRoot(end, both(below))).toEqual(
    refused('PreStateMismatch', { expected: end, actual: pre }),
  )
  expect(joint!.exitRoot(pre, end, 3, letterBytes(above))).toEqual(malformed(76, 38))
  expect(joint!.exitRoot(end, end, 3, both(below))).toEqual(
    refused('PreStateMismatch', { expected: end, actual: pre }),
  )
  expect(joint!.exitRoot(pre, pre, 3, both(below))).toEqual(
    refused('EndMismatch', { expected: pre, actual: end }),
  )
  for (const length of [0, 10, 1.5])
    expect(joint!.exitRoot(pre, end, length, both(below))).toEqual(
      refused('LengthInvalid', { expected: 9, given: length }),
    )
  expect(joint!.exitRoot(pre, cut, 8, both(running))).toEqual(
    refused('EndNotStable', { length: 8, stepLimit: 9 }),
  )
  expect(joint!.exitRoot(pre, cut, 9, both(running)).ok).toBe(true)
  expect(joint!.exitRoot(pre, end, 1, both(below)).ok).toBe(true)

  expect(arbiter.stepRoot(cut, both(running))).toEqual(malformed(38, 76))
  expect(arbiter.stepRoot(end, letterBytes(running))).toEqual(
    refused('PreStateMismatch', { expected: end, actual: cut }),
  )
})
