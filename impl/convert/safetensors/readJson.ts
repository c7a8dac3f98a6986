import { ConvertError, openSource, utf8 } from '../sourceFile.ts'
import { parseJson } from './json.ts'

const MAX_TEXT_BYTES = 2 ** 26

/** A text from a file of a model's folder. @throws ConvertError */
export const readText = (file: string): string => {
  const source = openSource(file)
  try {
    if (source.size > MAX_TEXT_BYTES)
      throw new ConvertError(file, '', `has ${source.size} bytes; at most ${MAX_TEXT_BYTES}`)
    const text = utf8(source.read(0, source.size))
    if (text === undefined) throw new ConvertError(file, '', 'is not UTF-8')
    return text
  } finally {
    source.close()
  }
}

/** JSON from a file of a model's folder. @throws ConvertError */
export const readJson = (file: string): unknown =>
  parseJson(readText(file), (reason) => {
    throw new ConvertError(file, '', reason)
  })
