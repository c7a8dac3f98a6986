import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { generate } from '../../inference/generate.ts'
import { GREEDY, LanguageModel } from '../../inference/languageModel.ts'
import { readModelFile } from '../../models/modelFile.ts'
import { TINY_TOKENIZER } from '../../tokenizer/tiny.fixture.ts'
import { tokenizerOf } from '../../tokenizer/tokenizer.ts'
import { convertLlama } from '../convert.ts'
import { ggufLlama } from '../gguf/ggufLlama.ts'
import { llamaReference } from '../llama/reference.ts'
import { syntheticLlama } from '../llama/synthetic.ts'
import { runPlainly } from '../llama/tiny.fixture.ts'
import { ConvertError } from '../sourceFile.ts'
import { readAll } from '../weights/tensorPlace.ts'
import { configOf, splitFolder, writeFolder } from './safetensors.fixture.ts'
import { safetensorsLlama } from './safetensorsLlama.ts'

const root = mkdtempSync(join(tmpdir(), 'safetensors-'))
afterAll(() => rmSync(root, { recursive: true }))
const GGUF = ggufLlama(syntheticLlama('tiny', 3))

let folders = 0
const folderWith = (change: object = {}): string => {
  const folder = join(root, `model${folders++}`)
  mkdirSync(folder)
  writeFolder(folder, GGUF, { ...configOf(GGUF), ...change })
  return folder
}

// Rationale: the two files order the rows of query and key differently; wrong rows still give plausible numbers.
test('LLAMA-4 the same model in a folder and in a GGUF file gives the same logits', () => {
  const source = safetensorsLlama(folderWith())
  expect(source.config).toEqual({ ...GGUF.config, epsilon: expect.closeTo(1e-5, 12) })
  expect(source.tokenizer).toBeNull()
  expect(source.tokenizerNote).toContain('no tokenizer.json')
  const prompts = [[5, 9, 260, 7]]
  const logits = [GGUF, source].map((each) => {
    const reference = llamaReference(each)
    return reference.feed([reference.start()], prompts, 'all')[0]!
  })
  expect(logits[0]).toHaveLength(4)
  logits[0]!.forEach((row, position) => {
    row.forEach((value, i) => {
      expect(Math.abs(value - logits[1]![position]![i]!)).toBeLessThan(1e-9)
    })
  })
})

/** Weights that no groups of 32 integers give: each is changed by a factor of its own. */
const unquantise = (folder: string): void => {
  const file = join(folder, 'model.safetensors')
  const bytes = readFileSync(file)
  for (let at = 8 + Number(bytes.readBigUInt64LE(0)), i = 0; at < bytes.length; at += 4, i++)
    bytes.writeFloatLE(bytes.readFloatLE(at) * (1 + 0.3 * Math.sin(i)), at)
  writeFileSync(file, bytes)
}

// Rationale: rounding to int8 alone costs a hundred times what all else in the fixed format does.
test('LLAMA-10 in the fixed format weights that were floats have 15 bits: natively, as specified, and beside the reference', async () => {
  const folder = folderWith()
  unquantise(folder)
  const source = safetensorsLlama(folder)
  const file = join(folder, 'model.opml')
  const options = { format: 'fixed', context: 64, promptCapacity: 32, answerCapacity: 8 } as const
  await convertLlama(source, file, options, { source: 'test', sha256: null }, () => {})
  const prompt = [5, 9, 260, 7]
  const { logits, answer } = runPlainly(readModelFile(file), prompt, prompt.length + 2)
  const reference = llamaReference(source)
  reference.feed([reference.start()], [prompt], 'all')[0]!.forEach((row, position) => {
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    row.forEach((value, i) => {
      expect(Math.abs(value - logits[position]![i]!)).toBeLessThan(5e-4 * largest)
    })
  })

  const native = await LanguageModel.open(file, 2)
  try {
    let last = new Float32Array(0)
    const onPrompt = (of: Float32Array): void => {
      last = new Float32Array(of)
    }
    const { tokens } = await generate(native, prompt, 3, GREEDY, {
      onToken: () => {},
      onPrompt,
      wantsState: false,
    })
    expect(tokens).toEqual(answer.slice(0, 3))
    expect([...last]).toEqual([...Float32Array.from(logits[prompt.length - 1]!)])
  } finally {
    await native.close()
  }
})

