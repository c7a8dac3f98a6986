import { z } from 'zod'
import { ConvertError, type SourceFile, utf8 } from '../sourceFile.ts'
import { SAFETENSORS_FORMATS } from '../weights/formats.ts'
import { checkPlaces, type TensorPlace, tensorSize } from '../weights/tensorPlace.ts'
import { parseJson } from './json.ts'

/**
 * safetensors: length of the header u64 | header: JSON | tensors, which fill the rest of the file without a gap.
 * Each entry of the header: name: { dtype, shape, data_offsets: [start, end] }, counted from the end of the header.
 */
const LENGTH_BYTES = 8
const MAX_HEADER_BYTES = 2 ** 26

const size = z.int().min(0)
const headerSchema = z.record(
  z.string(),
  z.strictObject({ dtype: z.string(), shape: z.array(size).max(8), data_offsets: z.tuple([size, size]) }),
)

/** Reads and checks the header; the tensors stay in the file. @throws ConvertError */
export const readSafetensors = (source: SourceFile): ReadonlyMap<string, TensorPlace> => {
  const fail = (place: string, reason: string): never => {
    throw new ConvertError(source.name, place, reason)
  }
  const prefix = source.read(0, LENGTH_BYTES)
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true))
  if (length > MAX_HEADER_BYTES) fail('the header', `its length is ${length}; at most ${MAX_HEADER_BYTES}`)
  if (LENGTH_BYTES + length > source.size)
    fail('the header', `truncated: its length is ${length} in a file of ${source.size}`)
  const text = utf8(source.read(LENGTH_BYTES, length)) ?? fail('the header', 'is not UTF-8')
  const json = parseJson(text, (reason) => fail('the header', reason))
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    fail('the header', 'is no JSON object')
  const { __metadata__, ...entries } = json as Record<string, unknown>
  const parsed = headerSchema.safeParse(entries)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    return fail(`tensor ${issue.path.join('.')}`, issue.message)
  }

  const start = LENGTH_BYTES + length
  const places = Object.entries(parsed.data).map(([name, entry]): TensorPlace => {
    const [from, to] = entry.data_offsets
    const format = SAFETENSORS_FORMATS.get(entry.dtype)
    if (format === undefined)
      return fail(
        `tensor ${name}`,
        `has the element type ${entry.dtype}; known: ${[...SAFETENSORS_FORMATS.keys()].join(', ')}`,
      )
    const bytes = tensorSize(entry.shape, format)
    if (typeof bytes === 'string') return fail(`tensor ${name}`, bytes)
    if (to - from !== bytes)
      fail(`tensor ${name}`, `has ${to - from} bytes where its shape [${entry.shape}] asks for ${bytes}`)
    if (from % format.blockBytes !== 0)
      fail(`tensor ${name}`, `is misaligned: offset ${from} for elements of ${format.blockBytes} bytes`)
    return { name, shape: entry.shape, format, source, offset: start + from, bytes }
  })
  checkPlaces(source, places, start)
  const end = places.reduce((sum, { bytes }) => sum + bytes, start)
  if (end !== source.size)
    fail('', `the tensors take ${end} bytes with the header, and the file has ${source.size}`)
  return new Map(places.map((place) => [place.name, place]))
}
