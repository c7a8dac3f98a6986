import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EMPTY_MEMORY } from '../../spec/commitments/memory.ts'
import { step } from '../../spec/machine/execute.ts'
import { codeTree } from '../../spec/machine/program.ts'
import { commitState, initialState, type Processor, TRAPPED } from '../../spec/machine/state.ts'
import { stepWitness } from '../../spec/machine/witness.ts'
import { type StepBatch, type StepCase, startStepBatch } from '../chain/stepBatch.ts'
import { random } from '../models/mnist/random.ts'
import { Engine } from '../vm/engine.ts'
import { PagedMemory } from '../vm/pagedMemory.ts'
import { VmTrace } from '../vm/trace.ts'
import { assemble } from './assemble.ts'
import { checkConformance } from './conformance.ts'
import { directedPrograms } from './directed.ts'
import { legalInstructions, reservedWords } from './encodings.ts'
import { hasQemu } from './qemu.ts'
import { compareWithQemu } from './qemuPrograms.ts'
import { randomRun } from './randomProgram.ts'
import { revisit } from './revisits.ts'
import { compareRuns } from './threeWay.ts'

const SEED = Number(process.env['OPML_SEED'] ?? 1)
const AGREED = { disagreements: 0, examples: [] }

const isMissing = !hasQemu()
if (isMissing)
  console.log('skipped: programs in qemu, since qemu-riscv32 (Debian: qemu-user) is not installed')

let contract: StepBatch
beforeAll(async () => {
  contract = await startStepBatch()
})
afterAll(() => contract?.stop())

const CODE_BASE = 0x0001_0000
const randomRuns = (first: number, count: number, stepLimit: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: `random program ${first + i}`,
    given: randomRun(first + i, stepLimit),
  }))

describe('every instruction', () => {
  // Rationale: what the decoder does not know is not generated, and what is not generated is not compared.
  test('CONFORM-1 the decoder knows the 48 instructions of RV32IM, and each stands in a program of its own', () => {
    const names = [...legalInstructions().keys()]
    expect(names).toHaveLength(48)
    const programs = directedPrograms()
    expect(programs.map(({ name }) => name)).toEqual(expect.arrayContaining(names))
    for (const { name, given } of programs) {
      const trace = new VmTrace(given)
      // Whatever it is to show, it must come that far.
      expect(trace.stateAt(trace.length).status, name).not.toBe(0)
      expect(trace.length, name).toBeGreaterThan(7)
    }
  })

  test('CONFORM-2 at its edges, spec, engine and contract agree on every root', async () => {
    const programs = directedPrograms()
    const steps = programs.reduce((sum, { given }) => sum + new VmTrace(given).length, 0)
    expect(steps).toBeGreaterThan(15_000)
    expect(await compareRuns(programs, contract)).toEqual({ steps, ...AGREED })
  })
})

describe('reserved encodings', () => {
  const words = reservedWords(() => random(SEED).below(2 ** 32))

  // Rationale: a word that one of them takes for an instruction is a program that runs on in one of them.
  test('CONFORM-3 every class of words that decodes to nothing traps in the engine, and changes nothing', () => {
    expect(words.length).toBeGreaterThan(120_000)
    const code = assemble(
      CODE_BASE,
      words.map((value) => ({ kind: 'word', word: value })),
    )
    const engine = new Engine(code, new PagedMemory([]), CODE_BASE)
    const registers = Array.from({ length: 32 }, (_, i) => (i === 0 ? 0 : 0x1000 * i))
    for (const i of words.keys()) {
      const before: Processor = { status: 0, registers, pc: CODE_BASE + 4 * i }
      engine.setProcessor(before)
      expect(engine.run(1)).toBe(1)
      const { status, pc } = engine.processor()
      if (status !== TRAPPED || pc !== before.pc) expect.fail(`word 0x${words[i]!.toString(16)}`)
    }
    expect(engine.processor().registers).toEqual(registers)
  })

  test('CONFORM-4 and in the contract, on a random part of them', async () => {
    const choose = random(SEED)
    const cases = Array.from({ length: 2000 }, () => {
      const word = words[choose.below(words.length)]!
      const code = { base: CODE_BASE, height: 0, words: [word] }
      const state = initialState(CODE_BASE, EMPTY_MEMORY)
      const program = { codeBase: CODE_BASE, codeHeight: 0, codeRoot: codeTree(code).root }
      const asked = { program, pre: commitState(state), witness: stepWitness(code, state) }
      return { word, asked, post: commitState(step(code, state)) }
    })
    const verdicts = await contract.verdicts(cases.map(({ asked }) => asked))
    expect(cases.filter(({ post }, i) => verdicts[i] !== post).map(({ word }) => word)).toEqual([])
  })
})

describe('random programs', () => {
  // Rationale: what a single instruction does is known by now; loops, calls and jumps bring states that nobody wrote.
  test('CONFORM-5 spec, engine and contract agree on every root', async () => {
    const { steps, ...rest } = await compareRuns(randomRuns(1000 * SEED, 105, 1000), contract)
    expect(rest).toEqual(AGREED)
    expect(steps).toBeGreaterThan(100_000)
  })

  // Rationale: a dispute stops a run anywhere, and goes back; where one stops must not show.
  test('CONFORM-6 stopped anywhere, back and forth, roots and witnesses are the specification’s', () => {
    let regions = 0
    for (const [i, { name, given }] of randomRuns(2000 * SEED, 20, 20_000).entries()) {
      const visits = revisit(name, given, SEED + i, 12)
      expect(visits.disagreements).toEqual([])
      regions += visits.regions
    }
    // Else it would be the interpreter that was compared.
    expect(regions).toBeGreaterThan(100)
  })

  test.skipIf(isMissing)('CONFORM-7 registers and data at the end are those of qemu', () => {
    let compared = 0
    for (let seed = 3000 * SEED; seed < 3000 * SEED + 20; seed++) {
      const ends = compareWithQemu(seed, 2_000_000)
      if (ends === 'too long') continue
      expect(ends.engine, `random program ${seed}`).toBe(ends.qemu)
      compared++
    }
    expect(compared).toBeGreaterThan(15)
  })
})

// Rationale: a check that cannot see a difference proves nothing.
test('CONFORM-10 the report counts every step that a contract answers otherwise', async () => {
  const refusing = { verdicts: async (cases: readonly StepCase[]) => cases.map(() => 'CodeMismatch') }
  const report = await checkConformance(directedPrograms().slice(0, 2), SEED, 1500, refusing)
  expect(report.instructions).toBe(1500)
  expect(report.disagreements).toBe(1500 + report.directedInstructions)
  expect(report.stops).toBeGreaterThan(20)
  expect(report.examples).toHaveLength(20)
  expect(report.examples[0]).toMatchObject({ step: 0, state: 'after', contract: 'CodeMismatch' })
})
