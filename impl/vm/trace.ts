import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hash, StateRoot } from '../../spec/commitments/hash.ts'
import { LEAF_BYTES, SLOT_COUNT } from '../../spec/commitments/memory.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import { JOB_ADDRESS } from '../../spec/graph/descriptor.ts'
import type { Code } from '../../spec/machine/program.ts'
import { commitProcessor, type Processor } from '../../spec/machine/state.ts'
import { witnessOf } from '../../spec/machine/witness.ts'
import { Engine } from './engine.ts'
import { type Overlay, PAGE_BYTES, PagedMemory } from './pagedMemory.ts'
import { PageTree } from './pageTree.ts'

/** Bytes of memory, from `address` on. */
export interface Contents {
  readonly address: number
  readonly bytes: Bytes
}

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

/** A state to come back to. */
interface Snapshot {
  readonly steps: number
  readonly processor: Processor
  readonly overlay: Overlay
}

/** About 5 ms of the engine: how far a question runs at most. */
const SNAPSHOT_STEPS = 2 ** 18

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
  private readonly snapshots: Snapshot[] = []
  /** Steps after which the engine stands; undefined where that is no state of the trace. */
  private position: number | undefined = 0
  /** The pool's page that each page of the tree was hashed from. */
  private readonly hashedPages = new Map<number, number>()

  /** Executes the run. `snapshotSteps` is for tests: how many instructions lie between snapshots. */
  constructor(run: VmRun, snapshotSteps = SNAPSHOT_STEPS, edits: readonly Edit[] = []) {
    this.given = run
    this.edits = edits
    this.snapshotSteps = snapshotSteps
    this.memory = new PagedMemory(run.contents)
    this.engine = new Engine(run.code, this.memory, run.entry)
    this.length = this.execute()
    this.position = this.length
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
    for (let i = this.snapshots.length - 1; i >= 1; i--) {
      const [start, end] = [this.snapshots[i - 1]!, this.snapshots[i]!]
      // A page that was written in between is another page of the pool.
      if (pages.every((page) => start.overlay.get(page) === end.overlay.get(page))) continue
      const found = this.lastStoreBetween(start, end, address, length)
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
    const taken = this.memory.touched.slice()
    for (const page of this.memory.initialPages()) taken[page] = 1
    const codeEnd = base + 4 * words.length
    for (let page = Math.floor(base / PAGE_BYTES); page * PAGE_BYTES < codeEnd; page++) {
      taken[page % taken.length] = 1
    }
    const address = taken.indexOf(0) * PAGE_BYTES
    if (address < 0 || address >= JOB_ADDRESS) throw new Error('the run touches all of the program image')
    return address
  }

  /** Runs from the start, a snapshot every so often and one at each edit and at the end; gives the length. */
  private execute(): number {
    const { stepLimit } = this.given
    let steps = 0
    this.takeSnapshot(steps)
    while (steps < stepLimit && !this.engine.isStable()) {
      const regular = steps - (steps % this.snapshotSteps) + this.snapshotSteps
      const edited = this.edits.map((edit) => edit.steps).filter((n) => n > steps)
      steps += this.engine.run(Math.min(stepLimit, regular, ...edited) - steps)
      for (const edit of this.edits) if (edit.steps === steps) this.memory.write(edit.address, edit.bytes)
      this.takeSnapshot(steps)
    }
    return steps
  }

  private takeSnapshot(steps: number): void {
    this.snapshots.push({ steps, processor: this.engine.processor(), overlay: this.memory.freeze() })
  }

  /** Puts the engine into the state after `n` instructions. */
  private seek(n: number): void {
    const steps = Math.min(n, this.length)
    const snapshot = this.snapshots[this.lastSnapshotAt(steps)]!
    if (this.position === undefined || this.position < snapshot.steps || this.position > steps) {
      this.restore(snapshot)
    }
    this.engine.run(steps - this.position!)
    this.position = steps
  }

  private restore(snapshot: Snapshot): void {
    this.memory.restore(snapshot.overlay)
    this.engine.setProcessor(snapshot.processor)
    this.position = snapshot.steps
  }

  /** Index of the last snapshot at or before `steps`. */
  private lastSnapshotAt(steps: number): number {
    let [low, high] = [0, this.snapshots.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (this.snapshots[middle]!.steps <= steps) low = middle
      else high = middle - 1
    }
    return low
  }

  private lastStoreBetween(start: Snapshot, end: Snapshot, from: number, length: number): number | undefined {
    this.restore(start)
    let last: number | undefined
    for (let steps = start.steps; steps < end.steps; steps++) {
      const store = this.engine.nextStore()
      if (store && store.address < from + length && from < store.address + store.bytes) last = steps
      this.engine.run(1)
    }
    // The engine has come to the end without the edits that may have been made there.
    this.position = undefined
    return last
  }

  /** The tree, told of the pages that may have changed since it was last asked for. */
  private hashedTree(): PageTree {
    if (this.hashedPages.size === 0) {
      for (const page of this.memory.initialPages()) this.hashPage(page, false)
    }
    for (const page of [...this.hashedPages.keys()]) this.hashPage(page, true)
    for (const page of this.memory.changedPages()) if (!this.hashedPages.has(page)) this.hashPage(page, true)
    return this.tree
  }

  private hashPage(page: number, keep: boolean): void {
    const id = this.memory.idOf(page)
    // The bytes of a page that is not frozen may have changed while its place in the pool stayed.
    if (this.hashedPages.get(page) === id && this.memory.isFrozen(id)) return
    this.hashedPages.set(page, id)
    this.tree.update(page, this.memory.pageWords(page), keep)
  }
}
