import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { toHex } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import type { ModelHeader } from '../models/modelHeader.ts'
import { ggufLlama } from './gguf/ggufLlama.ts'
import { writeLowered } from './graphPlan.ts'
import type { LlamaSource } from './llama/llamaSource.ts'
import { type Capacities, lowerLlama } from './llama/lowerLlama.ts'
import { safetensorsLlama } from './safetensors/safetensorsLlama.ts'
import { ConvertError, openSource, type SourceFile } from './sourceFile.ts'

export interface ConvertOptions {
  readonly format: ModelHeader['format']
  /** Positions of the caches; the file's own, at most `DEFAULT_CONTEXT`, unless given. */
  readonly context?: number
  readonly promptCapacity?: number
  readonly answerCapacity?: number
}

const DEFAULT_CONTEXT = 8192
const DEFAULT_PROMPT = 1024
const DEFAULT_ANSWER = 256
/** The machine's attention goes no farther. */
const MOST_CONTEXT = 2 ** 16

export interface Conversion {
  readonly name: string
  readonly nodes: number
  readonly weights: number
  /** By what has them. */
  readonly fractionBits?: Readonly<Record<string, number>>
  readonly tokenizerNote: string | null
}

/** Told what is being done, how much of it is done, and how much there is. */
export type OnProgress = (stage: string, done: number, total: number) => void

/** A LLaMA in a GGUF file, or in a folder with config.json and safetensors files. @throws ConvertError */
export const openLlama = (input: string): LlamaSource => {
  const stat = statSync(input, { throwIfNoEntry: false })
  if (stat === undefined) throw new ConvertError(input, '', 'is not there')
  if (stat.isDirectory()) return safetensorsLlama(input)
  const source = openSource(input)
  try {
    return ggufLlama(source)
  } catch (error) {
    source.close()
    throw error
  }
}

const HASH_BYTES = 2 ** 24

/** SHA-256 of whole files, one behind the other. */
export const hashOf = (sources: readonly SourceFile[], onProgress: (done: number) => void): Hash => {
  const hash = createHash('sha256')
  let done = 0
  for (const source of sources)
    for (let offset = 0; offset < source.size; offset += HASH_BYTES) {
      const bytes = source.read(offset, Math.min(HASH_BYTES, source.size - offset))
      hash.update(bytes)
      done += bytes.length
      onProgress(done)
    }
  return toHex(hash.digest()) as Hash
}

/** What a request and an answer have room for, where the options do not say: all of a short context. */
export const capacitiesOf = (source: LlamaSource, options: ConvertOptions): Capacities => {
  const context = options.context ?? Math.min(source.config.context, DEFAULT_CONTEXT)
  if (context > Math.min(source.config.context, MOST_CONTEXT))
    throw new ConvertError(
      source.file,
      'the context',
      `${context} positions; the model was made for ${source.config.context}, and at most ${MOST_CONTEXT} are possible`,
    )
  return {
    context,
    prompt: Math.min(options.promptCapacity ?? DEFAULT_PROMPT, context),
    answer: Math.min(options.answerCapacity ?? DEFAULT_ANSWER, context),
  }
}

/**
 * Converts a LLaMA into a model file, part by part. Nothing is written where the source cannot be converted.
 *
 * @throws ConvertError, ModelFileError, InterruptedError
 */
export const convertLlama = async (
  source: LlamaSource,
  output: string,
  options: ConvertOptions,
  provenance: ModelHeader['provenance'],
  onProgress: OnProgress,
): Promise<Conversion> => {
  const { plan, fills, fractionBits } = lowerLlama(
    source,
    options.format,
    capacitiesOf(source, options),
    provenance,
    (done, all) => onProgress('looking at values', done, all),
  )
  const total = fills.reduce((sum, { weights }) => sum + weights, 0)
  await writeLowered(output, plan, fills, (done) => onProgress('weights', done, total))
  return {
    name: plan.name,
    nodes: plan.nodes.length,
    weights: total,
    ...(fractionBits === undefined ? {} : { fractionBits: { ...fractionBits, others: 16 } }),
    tokenizerNote: source.tokenizerNote,
  }
}
