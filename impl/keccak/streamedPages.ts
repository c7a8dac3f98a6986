import type { Bytes } from '../../spec/commitments/bytes.ts'
import { HASH_BYTES } from './kernel.ts'
import { GROUP_BYTES, pageRoots } from './treeRoot.ts'

/** 1 MiB, which are hashed as soon as they are there. */
const PART_BYTES = 256 * GROUP_BYTES

/** The page roots of a tensor whose bytes come in parts, none of which is kept. */
export interface StreamedPages {
  /** The bytes that follow, any number of them. @throws RangeError beyond the tensor's end */
  readonly add: (bytes: Bytes) => void
  /** Those of all bytes that came, as of `pageRoots`. */
  readonly roots: () => Bytes
}

/** @param bytes of the whole tensor */
export const streamedPages = (bytes: number): StreamedPages => {
  const roots = new Uint8Array(Math.ceil(bytes / GROUP_BYTES) * HASH_BYTES)
  const pending = new Uint8Array(Math.min(bytes, PART_BYTES))
  let [done, held] = [0, 0]
  const flush = (): void => {
    roots.set(pageRoots(pending.subarray(0, held)), (done / GROUP_BYTES) * HASH_BYTES)
  }
  return {
    add: (part) => {
      if (done + held + part.length > bytes)
        throw new RangeError(`more bytes than the ${bytes} of the tensor`)
      for (let at = 0; at < part.length; ) {
        const taken = part.subarray(at, at + PART_BYTES - held)
        pending.set(taken, held)
        held += taken.length
        at += taken.length
        if (held < PART_BYTES) continue
        flush()
        done += held
        held = 0
      }
    },
    roots: () => {
      flush()
      return roots
    },
  }
}
