import { writeFileSync } from 'node:fs'
import { BadInputError, readWhole } from './modelCommand.ts'

/** An array of single-precision numbers, the last dimension innermost. */
export interface NumpyArray {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

const MAGIC = Buffer.from('\x93NUMPY', 'latin1')
const ALIGNMENT = 64
const MAX_HEADER_BYTES = 2 ** 16
const MAX_BYTES = 2 ** 31

/**
 * Reads a NumPy file of little-endian float32 in C order (format versions 1 to 3).
 *
 * @throws BadInputError naming the file and the reason
 */
export const readNpy = (file: string): NumpyArray => {
  const fail = (reason: string): never => {
    throw new BadInputError(`${file}: ${reason}`)
  }
  const bytes = readWhole(file, MAX_BYTES)
  if (bytes.length < 12 || !bytes.subarray(0, 6).equals(MAGIC)) fail('is no NumPy file')
  const isShort = bytes[6] === 1
  const length = isShort ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8)
  const start = (isShort ? 10 : 12) + length
  if (length > MAX_HEADER_BYTES || start > bytes.length) fail('truncated: its header runs over the end')
  const header = bytes.subarray(isShort ? 10 : 12, start).toString('latin1')
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1]
  if (type !== '<f4') fail(`has elements of type ${type ?? 'unknown'}; it is to be float32 (<f4)`)
  if (!/'fortran_order':\s*False/.test(header)) fail('is in Fortran order; it is to be in C order')
  const dimensions = /'shape':\s*\(([\d,\s]*)\)/.exec(header)?.[1]
  if (dimensions === undefined) return fail('has no shape')
  const shape = dimensions
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number)
  const count = shape.reduce((product, size) => product * size, 1)
  if (count * 4 !== bytes.length - start)
    fail(`has ${bytes.length - start} bytes of numbers where its shape (${shape}) asks for ${4 * count}`)
  // A copy, so that the numbers start where a typed array may.
  return { shape, values: new Float32Array(Uint8Array.from(bytes.subarray(start)).buffer) }
}

/** @throws BadInputError where the file cannot be written */
export const writeNpy = (file: string, { shape, values }: NumpyArray): void => {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT - 10
  const prefix = Buffer.from([...MAGIC, 1, 0, length & 255, length >> 8])
  const header = Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1')
  try {
    writeFileSync(
      file,
      Buffer.concat([prefix, header, Buffer.from(values.buffer, values.byteOffset, values.byteLength)]),
    )
  } catch (error) {
    throw new BadInputError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
}
