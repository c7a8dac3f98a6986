import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { ConvertError, type SourceFile } from '../sourceFile.ts'
import type { WeightFormat } from './weightFormat.ts'

/** A tensor in a file: where it stands, and as what. */
export interface TensorPlace {
  readonly name: string
  /** Outermost dimension first; no dimension means one number. */
  readonly shape: readonly number[]
  readonly format: WeightFormat
  readonly source: SourceFile
  /** From the start of the file. */
  readonly offset: number
  readonly bytes: number
  /** Which row of the file is row `row` here; the same one unless given. */
  readonly rowOrder?: (row: number) => number
}

export const elementsOf = (shape: readonly number[]): number =>
  shape.reduce((product, size) => product * size, 1)

/** Bytes of a tensor of that shape; a reason where it cannot be. */
export const tensorSize = (
  shape: readonly number[],
  { name, blockElements, blockBytes }: WeightFormat,
): number | string => {
  if (shape.some((size) => !Number.isSafeInteger(size) || size < 1)) return `shape [${shape}] is not possible`
  const elements = elementsOf(shape)
  if (!Number.isSafeInteger(elements)) return `shape [${shape}] has too many elements`
  const row = shape.at(-1) ?? 1
  if (row % blockElements !== 0)
    return `a row of ${row} weights is no whole number of ${name} blocks of ${blockElements}`
  return (elements / blockElements) * blockBytes
}

/** @throws ConvertError where two tensors share bytes, or one is not inside of the file's part from `start` to its end */
export const checkPlaces = (source: SourceFile, places: readonly TensorPlace[], start: number): void => {
  const inOrder = [...places].sort((a, b) => a.offset - b.offset)
  let [end, before] = [start, 'the header']
  for (const { name, offset, bytes } of inOrder) {
    if (offset < end) throw new ConvertError(source.name, `tensor ${name}`, `overlaps ${before}`)
    end = offset + bytes
    if (end > source.size)
      throw new ConvertError(
        source.name,
        `tensor ${name}`,
        `truncated: it ends at byte ${end} of a file of ${source.size}`,
      )
    before = `tensor ${name}`
  }
}

/** Weights in a row: the last dimension. */
export const rowLength = ({ shape }: TensorPlace): number => shape.at(-1) ?? 1
export const rowCount = (place: TensorPlace): number => elementsOf(place.shape) / rowLength(place)

/** The bytes of some rows. */
export const readRowBytes = (place: TensorPlace, firstRow: number, rows: number): Bytes => {
  const { format, source, offset, rowOrder } = place
  const rowBytes = (rowLength(place) / format.blockElements) * format.blockBytes
  if (rowOrder === undefined) return source.read(offset + firstRow * rowBytes, rows * rowBytes)
  const bytes = new Uint8Array(rows * rowBytes)
  for (let row = 0; row < rows; row++)
    bytes.set(source.read(offset + rowOrder(firstRow + row) * rowBytes, rowBytes), row * rowBytes)
  return bytes
}

/** Where the first weight stands that is not finite; -1 where all are. A loop: every weight of a model goes through it. */
export const firstNotFinite = (weights: Float32Array): number => {
  for (let i = 0; i < weights.length; i++) if (!Number.isFinite(weights[i]!)) return i
  return -1
}

/** The weights of some rows, in single precision. @throws ConvertError where one is not finite */
export const readRows = (place: TensorPlace, firstRow: number, rows: number): Float32Array => {
  const weights = place.format.decode(readRowBytes(place, firstRow, rows))
  const wrong = firstNotFinite(weights)
  if (wrong >= 0) throw notFinite(place, firstRow * rowLength(place) + wrong, weights[wrong]!)
  return weights
}

/** What to throw where the weight at `index`, counted row by row, is not a number that can be converted. */
export const notFinite = (place: TensorPlace, index: number, weight: number): ConvertError => {
  const [at, column] = [Math.floor(index / rowLength(place)), index % rowLength(place)]
  const row = place.rowOrder?.(at) ?? at
  return new ConvertError(
    place.source.name,
    `tensor ${place.name}`,
    `the weight in row ${row}, column ${column} is ${weight}`,
  )
}

/** All weights of a tensor, in single precision. @throws ConvertError where one is not finite */
export const readAll = (place: TensorPlace): Float32Array => readRows(place, 0, rowCount(place))
