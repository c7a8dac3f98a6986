import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { openLlama } from '../convert/convert.ts'
import { llamaReference } from '../convert/llama/reference.ts'
import { cachedFile, MODEL_FORMATS, type NumericFormat } from '../models/catalogue.ts'
import { fetchedFile } from '../models/fetchModel.ts'
import { checkTiles } from '../tower/checkTiles.ts'
import { holdModel } from '../tower/heldModel.ts'
import { openLanguage } from '../tower/languageRuns.ts'
import { recordLoop } from '../tower/loopRecord.ts'
import { FIDELITY_PROMPTS, measureFidelity } from './fidelity.ts'
import { generate } from './generate.ts'
import { GREEDY, LanguageModel, requestTensor } from './languageModel.ts'

/**
 * What is asked of the real model, on the model: `npm run verify:smollm2`. It is fetched where it is not there, and
 * these tests are skipped, with the reason, where it cannot be.
 */
const NAME = 'smollm2'
const FETCH = join(import.meta.dirname, '..', 'models', 'modelsMain.ts')

/** Why the model cannot be had; undefined where it is there. */
const whyMissing = (): string | undefined => {
  const files = [fetchedFile(NAME), ...MODEL_FORMATS.map((format) => cachedFile(NAME, format))]
  if (files.every(existsSync)) return undefined
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', FETCH, 'fetch', NAME], {
    encoding: 'utf8',
  })
  return status === 0 ? undefined : stderr.trim().split('\n').at(-1)
}

const missing = whyMissing()
if (missing !== undefined) console.error(`skipped, since ${NAME} cannot be fetched: ${missing}`)

describe.skipIf(missing !== undefined)(`SmolLM2${missing === undefined ? '' : `: ${missing}`}`, () => {
  const source = missing === undefined ? openLlama(fetchedFile(NAME)) : undefined
  afterAll(() => source?.close())
  const reference = () => llamaReference(source!)

  const using = async <Result>(format: NumericFormat, use: (model: LanguageModel) => Promise<Result>) => {
    const model = await LanguageModel.open(cachedFile(NAME, format), 2)
    try {
      return await use(model)
    } finally {
      await model.close()
    }
  }

  /** The bounds that a conversion is to keep: divergence in nats, change of the perplexity, difference of a logit. */
  const BOUNDS = {
    fixed: { mean: 2e-4, worst: 2e-3, perplexity: 1e-3, logit: 1 },
    f32: { mean: 1e-9, worst: 1e-8, perplexity: 1e-4, logit: 1e-3 },
  }

  test.each(MODEL_FORMATS)(
    'SMOLLM2-1 %s stays within its bounds of double precision, and sure tokens are the same',
    async (format) => {
      const bounds = BOUNDS[format]
      const fidelity = await using(format, (model) => {
        const sequences = FIDELITY_PROMPTS.map((prompt) => model.tokenizer!.encode(prompt))
        return measureFidelity(
          model,
          reference(),
          sequences.filter((ids) => ids.length > 0),
          () => {},
        )
      })
      expect(fidelity.positions).toBeGreaterThan(60)
      expect(fidelity.sure).toBeGreaterThan(40)
      expect(fidelity.sureAndDifferent).toBe(0)
      expect(fidelity.meanDivergence).toBeLessThanOrEqual(bounds.mean)
      expect(fidelity.worstDivergence).toBeLessThanOrEqual(bounds.worst)
      expect(Math.abs(fidelity.perplexity / fidelity.referencePerplexity - 1)).toBeLessThanOrEqual(
        bounds.perplexity,
      )
      expect(fidelity.largestLogitDifference).toBeLessThanOrEqual(bounds.logit)
    },
  )

  test('SMOLLM2-2 in f32 the 24 greedy tokens behind a prompt are those of double precision', async () => {
    await using('f32', async (model) => {
      for (const prompt of [FIDELITY_PROMPTS[0]!, FIDELITY_PROMPTS[4]!]) {
        const ids = model.tokenizer!.encode(prompt)
        const { tokens } = await generate(model, ids, 24, GREEDY, {
          onToken: () => {},
          onPrompt: () => {},
          wantsState: false,
        })
        const exact = reference()
        const sequence = exact.start()
        const expected: number[] = []
        for (let next = ids; expected.length < tokens.length; next = [expected.at(-1)!]) {
          const logits = exact.feed([sequence], [next], 'last')[0]![0]!
          expected.push(logits.reduce((best, logit, i) => (logit > logits[best]! ? i : best), 0))
        }
        expect(tokens.length).toBeGreaterThan(10)
        expect(tokens).toEqual(expected)
      }
    })
  })

  test('SMOLLM2-3 a chat ends with the end token, which its text leaves out; control tokens are one id each', async () => {
    await using('fixed', async (model) => {
      const tokenizer = model.tokenizer!
      const ids = tokenizer.encode(tokenizer.chat('Say hello.')!)
      expect(ids.filter((id) => id === 1)).toHaveLength(3)
      const { tokens } = await generate(model, ids, 64, GREEDY, {
        onToken: () => {},
        onPrompt: () => {},
        wantsState: true,
      })
      expect(tokens.at(-1)).toBe(2)
      expect(tokens.indexOf(2)).toBe(tokens.length - 1)
      expect(tokenizer.decode(tokens)).not.toContain('<|')
    })
  })

  test.each(MODEL_FORMATS)(
    'SMOLLM2-4 random tiles of %s are the same natively, in the machine and in the specification',
    (format) => {
      const language = openLanguage(cachedFile(NAME, format))!
      const { engine, header, facts } = language
      const roots = header.weights.map(({ root }) => root as unknown as TensorRoot)
      const held = holdModel(engine.graph, roots, ['loop', 'graph', 'tile', 'vm'], header.mostIterations)
      const record = recordLoop(engine, requestTensor([504, 3575, 282], GREEDY, facts), 3)
      let state = 1
      const choose = (below: number): number => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return state % below
      }
      const tiles = [...checkTiles(held, engine, record, 9, choose)]
      expect(tiles).toHaveLength(9)
      for (const { isSame, instructions } of tiles) {
        expect(isSame).toBe(true)
        expect(instructions).toBeLessThanOrEqual(2 ** 24)
      }
      expect(tiles.some(({ instructions }) => instructions > 2 ** 20)).toBe(true)
    },
  )
})
