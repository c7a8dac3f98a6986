import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { z } from 'zod'
import {
  configFault,
  type LlamaConfig,
  type LlamaNames,
  type LlamaSource,
  llamaTensors,
} from '../llama/llamaSource.ts'
import { ropeFrequencies, scaleLlama3 } from '../llama/rope.ts'
import { ConvertError } from '../sourceFile.ts'
import type { TensorPlace } from '../weights/tensorPlace.ts'
import { jsonTokenizer } from './jsonTokenizer.ts'
import { readJson } from './readJson.ts'
import { openShards } from './shards.ts'

const block = (name: string): string => `model.layers.#.${name}.weight`
const NAMES: LlamaNames = {
  embedding: 'model.embed_tokens.weight',
  attentionNorm: block('input_layernorm'),
  query: block('self_attn.q_proj'),
  key: block('self_attn.k_proj'),
  value: block('self_attn.v_proj'),
  attentionOutput: block('self_attn.o_proj'),
  feedForwardNorm: block('post_attention_layernorm'),
  gate: block('mlp.gate_proj'),
  up: block('mlp.up_proj'),
  down: block('mlp.down_proj'),
  outputNorm: 'model.norm.weight',
  output: 'lm_head.weight',
}

const size = z.int().min(1)
const none = z.literal(false).optional()
const configSchema = z.object({
  model_type: z.literal('llama'),
  vocab_size: size,
  num_hidden_layers: size,
  hidden_size: size,
  intermediate_size: size,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number(),
  rope_theta: z
    .number()
    .gt(1)
    .lt(2 ** 40)
    .optional(),
  rope_scaling: z
    .object({
      rope_type: z.string().optional(),
      type: z.string().optional(),
      factor: z.number().positive().optional(),
      low_freq_factor: z.number().positive().optional(),
      high_freq_factor: z.number().positive().optional(),
      original_max_position_embeddings: size.optional(),
    })
    .nullish(),
  rope_parameters: z
    .looseObject({
      rope_theta: z
        .number()
        .gt(1)
        .lt(2 ** 40)
        .optional(),
      rope_type: z.string().optional(),
      partial_rotary_factor: z.literal(1).nullish(),
    })
    .nullish(),
  partial_rotary_factor: z.literal(1).nullish(),
  quantization_config: z.undefined('its weights are quantised in a way that is not known').optional(),
  hidden_act: z.literal('silu').optional(),
  attention_bias: none,
  mlp_bias: none,
  tie_word_embeddings: z.boolean().optional(),
  bos_token_id: z.int().min(0).nullish(),
  eos_token_id: z.union([z.int().min(0), z.array(z.int().min(0))]).nullish(),
})
type ConfigJson = z.infer<typeof configSchema>

/**
 * A LLaMA in a folder as Hugging Face has them: config.json, model.safetensors or several such files with an index, and
 * tokenizer.json where there is one.
 * Its rotation turns halves of a head against each other, so rows of query and key change places here.
 *
 * @throws ConvertError
 */
export const safetensorsLlama = (folder: string): LlamaSource => {
  const configFile = join(folder, 'config.json')
  const parsed = configSchema.safeParse(readJson(configFile))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new ConvertError(configFile, `key ${issue.path.join('.') || '(all)'}`, issue.message)
  }
  const json = parsed.data
  const config = toConfig(json, configFile)
  const end = [json.eos_token_id ?? []].flat()
  const outside = end.find((id) => id >= config.vocabulary)
  if (outside !== undefined)
    throw new ConvertError(configFile, 'key eos_token_id', `${outside} is outside of ${config.vocabulary}`)
  const fault = configFault(config)
  if (fault !== undefined) throw new ConvertError(configFile, '', fault)

  const { file, files, tensors, close } = openShards(folder)
  try {
    const isTied = json.tie_word_embeddings ?? false
    const found = llamaTensors(
      file,
      config,
      isTied ? { ...NAMES, output: NAMES.embedding } : NAMES,
      tensors,
      (name) => name.endsWith('rotary_emb.inv_freq') || (isTied && name === NAMES.output),
    )
    if (!isTied && !tensors.has(NAMES.output))
      throw new ConvertError(file, `tensor ${NAMES.output}`, 'is missing, and config.json does not tie it')
    const turned = (place: TensorPlace): TensorPlace => ({
      ...place,
      rowOrder: adjacentPairs(config.headDim),
    })
    const tokenizerFile = join(folder, 'tokenizer.json')
    const tokenizer = existsSync(tokenizerFile)
      ? jsonTokenizer(folder, readJson(tokenizerFile), config.vocabulary, end)
      : 'the folder has no tokenizer.json'
    const isKnown = typeof tokenizer !== 'string'
    return {
      name: basename(resolve(folder)),
      file,
      files,
      config,
      ...found,
      blocks: found.blocks.map((each) => ({ ...each, query: turned(each.query), key: turned(each.key) })),
      tokenizer: isKnown ? tokenizer : null,
      tokenizerNote: isKnown ? null : tokenizer,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Row 2 i of a head is row i of the file's, row 2 i + 1 is row i of its second half. */
const adjacentPairs =
  (headDim: number) =>
  (row: number): number => {
    const [head, inHead] = [Math.floor(row / headDim), row % headDim]
    return head * headDim + (inHead >> 1) + (inHead & 1) * (headDim / 2)
  }

const toConfig = (json: ConfigJson, file: string): LlamaConfig => {
  const headDim = json.head_dim ?? json.hidden_size / json.num_attention_heads
  return {
    vocabulary: json.vocab_size,
    blocks: json.num_hidden_layers,
    width: json.hidden_size,
    feedForward: json.intermediate_size,
    heads: json.num_attention_heads,
    kvHeads: json.num_key_value_heads ?? json.num_attention_heads,
    headDim,
    context: json.max_position_embeddings,
    epsilon: json.rms_norm_eps,
    frequencies: Number.isInteger(headDim / 2) ? toFrequencies(json, headDim, file) : new Float64Array(0),
  }
}

const toFrequencies = (json: ConfigJson, headDim: number, file: string): Float64Array => {
  const base = json.rope_theta ?? json.rope_parameters?.rope_theta ?? 10_000
  const frequencies = ropeFrequencies(headDim, base)
  const scaling = json.rope_scaling ?? json.rope_parameters
  const kind = scaling?.rope_type ?? json.rope_scaling?.type ?? 'default'
  const number = (key: string): number => {
    const value = (scaling as Record<string, unknown>)[key]
    if (typeof value === 'number' && value > 0) return value
    throw new ConvertError(file, `key rope_scaling.${key}`, `is ${value}`)
  }
  switch (kind) {
    case 'default':
      return frequencies
    case 'linear':
      return frequencies.map((frequency) => frequency / number('factor'))
    case 'llama3':
      return scaleLlama3(frequencies, {
        factor: number('factor'),
        lowFrequencyFactor: number('low_freq_factor'),
        highFrequencyFactor: number('high_freq_factor'),
        originalContext: number('original_max_position_embeddings'),
      })
    default:
      throw new ConvertError(file, 'key rope_scaling', `${kind} is not known; known: default, linear, llama3`)
  }
}
