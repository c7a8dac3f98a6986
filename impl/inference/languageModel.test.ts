import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { commitLoop } from '../../spec/tower/phases/loop.ts'
import { convertLlama } from '../convert/convert.ts'
import { ggufLlama } from '../convert/gguf/ggufLlama.ts'
import { llamaReference } from '../convert/llama/reference.ts'
import { syntheticLlama } from '../convert/llama/synthetic.ts'
import { convertTiny, runPlainly, tinyLlama } from '../convert/llama/tiny.fixture.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { BadInputError } from '../models/modelCommand.ts'
import { readModelFile } from '../models/modelFile.ts'
import type { commitModel } from './commitModel.ts'
import { measureFidelity } from './fidelity.ts'
import { generate } from './generate.ts'
import { GREEDY, LanguageModel, requestTensor } from './languageModel.ts'
import { measurePerplexity } from './perplexity.ts'

const folder = mkdtempSync(join(tmpdir(), 'language-'))
const file = await convertTiny(folder)
const MODEL = readModelFile(file)
const native = await LanguageModel.open(file, 2)
afterAll(async () => {
  await native.close()
  rmSync(folder, { recursive: true })
})

const PROMPT = [1, 75, 104, 111, 200]
const answer = (count: number, sampling = GREEDY) =>
  generate(native, PROMPT, count, sampling, { onToken: () => {}, onPrompt: () => {}, wantsState: true })

// Rationale: what a server claims is this answer and this root; the specification's operators decide about both.
test('INFER-1 answer and state root are those of the specification, node by node', async () => {
  const { tokens, stateRoot } = await answer(4)
  const plain = runPlainly(MODEL, PROMPT, PROMPT.length - 1 + 4)
  expect(tokens).toEqual(plain.answer.slice(0, 4))
  const { valueHeight } = MODEL
  // The input is as long as the model says; zeros behind it change no root.
  const roots = plain.values.slice(0, MODEL.header.carry.length).map(tensorRoot)
  const phases = ['loop', 'graph', 'vm'] as const
  const expected = commitLoop({ iteration: PROMPT.length - 1 + 4, carryRoots: roots }, {
    phases,
    valueHeight,
  } as unknown as ReturnType<typeof commitModel>)
  expect(stateRoot).toBe(expected)
})

test('INFER-2 logits of the prompt’s last position are those of the specification, in real numbers', async () => {
  let logits = new Float32Array(0)
  await generate(native, PROMPT, 1, GREEDY, {
    onToken: () => {},
    onPrompt: (of) => {
      logits = new Float32Array(of)
    },
    wantsState: false,
  })
  const plain = runPlainly(MODEL, PROMPT, PROMPT.length)
  expect([...logits]).toEqual([...Float32Array.from(plain.logits.at(-1)!)])
})

test('INFER-3 a drawn answer follows from its seed', async () => {
  const sampling = { temperature: 2, topK: 50, topP: 0.95, seed: 7n }
  const [one, again, other] = [
    await answer(8, sampling),
    await answer(8, sampling),
    await answer(8, { ...sampling, seed: 8n }),
  ]
  expect(again).toMatchObject({ tokens: one.tokens, stateRoot: one.stateRoot })
  expect(other.tokens).not.toEqual(one.tokens)
})

test('INFER-4 a request holds what was asked in words of 32 bits', () => {
  const sampling = { temperature: 0.5, topK: 40, topP: 0.5, seed: 0x1_0000_0002n }
  const words = new Int32Array(requestTensor([5, 6], sampling, { promptCapacity: 3 }).buffer)
  expect([...words]).toEqual([2, 2, 1, Math.round(2 * Math.LOG2E * 65536), 40, 32768, 0, 0, 5, 6, 0])
  expect(new Int32Array(requestTensor([5], GREEDY, { promptCapacity: 1 }).buffer)[3]).toBe(0)
  // 0 would be no limit at all.
  const small = requestTensor([5], { ...sampling, topP: 1e-9 }, { promptCapacity: 1 })
  expect(new Int32Array(small.buffer)[5]).toBe(1)
})

test('INFER-5 what the model cannot be asked is refused with the reason', async () => {
  const watching = { onToken: () => {}, onPrompt: () => {}, wantsState: false }
  const ask = (prompt: readonly number[], count: number) => generate(native, prompt, count, GREEDY, watching)
  await expect(ask([], 1)).rejects.toThrow(BadInputError)
  await expect(ask(Array(33).fill(1), 1)).rejects.toThrow('the prompt has 33 tokens; at most 32')
  await expect(ask([288], 1)).rejects.toThrow('token 288 is outside of the vocabulary of 288')
  await expect(ask([1], 9)).rejects.toThrow('9 tokens asked for; an answer has at most 8')
})

