import { ConvertError, openSource, utf8 } from '../sourceFile.ts'
import { parseJson } from './json.ts'

const MAX_JSON_BYTES = 2 ** 26

/** JSON from a file of a model's folder. @throws ConvertError */
export const readJson = (file: string): unknown => {
  const source = openSource(file)
  try {
    if (source.size > MAX_JSON_BYTES)
      throw new ConvertError(file, '', `has ${source.size} bytes; at most ${MAX_JSON_BYTES}`)
    const fail = (reason: string): never => {
      throw new ConvertError(file, '', reason)
    }
    return parseJson(utf8(source.read(0, source.size)) ?? fail('is not UTF-8'), fail)
  } finally {
    source.close()
  }
}
