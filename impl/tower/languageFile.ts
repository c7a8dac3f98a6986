import { existsSync, mkdirSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { capacitiesOf } from '../convert/convert.ts'
import { ggufLlama } from '../convert/gguf/ggufLlama.ts'
import { lowerLlama } from '../convert/llama/lowerLlama.ts'
import { SYNTHETIC_SIZES, syntheticLlama } from '../convert/llama/synthetic.ts'
import { cachedFile, MODEL_FOLDER, modelFileOf, UnknownModelError } from '../models/catalogue.ts'
import { ModelFileError, openModelFile } from '../models/modelFile.ts'
import { type ModelPlan, openModelWriter } from '../models/modelWriter.ts'

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

/** The file that `npm run models -- synth llama --size tiny` makes; made here where it is not there, or an older one is. */
const tinyFile = (): string => {
  const file = cachedFile(TINY, 'fixed')
  const source = syntheticLlama('tiny', 1)
  const llama = { ...ggufLlama(source), name: TINY }
  const provenance = { source: source.name, sha256: null }
  const lowered = lowerLlama(llama, 'fixed', capacitiesOf(llama, { format: 'fixed' }), provenance, () => {})
  if (isMadeFrom(file, lowered.plan)) return file
  mkdirSync(MODEL_FOLDER, { recursive: true })
  const writer = openModelWriter(file, lowered.plan)
  try {
    for (const { run } of lowered.fills)
      for (const _ of run((operand, bytes) => writer.write(operand!.index, bytes)));
    writer.finish()
  } catch (error) {
    writer.abort()
    throw error
  }
  return file
}

/** Whether a file is there and has the plan's graph. */
const isMadeFrom = (file: string, plan: ModelPlan): boolean => {
  if (!existsSync(file)) return false
  try {
    const open = openModelFile(file)
    open.close()
    const descriptors = (nodes: readonly GraphNode[]) => nodes.map(({ descriptor }) => descriptor)
    return isDeepStrictEqual(descriptors(open.nodes), descriptors(plan.nodes))
  } catch (error) {
    if (error instanceof ModelFileError) return false
    throw error
  }
}
