import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LlamaSource } from '../llama/llamaSource.ts'
import { openSource } from '../sourceFile.ts'
import { readAll, type TensorPlace } from '../weights/tensorPlace.ts'
import { readSafetensors } from './safetensorsFile.ts'

/** Rows in Hugging Face's order: row i of a head's first half and of its second are a pair. */
const halves = (weights: Float32Array, rows: number, headDim: number): Float32Array => {
  const columns = weights.length / rows
  const moved = new Float32Array(weights.length)
  for (let row = 0; row < rows; row++) {
    const [head, inHead] = [Math.floor(row / headDim), row % headDim]
    const to = head * headDim + (inHead % 2) * (headDim / 2) + (inHead >> 1)
    moved.set(weights.subarray(row * columns, (row + 1) * columns), to * columns)
  }
  return moved
}

export const configOf = ({ config }: LlamaSource): Record<string, unknown> => ({
  model_type: 'llama',
  vocab_size: config.vocabulary,
  num_hidden_layers: config.blocks,
  hidden_size: config.width,
  intermediate_size: config.feedForward,
  num_attention_heads: config.heads,
  num_key_value_heads: config.kvHeads,
  max_position_embeddings: config.context,
  rms_norm_eps: config.epsilon,
  rope_theta: 10_000,
  hidden_act: 'silu',
  tie_word_embeddings: false,
  eos_token_id: 2,
})

/** Writes a LLaMA as Hugging Face has it, in single precision. */
export const writeFolder = (folder: string, source: LlamaSource, config: object = configOf(source)): void => {
  const { headDim } = source.config
  const tensors = new Map<string, { shape: readonly number[]; weights: Float32Array }>()
  const put = (name: string, place: TensorPlace, isTurned = false): void => {
    const weights = readAll(place)
    tensors.set(name, {
      shape: place.shape,
      weights: isTurned ? halves(weights, place.shape[0]!, headDim) : weights,
    })
  }
  put('model.embed_tokens.weight', source.embedding)
  source.blocks.forEach((block, i) => {
    const at = (part: string): string => `model.layers.${i}.${part}.weight`
    put(at('input_layernorm'), block.attentionNorm)
    put(at('self_attn.q_proj'), block.query, true)
    put(at('self_attn.k_proj'), block.key, true)
    put(at('self_attn.v_proj'), block.value)
    put(at('self_attn.o_proj'), block.attentionOutput)
    put(at('post_attention_layernorm'), block.feedForwardNorm)
    put(at('mlp.gate_proj'), block.gate)
    put(at('mlp.up_proj'), block.up)
    put(at('mlp.down_proj'), block.down)
  })
  put('model.norm.weight', source.outputNorm)
  put('lm_head.weight', source.output)
  writeTensors(join(folder, WHOLE), tensors)
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
}

const WHOLE = 'model.safetensors'

type Tensors = ReadonlyMap<string, { readonly shape: readonly number[]; readonly weights: Float32Array }>

const writeTensors = (file: string, tensors: Tensors): void => {
  let end = 0
  const header: Record<string, unknown> = {}
  for (const [name, { shape, weights }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + weights.byteLength] }
    end += weights.byteLength
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  const data = [...tensors.values()].map(({ weights }) => Buffer.from(weights.buffer))
  writeFileSync(file, Buffer.concat([length, text, ...data]))
}

/** Makes several files of a folder's one, with an index. @returns their names */
export const splitFolder = (folder: string, count: number): readonly string[] => {
  const whole = openSource(join(folder, WHOLE))
  const tensors = [...readSafetensors(whole)]
  const names = Array.from({ length: count }, (_, i) => `model-0000${i + 1}-of-0000${count}.safetensors`)
  const weight_map: Record<string, string> = {}
  names.forEach((file, i) => {
    const own = tensors.filter((_, at) => Math.floor((at * count) / tensors.length) === i)
    writeTensors(
      join(folder, file),
      new Map(own.map(([name, place]) => [name, { shape: place.shape, weights: readAll(place) }])),
    )
    for (const [name] of own) weight_map[name] = file
  })
  whole.close()
  rmSync(join(folder, WHOLE))
  writeFileSync(join(folder, `${WHOLE}.index.json`), JSON.stringify({ metadata: {}, weight_map }))
  return names
}
