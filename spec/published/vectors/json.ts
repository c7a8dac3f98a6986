import { toHex } from '../../commitments/bytes.ts'

/**
 * How vectors are written, one way only, so that equal vectors are equal files: byte strings as lower-case hex with
 * `0x`, amounts (bigint) as decimal strings, absent fields left out, keys in the order of the specification's types.
 */
const plain = (_key: string, value: unknown): unknown =>
  value instanceof Uint8Array ? toHex(value) : typeof value === 'bigint' ? String(value) : value

/** One file of vectors: what it is, then named lists. */
export interface VectorFile {
  readonly about: string
  readonly [section: string]: unknown
}

/** A list has one vector a line, so that a change shows as the lines that changed. */
const printSection = (value: unknown): string =>
  Array.isArray(value)
    ? `[\n${value.map((vector) => JSON.stringify(vector, plain)).join(',\n')}\n]`
    : JSON.stringify(value, plain)

export const printVectors = (file: VectorFile): string =>
  `{\n${Object.entries(file)
    .map(([name, value]) => `${JSON.stringify(name)}: ${printSection(value)}`)
    .join(',\n')}\n}\n`