// Rationale: whatever is larger than some gigabytes comes in several files; one of them read as another's is a wrong model.
describe('LLAMA-9 a folder with several files and an index', () => {
  const INDEX = 'model.safetensors.index.json'
  const cut = () => {
    const folder = folderWith()
    const names = splitFolder(folder, 3)
    return { folder, names, map: readIndexOf(folder) }
  }
  const readIndexOf = (folder: string): Record<string, string> =>
    JSON.parse(readFileSync(join(folder, INDEX), 'utf8')).weight_map
  const writeIndex = (folder: string, weight_map: unknown): void =>
    writeFileSync(join(folder, INDEX), JSON.stringify({ metadata: {}, weight_map }))

  test('is read as one file is', () => {
    const [whole, { folder, names }] = [safetensorsLlama(folderWith()), cut()]
    const source = safetensorsLlama(folder)
    expect(source.files).toEqual(names.map((name) => join(folder, name)))
    expect(source.blocks.flatMap((block) => [...readAll(block.query)])).toEqual(
      whole.blocks.flatMap((block) => [...readAll(block.query)]),
    )
    expect([...readAll(source.output)]).toEqual([...readAll(whole.output)])
    source.close()
  })
  test('is refused where the two contradict each other', () => {
    const { folder, names, map } = cut()
    const [first, second, third] = names as [string, string, string]
    const [tensor] = Object.entries(map).find(([, file]) => file === first)!
    const refusedWith = (reason: string): void => {
      expect(() => safetensorsLlama(folder)).toThrow(ConvertError)
      expect(() => safetensorsLlama(folder)).toThrow(reason)
    }
    writeIndex(folder, { ...map, [tensor]: third })
    refusedWith(`${third}: tensor ${tensor}: is missing, where ${INDEX} has it`)
    writeIndex(folder, { ...map, [tensor]: '../x.safetensors' })
    refusedWith('"../x.safetensors", which is no safetensors file of the folder')
    writeIndex(folder, [])
    refusedWith(`${INDEX}: key weight_map`)
    writeIndex(folder, map)
    rmSync(join(folder, second))
    refusedWith(`${second}: cannot be read (ENOENT)`)
    copyFileSync(join(folder, first), join(folder, second))
    writeIndex(folder, {
      [tensor]: first,
      [Object.keys(map).find((name) => map[name] === first && name !== tensor)!]: second,
    })
    refusedWith('stands in another file too')
  })
})

test('LLAMA-5 a tied output is the embedding', () => {
  const tied = safetensorsLlama(folderWith({ tie_word_embeddings: true }))
  expect(tied.output).toBe(tied.embedding)
})

describe('LLAMA-6 a folder that is no LLaMA of a known kind is refused with the reason', () => {
  test.each<readonly [string, object]>([
    ['key model_type', { model_type: 'mistral' }],
    ['key hidden_act', { hidden_act: 'gelu' }],
    ['key attention_bias', { attention_bias: true }],
    ['4 heads on 3 key-value heads', { num_key_value_heads: 3 }],
    ['has the shape [288,64] where [289,64] belongs', { vocab_size: 289 }],
    ['tensor model.layers.2.input_layernorm.weight: is missing', { num_hidden_layers: 3 }],
    ['belongs to no LLaMA of this kind', { num_hidden_layers: 1 }],
    ['width is 32768; at most 16384', { hidden_size: 32_768 }],
    ['key rope_scaling: yarn is not known', { rope_scaling: { rope_type: 'yarn', factor: 2 } }],
    ['key rope_scaling.factor: is undefined', { rope_scaling: { rope_type: 'linear' } }],
    ['key partial_rotary_factor', { partial_rotary_factor: 0.5 }],
    ['key quantization_config: its weights are quantised', { quantization_config: { quant_method: 'gptq' } }],
    ['key eos_token_id: 288 is outside of 288', { eos_token_id: [2, 288] }],
    ['a head of 2; a multiple of 4', { num_attention_heads: 32, num_key_value_heads: 32 }],
    ['a head of 512; ', { head_dim: 512 }],
    ['headDim is 21.333', { num_attention_heads: 3, num_key_value_heads: 3 }],
  ])('%s', (reason, change) => {
    const folder = folderWith(change)
    expect(() => safetensorsLlama(folder)).toThrow(ConvertError)
    expect(() => safetensorsLlama(folder)).toThrow(reason)
  })

  test('no config.json, no JSON', () => {
    const folder = folderWith()
    writeFileSync(join(folder, 'config.json'), '{')
    expect(() => safetensorsLlama(folder)).toThrow('config.json: is not JSON')
    rmSync(join(folder, 'config.json'))
    expect(() => safetensorsLlama(folder)).toThrow('config.json: cannot be read (ENOENT)')
  })
})

