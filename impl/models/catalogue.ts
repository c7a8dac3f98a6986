import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { foundAt } from '../files/places.ts'
import { readModelFile, type StoredModel } from './modelFile.ts'
import type { ModelHeader } from './modelHeader.ts'

export type NumericFormat = ModelHeader['format']
export const MODEL_FORMATS: readonly NumericFormat[] = ['fixed', 'f32']

/** Models that come with the project: name, and file by format. */
const SHIPPED: ReadonlyMap<string, Partial<Record<NumericFormat, string>>> = new Map([
  ['mnist-mlp', { fixed: join(import.meta.dirname, 'mnist-mlp.opml') }],
  [
    'mnist-cnn',
    {
      fixed: join(import.meta.dirname, 'mnist-cnn.opml'),
      f32: join(import.meta.dirname, 'mnist-cnn.f32.opml'),
    },
  ],
])

/** Where models that were fetched or synthesised stand. */
export const MODEL_FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'models')

/** Models that `npm run models -- fetch` gets. */
export const FETCHABLE: readonly string[] = ['smollm2']

/** Models that need no fetching. */
export const MODEL_NAMES: readonly string[] = [...SHIPPED.keys()]

/** The file of a model in the folder, for the format it has. */
export const cachedFile = (name: string, format: NumericFormat): string =>
  join(MODEL_FOLDER, format === 'fixed' ? `${name}.opml` : `${name}.${format}.opml`)

export class UnknownModelError extends Error {
  /** The command that gets the model; undefined where none does. */
  readonly fetch: string | undefined

  constructor(reason: string, fetch?: string) {
    super(reason)
    this.name = 'UnknownModelError'
    this.fetch = fetch
  }
}

/**
 * The file of a model.
 *
 * @param model a name, or a model file
 * @param format which of a name's files; the first there is unless given
 * @throws UnknownModelError
 */
export const modelFileOf = (model: string, format?: NumericFormat): string => {
  const shipped = SHIPPED.get(model)
  if (shipped !== undefined) {
    const file = shipped[format ?? 'fixed']
    if (file !== undefined) return file
    throw new UnknownModelError(
      `${model} does not come in ${format}; there is: ${Object.keys(shipped).join(', ')}`,
    )
  }
  const isName = /^[a-z0-9][a-z0-9.-]*$/.test(model)
  const formats: readonly NumericFormat[] = format === undefined ? ['fixed', 'f32'] : [format]
  const cached = isName ? formats.map((each) => cachedFile(model, each)).find(existsSync) : undefined
  if (cached !== undefined) return cached
  if (FETCHABLE.includes(model)) {
    const fetch = `npm run models -- fetch ${model}`
    throw new UnknownModelError(
      `${model} is not here yet${format === undefined ? '' : ` in ${format}`}: ${fetch}`,
      fetch,
    )
  }
  const file = foundAt(model)
  if (existsSync(file)) return file
  throw new UnknownModelError(
    `unknown model ${JSON.stringify(model)}; known: ${[...MODEL_NAMES, ...FETCHABLE].join(', ')}, or a model file`,
  )
}

const loaded = new Map<string, StoredModel>()

/** A model whole in memory. @param model a name, or a model file @throws UnknownModelError, ModelFileError */
export const loadModel = (model: string, format?: NumericFormat): StoredModel => {
  const file = modelFileOf(model, format)
  const found = loaded.get(file) ?? readModelFile(file)
  loaded.set(file, found)
  return found
}
