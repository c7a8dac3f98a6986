import { existsSync, mkdirSync } from 'node:fs'
import { ggufLlama } from '../convert/gguf/ggufLlama.ts'
import { lowerLlama } from '../convert/llama/lowerLlama.ts'
import { SYNTHETIC_SIZES, syntheticLlama } from '../convert/llama/synthetic.ts'
import { cachedFile, MODEL_FOLDER, modelFileOf, UnknownModelError } from '../models/catalogue.ts'
import { openModelWriter } from '../models/modelWriter.ts'

/** So small that it is made in a moment, whenever it is asked for. */
const TINY = 'llama-tiny'

/**
 * The file of a language model by its name or file; the smallest synthetic one is written when it is not there.
 *
 * @throws UnknownModelError
 */
export const languageFile = (model: string): string => {
  if (model === TINY) return tinyFile()
  const size = /^llama-(.+)$/.exec(model)?.[1]
  const isSynthetic = size !== undefined && Object.hasOwn(SYNTHETIC_SIZES, size)
  if (!isSynthetic || existsSync(cachedFile(model, 'fixed'))) return modelFileOf(model)
  const fetch = `npm run models -- synth llama --size ${size}`
  throw new UnknownModelError(`${model} is not here yet: ${fetch}`, fetch)
}

const TINY_CAPACITIES = { context: 128, prompt: 64, answer: 32 }

const tinyFile = (): string => {
  const file = cachedFile(TINY, 'fixed')
  if (existsSync(file)) return file
  mkdirSync(MODEL_FOLDER, { recursive: true })
  const source = syntheticLlama('tiny', 1)
  const provenance = { source: source.name, sha256: null }
  const llama = { ...ggufLlama(source), name: TINY }
  const { plan, fills } = lowerLlama(llama, 'fixed', TINY_CAPACITIES, provenance, () => {})
  const writer = openModelWriter(file, plan)
  try {
    for (const { run } of fills)
      for (const _ of run((operand, bytes) => writer.write(operand!.index, bytes)));
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
  return file
}
