import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hash, StateRoot } from '../../spec/commitments/hash.ts'
import { LEAF_BYTES, SLOT_COUNT } from '../../spec/commitments/memory.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import { JOB_ADDRESS } from '../../spec/graph/descriptor.ts'
import type { Code } from '../../spec/machine/program.ts'
import { commitProcessor, type Processor } from '../../spec/machine/state.ts'
import { witnessOf } from '../../spec/machine/witness.ts'
import { Engine } from './engine.ts'
import { type Contents, PAGE_BYTES, PagedMemory } from './pagedMemory.ts'
import { PageTree } from './pageTree.ts'
import { Snapshots } from './snapshots.ts'

export type { Contents } from './pagedMemory.ts'

/** What a run starts from: all that is not given is zero. */
export interface VmRun {
  readonly code: Code
  readonly entry: number
  /** Later contents overwrite earlier ones. */
  readonly contents: readonly Contents[]
  /** The run ends here at the latest, stable or not. */
  readonly stepLimit: number
}

/** Bytes put into the state after `steps` instructions, which the machine did not write: a fault. */
interface Edit extends Contents {
  readonly steps: number
}

/** Some 15 ms of the engine: how far a question runs at most. */
const SNAPSHOT_STEPS = 2 ** 24

/** Whether any of the pages that are looked for is among those that were written. */
type IsWritten = (written: { readonly has: (page: number) => boolean }) => boolean

/** How far a store is looked for in one go. */
const SEARCH_STEPS = 2 ** 16

/**
 * One run of the machine, and every question about it: "after n instructions" means after n steps, 0 being the start
 * and `length` the end; the machine is stable from there on, unless the step limit cut it off, and a larger n is the
 * end too. The run is executed once when the trace is made; a question goes on from the nearest snapshot.
 */
export class VmTrace {
  /** Steps until the machine is stable, a final trap counted as one; at most the step limit. */
  readonly length: number
  private readonly given: VmRun
  private readonly edits: readonly Edit[]
  private readonly snapshotSteps: number
  private readonly engine: Engine
  private readonly memory: PagedMemory
  private readonly tree = new PageTree()
  private readonly snapshots: Snapshots
  /** Steps after which the engine stands. */
  private position = 0
  /** Pages that the tree has, and those that may have changed since it was told. */
  private readonly hashedPages = new Set<number>()
  private readonly unhashedPages: Set<number>

  /** Executes the run. `snapshotSteps` is for tests: how many instructions lie between snapshots. */
  constructor(run: VmRun, snapshotSteps = SNAPSHOT_STEPS, edits: readonly Edit[] = []) {
    this.given = run
    this.edits = edits
    this.snapshotSteps = snapshotSteps
    this.memory = new PagedMemory(run.contents)
    this.engine = new Engine(run.code, this.memory, run.entry)
    this.snapshots = new Snapshots(this.memory, this.engine.processor())
    this.unhashedPages = new Set()
    for (const [page, root] of this.memory.initialPages()) {
      if (root === undefined) this.unhashedPages.add(page)
      else this.tree.place(page, root)
    }
    this.length = this.execute()
  }

  /** Root of the state after `n` instructions. */
  rootAt(n: number): StateRoot {
    this.seek(n)
    return commitProcessor(this.hashedTree().root(), this.engine.processor())
  }

  /** As `rootAt`, for ascending numbers: one pass over the run. */
  rootsAt(ns: readonly number[]): StateRoot[] {
    return ns.map((n) => this.rootAt(n))
  }

  /** Registers, pc and status after `n` instructions. */
  stateAt(n: number): Processor {
    this.seek(n)
    return this.engine.processor()
  }

  /** Roots of the eight memory slots after `n` instructions: their tree of height 3 is the top of the memory's. */
  slotRootsAt(n: number): readonly Hash[] {
    this.seek(n)
    const tree = this.hashedTree()
    return Array.from({ length: SLOT_COUNT }, (_, slot) => tree.node(SLOT_HEIGHT, slot))
  }

  /** Memory after `n` instructions, addresses wrapping at 4 GiB. */
  bytesAt(n: number, address: number, length: number): Bytes {
    this.seek(n)
    return this.memory.read(address, length)
  }

  /** The witness of the step from the state after `n` instructions. */
  stepWitness(n: number): Bytes {
    this.seek(n)
    const tree = this.hashedTree()
    return witnessOf(this.given.code, this.engine.processor(), {
      root: () => tree.root(),
      leaf: (index) => this.memory.read(index * LEAF_BYTES, LEAF_BYTES),
      path: (index) => tree.path(index, this.memory.pageWords(Math.floor((index * LEAF_BYTES) / PAGE_BYTES))),
    })
  }

