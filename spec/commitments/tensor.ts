import type { Bytes } from './bytes.ts'
import { symbolsInPlace, type TensorRoot } from './hash.ts'
import { rootOfBytes, zeroRoot } from './merkle.ts'

/**
 * A tensor is committed as the memory slot that it would fill: its little-endian, row-major bytes from the bottom
 * of an otherwise zero slot of 512 MiB. The root means nothing beyond those bytes: no shape, no length.
 */
export const SLOT_HEIGHT = 24
export const SLOT_BYTES = 2 ** 29

/** The root of a slot that nobody has written. */
export const UNSET_TENSOR = zeroRoot(SLOT_HEIGHT) as unknown as TensorRoot

/** Where symbols stand for hashes, a tensor has one of its own: then nothing opens it, and no tower of symbols does. */
export const tensorRoot = (bytes: Bytes): TensorRoot =>
  (symbolsInPlace()?.of([TENSOR, bytes]) ?? rootOfBytes(bytes, SLOT_HEIGHT)) as unknown as TensorRoot

/** Tells a tensor from other bytes that have a symbol. */
const TENSOR: Bytes = Uint8Array.from('tensor', (letter) => letter.charCodeAt(0))
