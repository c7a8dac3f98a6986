import fc from 'fast-check'
import { expect, test } from 'vitest'
import { commitLetter } from '../phases/alphabet.ts'
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