// Rationale: the figure is compared with another program's, which has its own rule of what counts.
test('PERPLEXITY-1 it is the reference’s over the second halves of whole chunks', async () => {
  const ids = Array.from({ length: 41 }, (_, i) => (i * 97 + 13) % 259)
  const context = 16
  let done = 0
  const { tokens, perplexity } = await measurePerplexity(native, ids, context, (of) => {
    done = of
  })
  const reference = llamaReference(tinyLlama())
  let sum = 0
  for (const chunk of [ids.slice(0, 16), ids.slice(16, 32)]) {
    const logits = reference.feed([reference.start()], [chunk], 'all')[0]!
    for (let position = 8; position < 15; position++) {
      const total = logits[position]!.reduce((all, logit) => all + Math.exp(logit), 0)
      sum += Math.log(total) - logits[position]![chunk[position + 1]!]!
    }
  }
  expect([tokens, done]).toEqual([14, 31])
  expect(Math.abs(perplexity / Math.exp(sum / 14) - 1)).toBeLessThan(1e-4)
  await expect(measurePerplexity(native, ids.slice(0, 15), context, () => {})).rejects.toThrow(
    'the text has 15 tokens; one chunk takes 16',
  )
})

// Rationale: a report that compares a model with itself, or node with another node, would always be content.
test('PERPLEXITY-2 where the file asks for a begin token, each chunk has it in place of its first', async () => {
  const source = tinyLlama()
  const withBegin = join(folder, 'begin.opml')
  const options = { format: 'fixed', context: 64, promptCapacity: 32, answerCapacity: 8 } as const
  const tokenizer = { ...source.tokenizer!, begin: 1, addBegin: true }
  await convertLlama({ ...source, tokenizer }, withBegin, options, { source: 'test', sha256: null }, () => {})
  const model = await LanguageModel.open(withBegin, 1)
  try {
    const ids = Array.from({ length: 32 }, (_, i) => (i * 97 + 13) % 259)
    const changed = ids.map((id, i) => (i % 16 === 0 ? 1 : id))
    const found = await measurePerplexity(model, ids, 16, () => {})
    expect(found).toEqual(await measurePerplexity(native, changed, 16, () => {}))
    expect(found).not.toEqual(await measurePerplexity(native, ids, 16, () => {}))
  } finally {
    await model.close()
  }
})

test('FIDELITY-1 the report is small for the model and large for another one, node by node', async () => {
  const sequences = [PROMPT, [9, 9, 250]]
  const own = await measureFidelity(native, llamaReference(tinyLlama()), sequences, () => {})
  expect(own).toMatchObject({ positions: 8, sureAndDifferent: 0 })
  expect(own.worstDivergence).toBeLessThan(1e-6)
  expect(Math.abs(own.perplexity / own.referencePerplexity - 1)).toBeLessThan(1e-4)
  expect(own.operators.map(({ operator, nodes }) => [operator, nodes])).toEqual([
    ['embed', 1],
    ['rmsnorm', 5],
    ['matmul-grouped', 9],
    ['rope', 2],
    ['attention', 2],
    ['swiglu', 2],
  ])
  for (const { worst } of own.operators) expect(worst).toBeLessThan(2e-3)
  expect(own.largestPeerDifference).toBeUndefined()

  // Another program's logits: those of the reference, but for one.
  const peer = sequences.map((sequence) => {
    const reference = llamaReference(tinyLlama())
    return reference.feed([reference.start()], [sequence], 'all')[0]!.map((row) => Float32Array.from(row))
  })
  peer[1]![2]![287]! += 0.5
  const beside = await measureFidelity(native, llamaReference(tinyLlama()), sequences, () => {}, peer)
  expect(beside.largestPeerDifference).toBeCloseTo(0.5, 2)

  const other = ggufLlama(syntheticLlama('tiny', 2))
  const strange = await measureFidelity(native, llamaReference(other), sequences, () => {})
  expect(strange.meanDivergence).toBeGreaterThan(1e-2)
  for (const { mean } of strange.operators) expect(mean).toBeGreaterThan(0.1)
})

test('INFER-9 in f32 the native answer is the specification’s too, and so are its logits', async () => {
  const floats = await convertTiny(folder, 'f32')
  const model = await LanguageModel.open(floats, 2)
  try {
    // All but the last token of a prompt are computed at once: an even number of them, and an odd one.
    for (const prompt of [PROMPT, PROMPT.slice(0, -1)]) {
      let logits: readonly number[] = []
      const { tokens } = await generate(model, prompt, 3, GREEDY, {
        onToken: () => {},
        onPrompt: (of) => {
          logits = [...of]
        },
        wantsState: false,
      })
      const plain = runPlainly(readModelFile(floats), prompt, prompt.length + 2)
      expect(tokens).toEqual(plain.answer.slice(0, 3))
      expect(logits).toEqual([...plain.logits[prompt.length - 1]!])
    }
    const fidelity = await measureFidelity(model, llamaReference(tinyLlama()), [PROMPT], () => {})
    expect(fidelity.largestLogitDifference).toBeLessThan(1e-5)
    expect(fidelity.operators).toHaveLength(6)
  } finally {
    await model.close()
  }
})
