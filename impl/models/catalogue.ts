import { join } from 'node:path'
import { readModelFile, type StoredModel } from './modelFile.ts'

/** Models that come with the project: name and file. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['mnist-mlp', join(import.meta.dirname, 'mnist-mlp.opml')],
])

export const MODEL_NAMES: readonly string[] = [...FILES.keys()]

export class UnknownModelError extends Error {
  constructor(name: string) {
    super(`unknown model ${JSON.stringify(name)}; known: ${MODEL_NAMES.join(', ')}`)
    this.name = 'UnknownModelError'
  }
}

const loaded = new Map<string, StoredModel>()

/** @throws UnknownModelError, ModelFileError */
export const loadModel = (name: string): StoredModel => {
  const file = FILES.get(name)
  if (file === undefined) throw new UnknownModelError(name)
  const model = loaded.get(name) ?? readModelFile(file)
  loaded.set(name, model)
  return model
}
