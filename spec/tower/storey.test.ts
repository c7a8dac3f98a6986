import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instances, liePath, setTable } from '../checks/properties/alphabetGame.ts'
import { type Bytes, fromBigEndian } from '../commitments/bytes.ts'
import { asHash } from '../commitments/hash.ts'
import { commitLetter, type Letter, stepLast } from './phases/alphabet.ts'
import type { Trace } from './tower.ts'

/** The letter that a witness of the alphabet tower begins with. */
const letterOf = (witness: Bytes): Letter => ({
  count: Number(fromBigEndian(witness.subarray(0, 6))),
  value: asHash(witness.subarray(6, 38)),
})

/** The steps of a run whose post-state is not what the step below, or the arbiter, makes of the state before it. */
const falseSteps = (trace: Trace, phase: number, honestStep: (letter: Letter) => Letter): readonly number[] =>
  Array.from({ length: trace.length }, (_, step) => step).filter((step) => {
    const witness = trace.kind === 'last' ? trace.stepWitness(step) : trace.descend(step).witness
    const [pre, post] = trace.rootsAt([step, step + 1])
    const letter = letterOf(witness)
    expect(commitLetter(phase, letter)).toBe(pre)
    return commitLetter(phase, honestStep(letter)) !== post
  })

/**
 * Rationale: every test that a liar is caught rests on this. A lie that is nowhere proves nothing, and one that is in
 * other steps too is caught for another reason than the one that the test is about.
 */
test('STOREY-1 a lie is told in the step that its path names, in each phase, and in no other', () => {
  fc.assert(
    fc.property(instances, fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (instance, choices) => {
      const table = setTable(instance)
      const { lengths } = instance.tower
      const path = liePath(table, choices)
      const top = table.storey.run(table.start, path)
      const stepTop = lengths.length === 0 ? stepLast : table.storey.phase.step
      expect(falseSteps(top, 0, stepTop)).toEqual([path[0]])
      let trace: Trace = top
      for (const [phase, step] of path.entries()) {
        if (trace.kind === 'last') {
          // An altered last letter that is stable steps to itself: all other steps are true ones.
          expect(falseSteps(trace, phase, stepLast)).toEqual([step])
          break
        }
        for (const other of Array.from({ length: trace.length }, (_, i) => i).filter((i) => i !== step)) {
          const { below } = trace.descend(other)
          if (below.kind === 'last') expect(falseSteps(below, phase + 1, stepLast)).toEqual([])
        }
        trace = trace.descend(step).below
      }
    }),
    { numRuns: 50 },
  )
})

/** Rationale: a run is stated with any length from the true one on; what lies behind its end is its end. */
test('STOREY-2 beyond its length a run stands still', () => {
  fc.assert(
    fc.property(instances, fc.nat({ max: 20 }), (instance, more) => {
      const { trueRun } = setTable({ ...instance, tower: { ...instance.tower, lengths: [] } })
      if (trueRun.kind !== 'last') throw new Error('one phase is the last one')
      const { length } = trueRun
      expect(trueRun.rootsAt([length + more])).toEqual(trueRun.rootsAt([length]))
      expect(trueRun.stepWitness(length + more)).toEqual(trueRun.stepWitness(length))
    }),
    { numRuns: 50 },
  )
})
