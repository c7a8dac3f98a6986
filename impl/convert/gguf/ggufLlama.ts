import { basename } from 'node:path'
import {
  configFault,
  type LlamaConfig,
  type LlamaNames,
  type LlamaSource,
  llamaTensors,
} from '../llama/llamaSource.ts'
import { ropeFrequencies } from '../llama/rope.ts'
import { ConvertError, type SourceFile } from '../sourceFile.ts'
import { readAll } from '../weights/tensorPlace.ts'
import { type GgufFile, readGguf } from './ggufFile.ts'
import { ggufTokenizer } from './ggufTokenizer.ts'

const NAMES: LlamaNames = {
  embedding: 'token_embd.weight',
  attentionNorm: 'blk.#.attn_norm.weight',
  query: 'blk.#.attn_q.weight',
  key: 'blk.#.attn_k.weight',
  value: 'blk.#.attn_v.weight',
  attentionOutput: 'blk.#.attn_output.weight',
  feedForwardNorm: 'blk.#.ffn_norm.weight',
  gate: 'blk.#.ffn_gate.weight',
  up: 'blk.#.ffn_up.weight',
  down: 'blk.#.ffn_down.weight',
  outputNorm: 'output_norm.weight',
  output: 'output.weight',
}
/** Divides each frequency: how Llama 3.1's longer context stands in a file. */
const FREQUENCY_DIVISORS = 'rope_freqs.weight'
const DEFAULT_BASE = 10_000

/** A LLaMA in a GGUF file; its rotation turns adjacent pairs. @throws ConvertError */
export const ggufLlama = (source: SourceFile): LlamaSource => {
  const file = readGguf(source)
  const architecture = file.metadata.get('general.architecture')
  if (architecture !== 'llama')
    throw new ConvertError(
      source.name,
      'key general.architecture',
      `${architecture} is not known; known: llama`,
    )
  const config = readConfig(file)
  const fault = configFault(config)
  if (fault !== undefined) throw new ConvertError(source.name, 'the configuration', fault)
  const tensors = llamaTensors(
    source.name,
    config,
    NAMES,
    file.tensors,
    (name) => name === FREQUENCY_DIVISORS,
  )
  const tokenizer = ggufTokenizer(file)
  const isKnown = typeof tokenizer !== 'string'
  if (isKnown && tokenizer.tokens.length > config.vocabulary)
    throw new ConvertError(
      source.name,
      'key tokenizer.ggml.tokens',
      `${tokenizer.tokens.length} tokens in a vocabulary of ${config.vocabulary}`,
    )
  return {
    name: basename(source.name).replace(/\.gguf$/i, ''),
    file: source.name,
    files: [source.name],
    config,
    ...tensors,
    tokenizer: isKnown ? tokenizer : null,
    tokenizerNote: isKnown ? null : tokenizer,
    close: source.close,
  }
}

const readConfig = ({ source, metadata, tensors }: GgufFile): LlamaConfig => {
  const optional = (key: string): number | undefined => {
    const value = metadata.get(`llama.${key}`)
    if (value === undefined) return undefined
    if (typeof value !== 'number') throw new ConvertError(source.name, `key llama.${key}`, 'is no number')
    return value
  }
  const required = (key: string): number => {
    const value = optional(key)
    if (value === undefined) throw new ConvertError(source.name, `key llama.${key}`, 'is missing')
    return value
  }
  const heads = required('attention.head_count')
  const width = required('embedding_length')
  const headDim = optional('attention.key_length') ?? width / heads
  const turned = optional('rope.dimension_count') ?? headDim
  if (turned !== headDim)
    throw new ConvertError(
      source.name,
      'key llama.rope.dimension_count',
      `${turned} of a head's ${headDim}; all are turned`,
    )
  const embedding = tensors.get(NAMES.embedding)
  return {
    vocabulary: embedding?.shape[0] ?? required('vocab_size'),
    blocks: required('block_count'),
    width,
    feedForward: required('feed_forward_length'),
    heads,
    kvHeads: optional('attention.head_count_kv') ?? heads,
    headDim,
    context: required('context_length'),
    epsilon: required('attention.layer_norm_rms_epsilon'),
    frequencies: readFrequencies(
      { source, metadata, tensors },
      headDim,
      optional('rope.freq_base') ?? DEFAULT_BASE,
    ),
  }
}

const readFrequencies = (
  { source, metadata, tensors }: GgufFile,
  headDim: number,
  base: number,
): Float64Array => {
  if (!(base > 1 && base < 2 ** 40))
    throw new ConvertError(source.name, 'key llama.rope.freq_base', `is ${base}`)
  if (!Number.isInteger(headDim / 2)) return new Float64Array(0)
  const frequencies = ropeFrequencies(headDim, base)
  const kind = metadata.get('llama.rope.scaling.type') ?? 'none'
  if (kind !== 'none' && kind !== 'linear')
    throw new ConvertError(
      source.name,
      'key llama.rope.scaling.type',
      `${kind} is not known; known: none, linear`,
    )
  const factor = kind === 'linear' ? metadata.get('llama.rope.scaling.factor') : 1
  if (typeof factor !== 'number' || !(factor > 0))
    throw new ConvertError(source.name, 'key llama.rope.scaling.factor', `is ${factor}`)
  const divisors = tensors.get(FREQUENCY_DIVISORS)
  if (divisors === undefined) return frequencies.map((frequency) => frequency / factor)
  if (divisors.shape.join() !== String(headDim / 2))
    throw new ConvertError(source.name, `tensor ${FREQUENCY_DIVISORS}`, `has the shape [${divisors.shape}]`)
  const by = readAll(divisors)
  if (!by.every((divisor) => divisor > 0))
    throw new ConvertError(source.name, `tensor ${FREQUENCY_DIVISORS}`, 'has divisors that are not positive')
  return frequencies.map((frequency, pair) => frequency / factor / by[pair]!)
}
