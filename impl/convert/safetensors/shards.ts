import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { ConvertError, openSource, type SourceFile } from '../sourceFile.ts'
import type { TensorPlace } from '../weights/tensorPlace.ts'
import { readJson } from './readJson.ts'
import { readSafetensors } from './safetensorsFile.ts'

const WHOLE = 'model.safetensors'
const INDEX = 'model.safetensors.index.json'

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) })

/** A folder's tensors, in one file or in several with an index. */
export interface Shards {
  /** What errors about all of them name. */
  readonly file: string
  /** In the order in which the index names them. */
  readonly files: readonly string[]
  readonly tensors: ReadonlyMap<string, TensorPlace>
  readonly close: () => void
}

/** The files that an index names, and which tensor is to be in which. @throws ConvertError */
const readIndex = (folder: string): ReadonlyMap<string, readonly string[]> => {
  const file = join(folder, INDEX)
  const parsed = indexSchema.safeParse(readJson(file))
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    throw new ConvertError(file, `key ${path.join('.') || '(all)'}`, message)
  }
  const tensors = new Map<string, string[]>()
  for (const [tensor, shard] of Object.entries(parsed.data.weight_map)) {
    if (!/^[\w-][\w.-]*\.safetensors$/.test(shard))
      throw new ConvertError(
        file,
        `tensor ${tensor}`,
        `stands in ${JSON.stringify(shard)}, which is no safetensors file of the folder`,
      )
    const others = tensors.get(shard)
    if (others === undefined) tensors.set(shard, [tensor])
    else others.push(tensor)
  }
  return tensors
}

/** Opens a folder's files and reads their headers; the tensors stay in them. @throws ConvertError */
export const openShards = (folder: string): Shards => {
  const isWhole = existsSync(join(folder, WHOLE)) || !existsSync(join(folder, INDEX))
  const index = isWhole ? undefined : readIndex(folder)
  const sources: SourceFile[] = []
  const close = (): void => {
    for (const source of sources) source.close()
  }
  try {
    const tensors = new Map<string, TensorPlace>()
    for (const shard of index?.keys() ?? [WHOLE]) {
      const source = openSource(join(folder, shard))
      sources.push(source)
      const found = readSafetensors(source)
      const missing = index?.get(shard)?.find((name) => !found.has(name))
      if (missing !== undefined)
        throw new ConvertError(source.name, `tensor ${missing}`, `is missing, where ${INDEX} has it`)
      for (const [name, place] of found) {
        if (tensors.has(name))
          throw new ConvertError(source.name, `tensor ${name}`, 'stands in another file too')
        tensors.set(name, place)
      }
    }
    return {
      file: join(folder, isWhole ? WHOLE : INDEX),
      files: sources.map(({ name }) => name),
      tensors,
      close,
    }
  } catch (error) {
    close()
    throw error
  }
}
