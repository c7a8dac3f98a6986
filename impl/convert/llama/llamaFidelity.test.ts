import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { ggufLlama } from '../gguf/ggufLlama.ts'
import { measureLlamaFidelity } from './llamaFidelity.ts'
import { syntheticLlama } from './synthetic.ts'
import { convertTiny, tinyLlama } from './tiny.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'llama-fidelity-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** What a format may lose on so small a model, and what it cannot help losing. */
describe.each([
  { format: 'fixed', least: 1e-6, most: 2e-3 },
  { format: 'f32', least: 1e-9, most: 1e-5 },
] as const)('a conversion into $format', async ({ format, least, most }) => {
  const file = await convertTiny(folder, format)

  // Rationale: whoever converts a model must be told what that costs, before anybody stakes money on its answers.
  test('CONVERT-6 a converted LLaMA is near double precision, operator by operator and end to end', () => {
    const { samples, blocks, allBlocks, outputNode, comparisons } = measureLlamaFidelity(tinyLlama(), file)
    expect({ samples, blocks, allBlocks, outputNode }).toEqual({
      samples: 4,
      blocks: 2,
      allBlocks: 2,
      outputNode: 'logits',
    })
    const { operators, output } = comparisons[0]!
    // Embedding, norms, products, rotations, attention and the gate.
    expect(operators.map(({ nodes }) => nodes)).toEqual([1, 5, 9, 2, 2, 2])
    for (const { mean, worst } of [...operators.slice(1), output]) {
      expect(mean).toBeGreaterThan(least)
      expect(worst).toBeLessThan(most)
    }
    expect(output.sameLargest).toBe(1)
  })

  // Rationale: of a model of billions all blocks would take minutes; what is said of the first ones must be as true.
  test('CONVERT-7 of a large model the first blocks are compared, and give what they give in the whole', () => {
    const [part, whole] = [
      measureLlamaFidelity(tinyLlama(), file, 1),
      measureLlamaFidelity(tinyLlama(), file),
    ]
    expect(part).toMatchObject({ blocks: 1, allBlocks: 2, outputNode: 'block 0 feed-forward output' })
    const operatorsOf = ({ comparisons }: typeof part) => comparisons[0]!.operators
    expect(operatorsOf(part).map(({ nodes }) => nodes)).toEqual([1, 2, 4, 1, 1, 1])
    for (const { operator, worst } of operatorsOf(part))
      expect(worst).toBeLessThanOrEqual(
        operatorsOf(whole).find((other) => other.operator === operator)!.worst,
      )
    expect(part.comparisons[0]!.output.mean).toBeGreaterThan(least)
    expect(part.comparisons[0]!.output.worst).toBeLessThan(most)
  })

  test('CONVERT-8 a file that was made of other weights is far from the source', () => {
    const other = ggufLlama(syntheticLlama('tiny', 2))
    expect(measureLlamaFidelity(other, file).comparisons[0]!.output.mean).toBeGreaterThan(0.5)
  })
})
