import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import { PAGE_BYTES, PAGE_WORDS } from '../vm/pagedMemory.ts'
import { PageTree } from '../vm/pageTree.ts'

/** A tensor that is written into, and its root: of what did not change nothing is hashed again. */
export class TensorTree {
  private readonly tree = new PageTree()
  private readonly pages = new Map<number, Int32Array>()
  private readonly stale = new Set<number>()

  /** Puts bytes into the tensor, which is all zero at first. */
  write(offset: number, bytes: Bytes): void {
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor((offset + done) / PAGE_BYTES)
      const within = offset + done - index * PAGE_BYTES
      const part = bytes.subarray(done, done + PAGE_BYTES - within)
      const page = this.pages.get(index) ?? new Int32Array(PAGE_WORDS)
      this.pages.set(index, page)
      new Uint8Array(page.buffer).set(part, within)
      this.stale.add(index)
      done += part.length
    }
  }

  root(): TensorRoot {
    for (const index of this.stale) this.tree.update(index, this.pages.get(index)!, true)
    this.stale.clear()
    return this.tree.node(SLOT_HEIGHT, 0) as unknown as TensorRoot
  }
}