  /**
   * Number n of the last step, from the state after n instructions to the next, that stores to any of these bytes,
   * whether or not that changes them; undefined where none does.
   */
  lastStoreTo(address: number, length: number): number | undefined {
    const pages: number[] = []
    for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + length; page++) {
      pages.push(page)
    }
    const isWritten: IsWritten = (written) => pages.some((page) => written.has(page))
    for (let index = this.snapshots.count - 1; index >= 0; index--) {
      const next = index + 1 < this.snapshots.count ? this.snapshots.at(index + 1) : undefined
      // Pages that were written after the last snapshot are in none.
      if (next !== undefined && !isWritten(next.pages)) continue
      const found = this.lastStoreAfter(index, next?.steps ?? this.length, address, length, isWritten)
      if (found !== undefined) return found
    }
    return undefined
  }

  /**
   * The trace that is this one up to and including the state after `n` - 1 instructions, in whose state after `n`
   * instructions, 1 to `length`, the bytes of `edit` are put into memory, and that goes on honestly from there.
   */
  patched(n: number, edit: Contents): VmTrace {
    if (!Number.isInteger(n) || n < 1 || n > this.length) {
      throw new RangeError(`state ${n} of a run of ${this.length} instructions cannot be patched`)
    }
    return new VmTrace(this.given, this.snapshotSteps, [...this.edits, { ...edit, steps: n }])
  }

  /**
   * Address of a word that the run never reads, writes or fetches, and that nothing is loaded at: a fault there does
   * not heal. It lies in slot 0, below the job page.
   */
  untouchedWord(): number {
    const { base, words } = this.given.code
    const taken = this.touchedPages()
    const codeEnd = base + 4 * words.length
    for (let page = Math.floor(base / PAGE_BYTES); page * PAGE_BYTES < codeEnd; page++) {
      taken[page % taken.length] = 1
    }
    const address = taken.indexOf(0) * PAGE_BYTES
    if (address < 0 || address >= JOB_ADDRESS) throw new Error('the run touches all of the program image')
    return address
  }

  /** Runs from the start, a snapshot every so often; gives the length. */
  private execute(): number {
    const { stepLimit } = this.given
    while (this.position < stepLimit && !this.engine.isStable()) {
      const next = this.position - (this.position % this.snapshotSteps) + this.snapshotSteps
      this.advance(Math.min(stepLimit, next))
      if (this.position === next) this.snapshots.take(next, this.engine.processor())
    }
    return this.position
  }

  /** Runs on to the state after `n` instructions, or to where the machine is stable, and puts edits in on the way. */
  private advance(n: number, run = (limit: number): number => this.engine.run(limit)): void {
    while (this.position < n && !this.engine.isStable()) {
      let limit = n - this.position
      for (const { steps } of this.edits)
        if (steps > this.position) limit = Math.min(limit, steps - this.position)
      this.position += run(limit)
      for (const edit of this.edits) {
        if (edit.steps === this.position) this.memory.write(edit.address, edit.bytes)
      }
    }
  }

  /** Puts the engine into the state after `n` instructions. */
  private seek(n: number): void {
    const steps = Math.min(n, this.length)
    const index = this.snapshots.lastAt(steps)
    if (this.position > steps || this.position < this.snapshots.at(index).steps) this.restore(index)
    this.advance(steps)
  }

  private restore(index: number): void {
    const { processor, steps } = this.snapshots.restore(index)
    this.engine.setProcessor(processor)
    this.position = steps
  }

  /**
   * The last store to the bytes in the steps from snapshot `index` to `end`: runs quickly, to see in which parts their
   * pages are written at all, and then step by step through these parts.
   */
  private lastStoreAfter(
    index: number,
    end: number,
    address: number,
    length: number,
    isWritten: IsWritten,
  ): number | undefined {
    const parts: number[] = []
    this.restore(index)
    this.noteChanged()
    for (let from = this.position; from < end; from = this.position) {
      this.advance(Math.min(end, from + SEARCH_STEPS))
      if (isWritten(this.noteChanged())) parts.push(from)
    }
    for (const from of parts.reverse()) {
      const found = this.lastStoreStepwise(from, Math.min(end, from + SEARCH_STEPS), address, length)
      if (found !== undefined) return found
    }
    return undefined
  }

  private lastStoreStepwise(from: number, end: number, address: number, length: number): number | undefined {
    let last: number | undefined
    for (this.seek(from); this.position < end; this.advance(this.position + 1)) {
      const store = this.engine.nextStore()
      if (store && store.address < address + length && address < store.address + store.bytes)
        last = this.position
    }
    return last
  }

  /** 1 for each page that has contents at the start or that the run reads or writes. */
  private touchedPages(): Uint8Array {
    this.restore(0)
    this.noteChanged()
    // Translated code does not note what it reads.
    this.advance(this.length, (limit) => this.engine.interpret(limit))
    const touched = this.memory.readPages.slice()
    for (const page of this.memory.initialPages().keys()) touched[page] = 1
    for (const page of this.noteChanged()) touched[page] = 1
    return touched
  }

  /** Pages that changed since this was asked last; the tree will be told of them. */
  private noteChanged(): ReadonlySet<number> {
    const changed = this.snapshots.takeStale()
    for (const page of changed) this.unhashedPages.add(page)
    return changed
  }

  /** The tree, told of the pages that may have changed since it was last asked for. */
  private hashedTree(): PageTree {
    this.noteChanged()
    for (const page of this.unhashedPages) {
      // A page that changes more than once will change again.
      this.tree.update(page, this.memory.pageWords(page), this.hashedPages.has(page))
      this.hashedPages.add(page)
    }
    this.unhashedPages.clear()
    return this.tree
  }
}
