import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { wordAt } from '../../../spec/commitments/bytes.ts'
import { decodeHead } from '../../../spec/graph/descriptor.ts'
import { readModelFile, type StoredModel } from '../../models/modelFile.ts'
import { ggufLlama } from '../gguf/ggufLlama.ts'
import { llamaReference } from './reference.ts'
import { syntheticLlama } from './synthetic.ts'
import { convertTiny, runPlainly, tinyLlama } from './tiny.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'llama-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SOURCE = tinyLlama()
const converted = async (format?: 'f32'): Promise<StoredModel> =>
  readModelFile(await convertTiny(folder, format))

/** Kullback-Leibler divergence of two rows' softmax, in nats. */
const divergenceOf = (row: Float64Array, other: Float64Array): number => {
  const shares = (logits: Float64Array): Float64Array => {
    const powers = logits.map(Math.exp)
    const total = powers.reduce((sum, power) => sum + power, 0)
    return powers.map((power) => power / total)
  }
  const [p, q] = [shares(row), shares(other)]
  return p.reduce((sum, share, i) => sum + share * Math.log(share / q[i]!), 0)
}

const PROMPT = [1, 75, 104, 111, 200]

// Rationale: the graph is what is disputed; that it is the model of the file is known from this alone.
test('LLAMA-1 the graph’s logits are those of the reference, and its greedy answer too', async () => {
  const model = await converted()
  const { logits, answer } = runPlainly(model, PROMPT, PROMPT.length + 3)
  const reference = llamaReference(SOURCE)
  const sequence = reference.start()
  const expected = reference.feed([sequence], [PROMPT], 'all')[0]!
  let greedy: number[] = []
  for (let step = 0; step < 4; step++) {
    const last = expected.at(-1)!
    const best = last.reduce((top, value, i) => (value > last[top]! ? i : top), 0)
    greedy = [...greedy, best]
    if (step < 3) expected.push(reference.feed([sequence], [[best]], 'last')[0]![0]!)
  }
  expected.forEach((row, position) => {
    const divergence = divergenceOf(row, logits[position]!)
    expect(divergence).toBeLessThan(1e-6)
  })
  expect(expected).toHaveLength(8)
  expect(answer.slice(0, 4)).toEqual(greedy)
})

// Rationale: the order of sums is fixed and single precision rounds; that is all by which f32 may differ.
test('LLAMA-8 in f32 the graph’s logits are the reference’s but for the rounding of single precision', async () => {
  const { logits, answer } = runPlainly(await converted('f32'), PROMPT, PROMPT.length + 1)
  const reference = llamaReference(SOURCE)
  const expected = reference.feed([reference.start()], [PROMPT], 'all')[0]!
  expected.forEach((row, position) => {
    row.forEach((value, i) => {
      expect(Math.abs(logits[position]![i]! - value)).toBeLessThan(1e-5)
    })
  })
  const last = expected.at(-1)!
  expect(answer[0]).toBe(last.reduce((top, value, i) => (value > last[top]! ? i : top), 0))
})

test('LLAMA-2 the carry is what its shapes say, and every other value has a slot of its own', async () => {
  const model = await converted()
  const half = 2 ** (model.valueHeight - 1)
  expect(model.header.carry.map(({ slot }) => slot)).toEqual(model.header.carry.map((_, i) => i))
  const { values } = runPlainly(model, PROMPT, 2)
  expect(wordAt(values[model.header.llama!.positionSlot]!, 0)).toBe(2)
  model.nodes.forEach(({ descriptor }, i) => {
    const { outputSlot, inPlace } = decodeHead(descriptor)
    expect(inPlace ? outputSlot < model.header.carry.length : outputSlot === half + i).toBe(true)
  })
  expect(model.header.llama).toMatchObject({
    vocabulary: 288,
    context: 64,
    promptCapacity: 32,
    answerCapacity: 8,
  })
  expect(model.inputBytes).toBe(4 * 40)
  expect(model.header.mostIterations).toBe(39)
})

describe('LLAMA-3 a synthetic model', () => {
  test('is the same for the same seed, and read in any parts', () => {
    const [one, again, other] = [
      syntheticLlama('tiny', 1),
      syntheticLlama('tiny', 1),
      syntheticLlama('tiny', 2),
    ]
    const whole = one.read(0, one.size)
    expect(again.read(0, again.size)).toEqual(whole)
    expect(Buffer.compare(other.read(0, other.size), whole)).not.toBe(0)
    for (let at = 0; at < whole.length; at += 4321) {
      const length = Math.min(4321, whole.length - at)
      expect(Buffer.compare(one.read(at, length), whole.subarray(at, at + length))).toBe(0)
    }
  })
  test('has the shapes of the model that it stands for', () => {
    const { config, blocks, output } = ggufLlama(syntheticLlama('7b', 1))
    expect(config).toMatchObject({ vocabulary: 32_000, width: 4096, feedForward: 11_008, headDim: 128 })
    expect(blocks).toHaveLength(32)
    expect(output.shape).toEqual([32_000, 4096])
  })
})
