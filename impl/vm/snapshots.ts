import type { Processor } from '../../spec/machine/state.ts'
import { PAGE_BYTES, type PagedMemory } from './pagedMemory.ts'

/**
 * States to come back to. A snapshot holds copies of the pages that were written since the one before it, and the start
 * holds none, since it can be made again from the run's contents. So going back copies pages, and going on costs
 * nothing. Where the copies get too many, snapshots in between are dropped.
 */
export interface Snapshot {
  readonly steps: number
  readonly processor: Processor
  /** Pages written since the snapshot before, as they are here. */
  readonly pages: Map<number, Int32Array>
}

/** Bytes of copies that are kept. */
const LIMIT_BYTES = 2 ** 28

export class Snapshots {
  private readonly memory: PagedMemory
  private readonly limitPages: number
  private readonly kept: Snapshot[] = []
  private copies = 0
  /** The snapshot that the memory came from last. */
  private current = 0
  /** Pages in which the memory differs from the current snapshot, or did when they were asked for last. */
  private readonly changed = new Set<number>()
  /** Pages that changed since `takeStale`. */
  private readonly stale = new Set<number>()

  /** Snapshots of a run in `memory`, the first one its start: `processor` and what the memory holds now. */
  constructor(memory: PagedMemory, processor: Processor, limitBytes = LIMIT_BYTES) {
    this.memory = memory
    this.limitPages = limitBytes / PAGE_BYTES
    this.kept.push({ steps: 0, processor, pages: new Map() })
  }

  get count(): number {
    return this.kept.length
  }

  at(index: number): Snapshot {
    return this.kept[index]!
  }

  /** Index of the last snapshot at or before `steps`. */
  lastAt(steps: number): number {
    let [low, high] = [0, this.kept.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.kept[middle]!.steps <= steps) low = middle
      else high = middle - 1
    }
    return low
  }

  /** Takes a snapshot of the present, which comes after all others. */
  take(steps: number, processor: Processor): void {
    this.noteWritten()
    const pages = new Map<number, Int32Array>()
    for (const page of this.changed) pages.set(page, this.memory.pageWords(page).slice())
    this.kept.push({ steps, processor, pages })
    this.copies += pages.size
    this.changed.clear()
    this.current = this.kept.length - 1
    while (this.copies > this.limitPages && this.kept.length > 1) this.drop(this.leastMissed())
  }

  /** Brings the memory to snapshot `index`, and gives it. */
  restore(index: number): Snapshot {
    this.noteWritten()
    const [first, last] = [Math.min(index, this.current), Math.max(index, this.current)]
    for (let i = first + 1; i <= last; i++)
      for (const page of this.kept[i]!.pages.keys()) this.changed.add(page)
    for (const page of this.changed) {
      this.restorePage(page, index)
      this.stale.add(page)
    }
    this.changed.clear()
    this.current = index
    return this.kept[index]!
  }

  /** Pages that may have changed since this was asked last. */
  takeStale(): ReadonlySet<number> {
    this.noteWritten()
    const stale = new Set(this.stale)
    this.stale.clear()
    return stale
  }

  private noteWritten(): void {
    for (const page of this.memory.takeWritten()) {
      this.changed.add(page)
      this.stale.add(page)
    }
  }

  /** The latest copy at or before the snapshot, else what the start has. */
  private restorePage(page: number, index: number): void {
    for (let i = index; i > 0; i--) {
      const copy = this.kept[i]!.pages.get(page)
      if (copy === undefined) continue
      this.memory.pageWords(page).set(copy)
      return
    }
    this.memory.resetPage(page)
  }

  /** Index of the snapshot without which the gap is the smallest; never the start. */
  private leastMissed(): number {
    let [least, leastGap] = [this.kept.length - 1, Number.POSITIVE_INFINITY]
    for (let i = 1; i < this.kept.length - 1; i++) {
      const gap = this.kept[i + 1]!.steps - this.kept[i - 1]!.steps
      if (gap < leastGap) [least, leastGap] = [i, gap]
    }
    return least
  }

  /** Drops a snapshot. What only it holds is the next one's, or, if it is the last, differs from the one before. */
  private drop(index: number): void {
    const [{ pages }] = this.kept.splice(index, 1) as [Snapshot]
    const next = this.kept[index]
    for (const [page, copy] of pages) {
      if (next === undefined) this.changed.add(page)
      if (next === undefined || next.pages.has(page)) this.copies--
      else next.pages.set(page, copy)
    }
    if (this.current >= index) this.current--
  }
}
