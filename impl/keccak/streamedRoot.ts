import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hash, TensorRoot } from '../../spec/commitments/hash.ts'
import { merkleTree } from '../../spec/commitments/merkle.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import { rootOfBytes } from './treeRoot.ts'

/** 1 MiB: a subtree that is hashed as soon as its bytes are there. */
const PART_HEIGHT = 15
const PART_BYTES = 32 * 2 ** PART_HEIGHT

/** The root of a tensor whose bytes come in parts, none of which is kept. */
export interface StreamedRoot {
  /** The bytes that follow, any number of them. @throws RangeError beyond a slot */
  readonly add: (bytes: Bytes) => void
  readonly root: () => TensorRoot
}

export const streamedRoot = (): StreamedRoot => {
  const parts: Hash[] = []
  const pending = new Uint8Array(PART_BYTES)
  let held = 0
  return {
    add: (bytes) => {
      for (let at = 0; at < bytes.length; ) {
        const taken = bytes.subarray(at, at + PART_BYTES - held)
        pending.set(taken, held)
        held += taken.length
        at += taken.length
        if (held < PART_BYTES) continue
        if (parts.length === 2 ** (SLOT_HEIGHT - PART_HEIGHT))
          throw new RangeError('more bytes than a slot has')
        parts.push(rootOfBytes(pending, PART_HEIGHT))
        held = 0
      }
    },
    root: () => {
      const last = held === 0 ? [] : [rootOfBytes(pending.subarray(0, held), PART_HEIGHT)]
      return merkleTree([...parts, ...last], SLOT_HEIGHT - PART_HEIGHT, PART_HEIGHT)
        .root as unknown as TensorRoot
    },
  }
}
