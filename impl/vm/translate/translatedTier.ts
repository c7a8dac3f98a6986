import type { PagedMemory } from '../pagedMemory.ts'
import { ENTRIES_ADDRESS, MAX_SLICE, PC_ADDRESS } from './layout.ts'
import type { Translation } from './translation.ts'

type Dispatch = (pc: number, budget: number) => number

/** Translated code, bound to one machine's memory and registers. */
export class TranslatedTier {
  private readonly translation: Translation
  private readonly memory: PagedMemory
  private readonly base: number
  private readonly table: WebAssembly.Table
  private readonly imports: WebAssembly.Imports
  private readonly dispatch: Dispatch
  /** For each word of the code its entry in the table, 0 where nothing is translated. */
  private readonly entries: Int32Array
  private readonly pc: Int32Array
  private linked = 0

  constructor(translation: Translation, memory: PagedMemory, processor: WebAssembly.Memory, base: number) {
    this.translation = translation
    this.memory = memory
    this.base = base
    this.table = new WebAssembly.Table({ element: 'anyfunc', initial: 64 })
    this.entries = new Int32Array(processor.buffer, ENTRIES_ADDRESS, translation.heat.length)
    this.pc = new Int32Array(processor.buffer, PC_ADDRESS, 1)
    this.imports = {
      machine: { guest: memory.guest, marks: memory.marksMemory, processor, table: this.table },
    }
    const { exports } = new WebAssembly.Instance(translation.dispatcher, this.imports)
    this.dispatch = exports['dispatch'] as Dispatch
  }

  /**
   * Executes translated code from `pc` on, at most `limit` instructions, and fewer where it comes to what is not
   * translated or what only the interpreter does. @returns the instructions executed; `nextPc` is where to go on
   */
  run(pc: number, limit: number): number {
    const index = (pc - this.base) >>> 2
    if (index >= this.entries.length || this.entries[index] === 0) return 0
    const budget = Math.min(limit, MAX_SLICE)
    this.memory.marksAreAhead = true
    return budget - this.dispatch(pc, budget)
  }

  get nextPc(): number {
    return this.pc[0]! >>> 0
  }

  /** Sees to it that what starts at `index` is translated and bound. */
  require(index: number): void {
    if (this.entries[index] !== 0) return
    this.link()
    if (this.entries[index] !== 0) return
    this.translation.translate(index)
    this.link()
  }

  /** Binds all that is translated so far. */
  private link(): void {
    const { modules, tableEntries } = this.translation
    if (this.table.length < tableEntries) this.table.grow(2 * tableEntries - this.table.length)
    for (; this.linked < modules.length; this.linked++) {
      const { module, entries, firstEntry } = modules[this.linked]!
      new WebAssembly.Instance(module, this.imports)
      for (const [i, index] of entries.entries()) this.entries[index] = firstEntry + i
    }
  }
}
