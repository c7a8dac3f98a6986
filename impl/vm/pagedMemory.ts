/**
 * The engine's memory: 4 GiB in pages of 4 KiB that share one pool of words. A page that nobody wrote is the zero
 * page. Pages are copied on write once they are frozen, so that a snapshot of the memory costs one entry for each
 * page that differs from the start, and going back to one costs no copying.
 *
 * The two tables are for the interpreter's loop: the pool index of a page's first word, 0 where the loop has to ask
 * (`openRead`, `openWrite`), which it has to once for each page and snapshot.
 */
export const PAGE_BYTES = 4096
export const PAGE_WORDS = PAGE_BYTES / 4
const PAGE_COUNT = 2 ** 20

/** Pages that differ from the start: page number -> page of the pool. */
export type Overlay = ReadonlyMap<number, number>

/** Page 0 of the pool is never used, since index 0 means "ask". */
const ZERO_PAGE = 1

export class PagedMemory {
  /** The pool; replaced by a larger one when it is full, so hold it no longer than until the next `openWrite`. */
  words: Int32Array = new Int32Array(64 * PAGE_WORDS)
  readonly readTable: Int32Array = new Int32Array(PAGE_COUNT)
  readonly writeTable: Int32Array = new Int32Array(PAGE_COUNT)
  /** 1 for each page that was ever read or written through the tables. */
  readonly touched: Uint8Array = new Uint8Array(PAGE_COUNT)
  /** Pages of the start, by page number. */
  private readonly initial = new Map<number, number>()
  private overlay = new Map<number, number>()
  private allocated = ZERO_PAGE + 1
  /** Pages of the pool below this one are never written again. */
  private frozen = ZERO_PAGE + 1

  /** A memory that holds `contents` at the start and zeros elsewhere; later contents overwrite earlier ones. */
  constructor(contents: readonly { readonly address: number; readonly bytes: Uint8Array }[]) {
    for (const { address, bytes } of contents) this.write(address, bytes)
    for (const [page, id] of this.overlay) this.initial.set(page, id)
    this.overlay = new Map()
    this.freezePages()
    this.touched.fill(0)
  }

  /** Pages that the start has. */
  initialPages(): Iterable<number> {
    return this.initial.keys()
  }

  /** Pages that differ from the start now. */
  changedPages(): Iterable<number> {
    return this.overlay.keys()
  }

  /** The pool's page that stands for `page` now. */
  idOf(page: number): number {
    return this.overlay.get(page) ?? this.initial.get(page) ?? ZERO_PAGE
  }

  /** Whether the pool's page `id` will always hold what it holds now. */
  isFrozen(id: number): boolean {
    return id < this.frozen
  }

  /** The 1024 words of `page` now, a view. */
  pageWords(page: number): Int32Array {
    const first = this.idOf(page) * PAGE_WORDS
    return this.words.subarray(first, first + PAGE_WORDS)
  }

  openRead(page: number): number {
    this.touched[page] = 1
    const first = this.idOf(page) * PAGE_WORDS
    this.readTable[page] = first
    return first
  }

  openWrite(page: number): number {
    this.touched[page] = 1
    let id = this.idOf(page)
    if (this.isFrozen(id)) {
      const copy = this.allocate()
      this.words.copyWithin(copy * PAGE_WORDS, id * PAGE_WORDS, (id + 1) * PAGE_WORDS)
      id = copy
      this.overlay.set(page, id)
    }
    const first = id * PAGE_WORDS
    this.readTable[page] = first
    this.writeTable[page] = first
    return first
  }

  /** Bytes `address` to `address + length - 1`, wrapping at 4 GiB. */
  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const at = (address + done) % 2 ** 32
      const page = this.pageBytes(this.idOf(Math.floor(at / PAGE_BYTES)))
      const part = page.subarray(at % PAGE_BYTES, (at % PAGE_BYTES) + length - done)
      bytes.set(part, done)
      done += part.length
    }
    return bytes
  }

  write(address: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const at = (address + done) % 2 ** 32
      const part = bytes.subarray(done, done + PAGE_BYTES - (at % PAGE_BYTES))
      const first = this.openWrite(Math.floor(at / PAGE_BYTES))
      this.pageBytes(first / PAGE_WORDS).set(part, at % PAGE_BYTES)
      done += part.length
    }
  }

  /** A snapshot: what stands now stays as it is, and `restore` comes back to it. */
  freeze(): Overlay {
    this.freezePages()
    return new Map(this.overlay)
  }

  /** Back, or forth, to a snapshot; what was written since the last `freeze` is dropped. */
  restore(overlay: Overlay): void {
    for (const [page, id] of this.overlay) if (overlay.get(page) !== id) this.forget(page)
    for (const [page, id] of overlay) if (this.overlay.get(page) !== id) this.forget(page)
    this.overlay = new Map(overlay)
    this.allocated = this.frozen
  }

  private freezePages(): void {
    for (const page of this.overlay.keys()) this.writeTable[page] = 0
    for (const page of this.initial.keys()) this.writeTable[page] = 0
    this.frozen = this.allocated
  }

  private forget(page: number): void {
    this.readTable[page] = 0
    this.writeTable[page] = 0
  }

  private allocate(): number {
    const id = this.allocated++
    if ((id + 1) * PAGE_WORDS > this.words.length) {
      const larger = new Int32Array(2 * this.words.length)
      larger.set(this.words)
      this.words = larger
    }
    return id
  }

  private pageBytes(id: number): Uint8Array {
    return new Uint8Array(this.words.buffer, id * PAGE_BYTES, PAGE_BYTES)
  }
}