test('LLAMA-7 a folder’s tokenizer is read from its tokenizer.json', () => {
  const { tokens, merges, control } = TINY_TOKENIZER
  const folder = folderWith({ vocab_size: tokens.length })
  const plain = tokens.map((token, id) => [token, id] as const).filter(([, id]) => !control.includes(id))
  const json = {
    added_tokens: control.map((id) => ({ id, content: tokens[id]!, special: true })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      ],
    },
    model: { type: 'BPE', vocab: Object.fromEntries(plain), merges: merges.map((merge) => merge.split(' ')) },
  }
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(json))
  const read = (): string | null => {
    try {
      return safetensorsLlama(folder).tokenizerNote
    } catch (error) {
      return (error as Error).message
    }
  }
  // The tensors have another vocabulary than the tokenizer asks for.
  expect(read()).toContain('has the shape')
  writeFileSync(join(folder, 'config.json'), JSON.stringify(configOf(GGUF)))
  expect(read()).toContain('is outside of 288')
  const fitting = {
    ...json,
    model: { ...json.model, vocab: Object.fromEntries(plain.filter(([, id]) => id < 288)) },
  }
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(fitting))
  const source = safetensorsLlama(folder)
  expect(source.tokenizer).toMatchObject({ preTokenizer: 'smollm', control: [0, 1, 2, 3], end: [2] })
  expect(tokenizerOf(source.tokenizer!).encode('<|im_start|>a')).toEqual([1, tokens.indexOf('a')])
  // What a file asks for in front of a text, in any of the places where files say so.
  const begin = {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<|im_start|>' } }, { Sequence: { id: 'A' } }],
  }
  const both = {
    type: 'TemplateProcessing',
    single: [...begin.single, { SpecialToken: { id: '<|im_end|>' } }],
  }
  const withParts = (tokenizer: object, config: object = {}) => {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...fitting, ...tokenizer }))
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
    const { tokenizer: found, tokenizerNote } = safetensorsLlama(folder)
    return found ?? tokenizerNote
  }
  const byteLevel = { type: 'ByteLevel', trim_offsets: false }
  expect(withParts({ post_processor: byteLevel })).toMatchObject({ addBegin: false })
  expect(withParts({ post_processor: begin })).toMatchObject({ begin: 1, addBegin: true })
  expect(withParts({ post_processor: { type: 'Sequence', processors: [byteLevel, begin] } })).toMatchObject({
    addBegin: true,
  })
  expect(withParts({ post_processor: begin }, { add_bos_token: false })).toMatchObject({
    begin: 1,
    addBegin: false,
  })
  expect(withParts({}, { bos_token: '<|im_start|>', add_bos_token: true })).toMatchObject({
    begin: 1,
    addBegin: true,
  })
  expect(withParts({ post_processor: both })).toContain('adds other tokens to a text than one in front')
  expect(withParts({ model: { ...fitting.model, ignore_merges: true } })).toMatchObject({ wholePieces: true })
  expect(withParts({ model: { ...fitting.model, end_of_word_suffix: '</w>' } })).toContain(
    'marks parts of words',
  )
  expect(
    withParts(
      {},
      {
        chat_template: [
          { name: 'tools', template: 't' },
          { name: 'default', template: 'd' },
        ],
      },
    ),
  ).toMatchObject({ chatTemplate: 'd' })
  writeFileSync(join(folder, 'chat_template.jinja'), 'own')
  expect(withParts({}, { chat_template: 'other' })).toMatchObject({ chatTemplate: 'own' })
  writeFileSync(
    join(folder, 'tokenizer.json'),
    JSON.stringify({ ...json, pre_tokenizer: { type: 'Whitespace' } }),
  )
  expect(read()).toContain('cuts texts in an unknown way')
})
