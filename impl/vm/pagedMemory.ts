import type { Bytes } from '../../spec/commitments/bytes.ts'
import { HASH_BYTES } from '../keccak/kernel.ts'
import { GUEST_PAGES, MARKS_PAGES } from './translate/layout.ts'

/**
 * The engine's memory: 4 GiB of the address space, of which only pages that were touched cost anything, and a mark for
 * each page of 4 KiB that was written. Interpreter and translated code work on the same bytes.
 */
export const PAGE_BYTES = 4096
export const PAGE_WORDS = PAGE_BYTES / 4
const PAGE_COUNT = 2 ** 20

/** Bytes of memory, from `address` on. */
export interface Contents {
  readonly address: number
  readonly bytes: Bytes
  /** Roots of the pages that the bytes fill, where they are known: 32 bytes each, from a page's start on. */
  readonly pageRoots?: Bytes | undefined
}

export class PagedMemory {
  /**
   * Shared, though with nobody: else the garbage collector takes it for 4 GiB in use, and collects everything whenever
   * a machine is made.
   */
  readonly guest = new WebAssembly.Memory({ initial: GUEST_PAGES, maximum: GUEST_PAGES, shared: true })
  readonly marksMemory = new WebAssembly.Memory({ initial: MARKS_PAGES, maximum: MARKS_PAGES })
  /** The guest's memory in words, address / 4 being the index. */
  readonly words: Int32Array = new Int32Array(this.guest.buffer)
  /** Not 0 for each page that was written since `takeWritten`. Who writes a page without a mark calls `mark`. */
  readonly marks: Uint8Array = new Uint8Array(this.marksMemory.buffer, 0, PAGE_COUNT)
  /** 1 for each page that the interpreter ever read. */
  readonly readPages: Uint8Array = new Uint8Array(PAGE_COUNT)
  /** Set by who marks pages without telling: then all marks are looked at. */
  marksAreAhead = false
  private readonly bytes: Uint8Array = new Uint8Array(this.guest.buffer)
  private readonly contents: readonly Contents[]
  private marked: number[] = []

  /** A memory that holds `contents` at the start and zeros elsewhere; later contents overwrite earlier ones. */
  constructor(contents: readonly Contents[]) {
    this.contents = contents
    for (const { address, bytes } of contents) this.bytes.set(bytes, address)
  }

  /** Pages that the start has contents in, ascending, and the roots of those that they alone are in, where known. */
  initialPages(): ReadonlyMap<number, Bytes | undefined> {
    const pages = new Map<number, Bytes | undefined>()
    for (const { address, bytes, pageRoots } of this.contents) {
      const first = Math.floor(address / PAGE_BYTES)
      for (let page = first; page * PAGE_BYTES < address + bytes.length; page++) {
        const at = (page - first) * HASH_BYTES
        pages.set(page, pages.has(page) ? undefined : pageRoots?.subarray(at, at + HASH_BYTES))
      }
    }
    return new Map([...pages].sort(([a], [b]) => a - b))
  }

  mark(page: number): void {
    this.marks[page] = 1
    this.marked.push(page)
  }

  /** Pages that were written since this was asked last. */
  takeWritten(): readonly number[] {
    const written = this.marksAreAhead ? markedPages(this.marks) : this.marked
    for (const page of written) this.marks[page] = 0
    this.marksAreAhead = false
    this.marked = []
    return written
  }

  /** The 1024 words of `page` now, a view. */
  pageWords(page: number): Int32Array {
    return this.words.subarray(page * PAGE_WORDS, (page + 1) * PAGE_WORDS)
  }

  /** Puts back what the start has in `page`, without a mark. */
  resetPage(page: number): void {
    const start = page * PAGE_BYTES
    this.bytes.fill(0, start, start + PAGE_BYTES)
    for (const { address, bytes } of this.contents) {
      const [from, to] = [Math.max(start, address), Math.min(start + PAGE_BYTES, address + bytes.length)]
      if (from < to) this.bytes.set(bytes.subarray(from - address, to - address), from)
    }
  }

  /** Bytes `address` to `address + length - 1`, wrapping at 4 GiB. */
  read(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    const first = this.bytes.subarray(address, address + length)
    bytes.set(first)
    bytes.set(this.bytes.subarray(0, length - first.length), first.length)
    return bytes
  }

  /** Writes bytes, wrapping at 4 GiB, and marks their pages. */
  write(address: number, bytes: Uint8Array): void {
    const first = bytes.subarray(0, 2 ** 32 - address)
    this.bytes.set(first, address)
    this.bytes.set(bytes.subarray(first.length), 0)
    for (let done = 0; done < bytes.length; done += PAGE_BYTES - ((address + done) % PAGE_BYTES)) {
      const page = Math.floor(((address + done) % 2 ** 32) / PAGE_BYTES)
      if (this.marks[page] === 0) this.mark(page)
    }
  }
}

/** Pages whose mark is set, eight looked at a time: most are not. */
const markedPages = (marks: Uint8Array): readonly number[] => {
  const eights = new Float64Array(marks.buffer, 0, PAGE_COUNT / 8)
  const pages: number[] = []
  for (let i = 0; i < eights.length; i++) {
    if (eights[i] === 0) continue
    for (let page = 8 * i; page < 8 * i + 8; page++) if (marks[page] !== 0) pages.push(page)
  }
  return pages
}
