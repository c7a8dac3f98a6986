import type { PagedMemory } from '../pagedMemory.ts'
import { ENTRIES_ADDRESS, MAX_SLICE, PC_ADDRESS } from './layout.ts'
import type { Translation } from './translation.ts'

type Imported = WebAssembly.Imports
type Dispatch = (pc: number, budget: number) => number

/** Translated code, bound to one machine's memory and registers. */
export class TranslatedTier {
  private readonly translation: Translation
  private readonly memory: PagedMemory
  private readonly processor: WebAssembly.Memory
  private readonly base: number
  /** For each word of the code its entry in the table, 0 where nothing is translated. */
  private readonly entries: Int32Array
  /** The pc, then the jump or call that missed. */
  private readonly left: Int32Array
  /** The root that is bound, and what it gives to other modules. */
  private root:
    | { readonly dispatch: Dispatch; readonly table: WebAssembly.Table; readonly imports: Imported }
    | undefined
  private linkedSerial = 0

  constructor(translation: Translation, memory: PagedMemory, processor: WebAssembly.Memory, base: number) {
    this.translation = translation
    this.memory = memory
    this.processor = processor
    this.base = base
    this.entries = new Int32Array(processor.buffer, ENTRIES_ADDRESS, translation.profile.heat.length)
    this.left = new Int32Array(processor.buffer, PC_ADDRESS, 2)
  }

  /**
   * Executes translated code from `pc` on, at most `limit` instructions, and fewer where it comes to what is not
   * translated or what only the interpreter does. @returns the instructions executed; `nextPc` is where to go on
   */
  run(pc: number, limit: number): number {
    const index = (pc - this.base) >>> 2
    if (this.root === undefined || index >= this.entries.length || this.entries[index] === 0) return 0
    const budget = Math.min(limit, MAX_SLICE)
    this.memory.marksAreAhead = true
    const executed = budget - this.root.dispatch(pc, budget)
    if (this.left[1] !== 0) {
      this.translation.noteMiss(this.left[1]! - 1, (this.left[0]! - this.base) >>> 2)
      this.left[1] = 0
    }
    this.translation.noteExecuted(executed)
    if (this.translation.modules[0]!.serial > this.linkedSerial) this.link()
    return executed
  }

  get nextPc(): number {
    return this.left[0]! >>> 0
  }

  /** Sees to it that what starts at `index` is translated and bound. */
  require(index: number): void {
    if (this.entries[index] !== 0) return
    if (!this.translation.has(index)) this.translation.translate(index)
    this.link()
  }

  /** Binds all that is translated so far. */
  private link(): void {
    for (const translated of this.translation.modules) {
      const { module, serial, isRoot, entries, firstEntry } = translated
      if (serial <= this.linkedSerial) continue
      if (isRoot) this.linkRoot(module)
      else new WebAssembly.Instance(module, this.withEntries(firstEntry + entries.length))
      for (const [i, index] of entries.entries()) this.entries[index] = firstEntry + i
      this.linkedSerial = serial
    }
  }

  /** A root starts a table of its own: what was bound before is out of use. */
  private linkRoot(module: WebAssembly.Module): void {
    const table = new WebAssembly.Table({ element: 'anyfunc', initial: this.translation.tableEntries })
    const { memory, processor } = this
    const machine = { guest: memory.guest, marks: memory.marksMemory, processor, table }
    const { exports } = new WebAssembly.Instance(module, { machine })
    const { dispatch, ...globals } = exports
    const imports = { machine: { ...machine, ...(globals as Record<string, WebAssembly.Global>) } }
    this.root = { dispatch: dispatch as Dispatch, table, imports }
  }

  /** What a module imports, the table having at least so many entries. */
  private withEntries(least: number): Imported {
    const { table, imports } = this.root!
    if (table.length < least) table.grow(2 * least - table.length)
    return imports
  }
}
