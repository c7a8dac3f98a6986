import { type Bytes, bigEndian, concat, fromHex } from '../../commitments/bytes.ts'
import { keccak } from '../../commitments/hash.ts'

/** A stream of choices from one seed: the same on every machine, and in every version of every library. */
export interface Draws {
  /** An integer from 0 to `count` - 1; `count` at most 2^48. */
  readonly below: (count: number) => number
  readonly bytes: (length: number) => Bytes
  readonly pick: <Value>(values: readonly Value[]) => Value
}

export const drawsFrom = (seed: number): Draws => {
  let counter = 0
  const next = (): Bytes => fromHex(keccak(bigEndian(seed, 6), bigEndian(counter++, 6)))
  const below = (count: number): number => Number(new DataView(next().buffer).getBigUint64(0) % BigInt(count))
  return {
    below,
    bytes: (length) => concat(...Array.from({ length: Math.ceil(length / 32) }, next)).slice(0, length),
    pick: (values) => values[below(values.length)]!,
  }
}

/** `bytes` with one bit of byte `at` flipped. */
export const flipBit = (bytes: Bytes, at: number, bit = 0): Bytes => bytes.with(at, bytes[at]! ^ (1 << bit))
