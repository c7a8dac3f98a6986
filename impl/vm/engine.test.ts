import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../spec/commitments/memory.ts'
import type { Instruction } from '../../spec/machine/decode.ts'
import { encode } from '../../spec/machine/encode.ts'
import { run as runSpec } from '../../spec/machine/execute.ts'
import { CODE_BASE } from '../../spec/machine/machine.arbitrary.ts'
import { codeHeightFor } from '../../spec/machine/program.ts'
import { commitState, initialState, TRAPPED } from '../../spec/machine/state.ts'
import { elfFileOf, GUESTS } from '../bench/guests.ts'
import { loadGuestFile } from '../bench/runGuest.ts'
import { Engine } from './engine.ts'
import { PagedMemory } from './pagedMemory.ts'
import { program } from './program.arbitrary.ts'
import { expectSameRun } from './tiers.fixture.ts'
import { type VmRun, VmTrace } from './trace.ts'
import { type Thresholds, type Translation, translationOf } from './translate/translation.ts'

/** The run with a translation of its own. */
const heated = (
  run: VmRun,
  thresholds: Thresholds,
): { readonly run: VmRun; readonly translation: Translation } => {
  const code = { ...run.code }
  return { run: { ...run, code }, translation: translationOf(code, thresholds) }
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
        steps += expectSameRun(plain, fast, parts)
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

  // Rationale: how a run is cut, kept and translated is each party's own affair; its roots are everybody's.
  test('VM-63 roots do not depend on the tier, on how far snapshots are apart, or on what was asked before', () => {
    const spacing = fc.integer({ min: 1, max: 1500 })
    const asked = fc.array(fc.integer({ min: 0, max: 4200 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(program, low, spacing, spacing, asked, (given, thresholds, a, b, ns) => {
        const translated = new VmTrace(heated(given, thresholds).run, a)
        const interpreted = new VmTrace(heated(given, { hot: 1e6, unite: 1 }).run, b)
        const roots = (trace: VmTrace, order: readonly number[]): Map<number, string> =>
          new Map(order.map((n) => [n, trace.rootAt(n)]))
        expect(translated.length).toBe(interpreted.length)
        const expected = roots(interpreted, ns)
        for (const [n, root] of roots(translated, ns.toReversed())) expect(root).toBe(expected.get(n))
      }),
      { numRuns: 60 },
    )
  })

  // A counterexample: nothing in the interpreter jumps to a function that translated code alone calls, so that it was
  // never met, never hot, and cost the way to the interpreter and back at every call.
  test.each([
    ['directly', [{ kind: 'jal', rd: 1, immediate: 8 }]],
    [
      'through a register',
      [
        { kind: 'auipc', rd: 8, immediate: 0 },
        { kind: 'immediate', operation: 'add', rd: 7, rs1: 8, immediate: 16 },
        { kind: 'jalr', rd: 1, rs1: 7, immediate: 0 },
      ],
    ],
  ] as const)('VM-64 a function that only translated code calls gets hot, called %s', (_, call) => {
    const words = [
      { kind: 'immediate', operation: 'add', rd: 5, rs1: 5, immediate: 1 } as const,
      { kind: 'immediate', operation: 'slt', rd: 6, rs1: 5, immediate: 200 } as const,
      { kind: 'branch', operation: 'bne', rs1: 6, rs2: 0, immediate: -8 } as const,
      // Not before the loop is translated.
      ...call,
      { kind: 'jal', rd: 0, immediate: -12 - 4 * call.length } as const,
      { kind: 'jalr', rd: 0, rs1: 1, immediate: 0 } as const,
    ].map(encode)
    const code = { base: CODE_BASE, height: 0, words }
    const translation = translationOf(code, { hot: 20, unite: 1e6 })
    new Engine(code, new PagedMemory([]), CODE_BASE).run(2000)
    expect([translation.has(0), translation.has(words.length - 1)]).toEqual([true, true])
  })

  // Rationale: the interpreter sees the target of a call that it makes; of one through a register in translated code nothing tells that it is
  // a function, but the miss that the call leaves behind.
  test('VM-64 what only translated code calls, through a register, is translated as a function, and not from its loop', () => {
    const words = [
      { kind: 'immediate', operation: 'add', rd: 5, rs1: 5, immediate: 1 } as const,
      { kind: 'immediate', operation: 'slt', rd: 6, rs1: 5, immediate: 200 } as const,
      { kind: 'branch', operation: 'bne', rs1: 6, rs2: 0, immediate: -8 } as const,
      { kind: 'auipc', rd: 8, immediate: 0 } as const,
      { kind: 'immediate', operation: 'add', rd: 7, rs1: 8, immediate: 16 } as const,
      { kind: 'jalr', rd: 1, rs1: 7, immediate: 0 } as const,
      { kind: 'jal', rd: 0, immediate: -24 } as const,
      // The function: its loop starts at the next word.
      { kind: 'immediate', operation: 'add', rd: 9, rs1: 0, immediate: 30 } as const,
      { kind: 'immediate', operation: 'add', rd: 9, rs1: 9, immediate: -1 } as const,
      { kind: 'branch', operation: 'bne', rs1: 9, rs2: 0, immediate: -4 } as const,
      { kind: 'jalr', rd: 0, rs1: 1, immediate: 0 } as const,
    ].map(encode)
    const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
    const translation = translationOf(code, { hot: 20, unite: 1e6 })
    new Engine(code, new PagedMemory([]), CODE_BASE).run(20_000)
    expect([translation.has(7), translation.has(8)]).toEqual([true, false])
  })

  // Rationale: translated from its head, a loop is most of its function again; with both, code is translated twice.
  test('VM-69 a hot loop is translated with its function, and from its head only where it goes on', () => {
    const [rounds, left] = [5, 6]
    const program = (calls: number, iterations: number): readonly Instruction[] => [
      { kind: 'immediate', operation: 'add', rd: rounds, rs1: 0, immediate: calls },
      { kind: 'jal', rd: 1, immediate: 16 },
      { kind: 'immediate', operation: 'add', rd: rounds, rs1: rounds, immediate: -1 },
      { kind: 'branch', operation: 'bne', rs1: rounds, rs2: 0, immediate: -8 },
      { kind: 'ebreak' },
      // The function: its loop starts at the next word.
      { kind: 'immediate', operation: 'add', rd: left, rs1: 0, immediate: iterations },
      { kind: 'immediate', operation: 'add', rd: left, rs1: left, immediate: -1 },
      { kind: 'branch', operation: 'bne', rs1: left, rs2: 0, immediate: -4 },
      { kind: 'jalr', rd: 0, rs1: 1, immediate: 0 },
    ]
    const translatedAt = (calls: number, iterations: number): readonly boolean[] => {
      const words = program(calls, iterations).map(encode)
      const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
      const translation = translationOf(code, { hot: 20, unite: 1e6 })
      new Engine(code, new PagedMemory([]), CODE_BASE).run(1e6)
      return [translation.has(5), translation.has(6)]
    }
    expect(translatedAt(100, 30)).toEqual([true, false])
    expect(translatedAt(1, 2000)).toEqual([true, true])
  })

  // Rationale: compiled code has shapes that random programs do not, tables of jumps and deep calls among them.
  test("VM-65 the bench's guests have the same states in both tiers, at random stops", () => {
    for (const guest of GUESTS) {
      const { code, program: header, segments } = loadGuestFile(elfFileOf(guest))
      const run = { code, entry: header.entry, contents: segments, stepLimit: 1e9 }
      const plain = engineOf(run)
      const fast = engineOf(heated(run, { hot: 8, unite: 20 }).run)
      expectSameRun(plain, fast, fc.sample(fc.integer({ min: 1, max: 250_000 }), 12))
    }
  })

  test('VM-66 a loop longer than a function may be runs from one function into the next', () => {
    const count = 7000
    const words = [
      ...Array.from({ length: count }, (_, i) => {
        const rd = 5 + (i % 20)
        return encode({
          kind: 'immediate',
          operation: 'add',
          rd,
          rs1: 5 + ((i * 7) % 20),
          immediate: i % 100,
        })
      }),
      encode({ kind: 'jal', rd: 0, immediate: -4 * count }),
    ]
    const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
    const run = { code, entry: CODE_BASE, contents: [], stepLimit: 1e9 }
    const plain = engineOf(run)
    const { run: hot, translation } = heated(run, { hot: 2, unite: 4 })
    const fast = engineOf(hot)
    expectSameRun(plain, fast, [30_000, 1, 6999, 7001, 100_003, 12_345])
    expect(translation.has(0)).toBe(true)
  })

  // Rationale: calls of translated code nest on the host's stack, which is smaller than a guest's may be.
  test('VM-67 a guest may call far deeper than the host', () => {
    const depth = 50_000
    const [ra, sp, left, count] = [1, 2, 5, 6]
    const add = (rd: number, rs1: number, immediate: number): Instruction => ({
      kind: 'immediate',
      operation: 'add',
      rd,
      rs1,
      immediate,
    })
    const words = [
      { kind: 'lui', rd: sp, immediate: 0x4000_0000 } as const,
      { kind: 'lui', rd: left, immediate: depth & ~0xfff } as const,
      add(left, left, depth & 0xfff),
      { kind: 'jal', rd: ra, immediate: 8 } as const,
      { kind: 'jal', rd: 0, immediate: -8 } as const,
      // The function calls itself until nothing is left, and counts on the way back.
      add(sp, sp, -16),
      { kind: 'store', operation: 'sw', rs1: sp, rs2: ra, immediate: 0 } as const,
      { kind: 'branch', operation: 'beq', rs1: left, rs2: 0, immediate: 12 } as const,
      add(left, left, -1),
      { kind: 'jal', rd: ra, immediate: -16 } as const,
      { kind: 'load', operation: 'lw', rd: ra, rs1: sp, immediate: 0 } as const,
      add(sp, sp, 16),
      add(count, count, 1),
      { kind: 'jalr', rd: 0, rs1: ra, immediate: 0 } as const,
    ].map(encode)
    const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
    const run = { code, entry: CODE_BASE, contents: [], stepLimit: 1e9 }
    const plain = engineOf(run)
    const fast = engineOf(heated(run, { hot: 4, unite: 100 }).run)
    expectSameRun(plain, fast, [100_000, 123_457, 1, 400_000, 77, 300_000])
    expect(plain.processor().registers[count]).toBeGreaterThan(depth)
  })
})
