import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type StepBatch, startStepBatch } from '../chain/stepBatch.ts'
import { compareRuns } from '../conformance/threeWay.ts'
import { type VmRun, VmTrace } from '../vm/trace.ts'
import { nodeRuns, wholeRun } from './mnistSteps.ts'

const IMAGE = 42

let contract: StepBatch
beforeAll(async () => {
  contract = await startStepBatch()
})
afterAll(() => contract?.stop())

const [matmul1, bias1, relu1, matmul2, bias2, argmax] = nodeRuns(IMAGE) as [
  VmRun,
  VmRun,
  VmRun,
  VmRun,
  VmRun,
  VmRun,
]

const AGREED = { disagreements: 0, examples: [] }

/** `count` different steps of the run, ascending, the first and the last among them. */
const randomSteps = (length: number, count: number): readonly number[] => {
  const step = fc.integer({ min: 0, max: length - 1 })
  const [drawn] = fc.sample(fc.uniqueArray(step, { minLength: count - 2, maxLength: count - 2 }), 1)
  return [...new Set([0, length - 1, ...drawn!])].sort((a, b) => a - b)
}

// Rationale: a dispute may come down to any instruction of a real run; a root there that one of the three computes
// otherwise makes an honest party lose.
describe('spec, engine and contract on MNIST', () => {
  test.each([
    ['bias1', bias1],
    ['bias2', bias2],
    ['relu1', relu1],
    ['argmax', argmax],
  ])('VM-50 they agree on the state root after every instruction of %s', async (name, given) => {
    const steps = new VmTrace(given).length
    expect(await compareRuns([{ name, given }], contract)).toEqual({ steps, ...AGREED })
  })

  test.each([
    ['matmul1', matmul1, 1200],
    ['matmul2', matmul2, 600],
    ['the whole model (k = 1)', wholeRun(IMAGE), 1200],
  ] as const)('VM-51 they agree on random instructions of %s', async (name, given, count) => {
    const steps = randomSteps(new VmTrace(given).length, count)
    const compared = await compareRuns([{ name, given, steps }], contract)
    expect(compared).toEqual({ steps: steps.length, ...AGREED })
  })

  // Rationale: a comparison that cannot see a difference proves nothing.
  test('VM-52 a contract that answers otherwise is seen, at the step where it does', async () => {
    const verdicts: StepBatch['verdicts'] = async (cases) => {
      const answers = await contract.verdicts(cases)
      return answers.with(7, answers[6]!)
    }
    const given = { name: 'bias2', given: bias2, steps: Array(40).keys() }
    const { steps, disagreements, examples } = await compareRuns([given], { verdicts })
    expect([steps, disagreements]).toEqual([40, 1])
    expect(examples[0]).toMatchObject({ run: 'bias2', step: 7, state: 'after' })
    expect(examples[0]!.spec).toBe(examples[0]!.engine)
    expect(examples[0]!.contract).not.toBe(examples[0]!.spec)
  })
})
