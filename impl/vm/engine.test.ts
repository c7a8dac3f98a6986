import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../spec/commitments/memory.ts'
import { run as runSpec } from '../../spec/machine/execute.ts'
import { commitState, initialState, TRAPPED } from '../../spec/machine/state.ts'
import { Engine } from './engine.ts'
import { PagedMemory } from './pagedMemory.ts'
import { program } from './program.arbitrary.ts'
import { type VmRun, VmTrace } from './trace.ts'
import { type Thresholds, type Translation, translationOf } from './translate/translation.ts'

/** The run with a translation of its own. */
const heated = (
  run: VmRun,
  thresholds: Thresholds,
): { readonly run: VmRun; readonly translation: Translation } => {
  const code = { ...run.code }
  return { run: { ...run, code }, translation: translationOf(code, code.words.length, thresholds) }
}

const engineOf = ({ code, contents, entry }: VmRun): Engine =>
  new Engine(code, new PagedMemory(contents), entry)

/** How many instructions are executed between stops. */
const stops = fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1, maxLength: 12, size: 'max' })
/** So low that most is translated, and translated again. */
const low = fc.record({ hot: fc.integer({ min: 0, max: 4 }), unite: fc.integer({ min: 0, max: 20 }) })

describe('engine', () => {
  // Rationale: translated code is a second implementation of the machine, with a count of its own; where it differs in
  // one register, mark or step from the first, parties that compute the same are told that one of them lies.
  test('VM-60 translated and interpreted, a run has the same states wherever it is stopped', () => {
    let [steps, regions, traps, united] = [0, 0, 0, 0]
    fc.assert(
      fc.property(program, stops, low, (given, parts, thresholds) => {
        const plain = engineOf(given)
        const { run, translation } = heated(given, thresholds)
        const fast = engineOf(run)
        for (const part of parts) {
          const done = plain.interpret(part)
          expect(fast.run(part)).toBe(done)
          expect(fast.processor()).toEqual(plain.processor())
          steps += done
        }
        const written = [...plain.memory.takeWritten()].sort()
        expect([...fast.memory.takeWritten()].sort()).toEqual(written)
        for (const page of written) expect(fast.memory.pageWords(page)).toEqual(plain.memory.pageWords(page))
        regions += translation.tableEntries - 1
        if (translation.modules.length === 1 && translation.lastSerial > 1) united++
        if (plain.processor().status === TRAPPED) traps++
      }),
      { numRuns: 300 },
    )
    expect(steps).toBeGreaterThan(200_000)
    expect(regions).toBeGreaterThan(500)
    expect(traps).toBeGreaterThan(10)
    expect(united).toBeGreaterThan(10)
  })

  // Rationale: two tiers that make the same mistake agree with each other; the specification does not share it.
  test('VM-61 the root after any number of instructions is that of the specification', () => {
    fc.assert(
      fc.property(program, low, fc.integer({ min: 1, max: 4000 }), (given, thresholds, n) => {
        const { run } = heated(given, thresholds)
        const trace = new VmTrace(run)
        const state = runSpec(run.code, initialState(run.entry, EMPTY_MEMORY), Math.min(n, run.stepLimit))
        expect(trace.rootAt(n)).toBe(commitState(state))
      }),
      { numRuns: 40 },
    )
  })
})
