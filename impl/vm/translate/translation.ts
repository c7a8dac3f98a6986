import type { Code } from '../../../spec/machine/program.ts'
import { type Block, type Region, RegionFinder } from './controlFlow.ts'
import { analyse } from './dataFlow.ts'
import { buildDispatcher, importedMemories } from './dispatcher.ts'
import { emitRegion } from './emitRegion.ts'
import { REGION_TYPE, TYPES } from './layout.ts'
import { ALL_REGISTERS, type RegisterSet } from './registers.ts'
import { touchedRegisters } from './touched.ts'
import { buildModule } from './wasm.ts'

/** Regions that were translated together: they call each other directly. */
export interface TranslatedModule {
  readonly module: WebAssembly.Module
  /** Indices that the regions start at; they take consecutive entries in the table of functions. */
  readonly entries: readonly number[]
  readonly firstEntry: number
}

/** How often the interpreter comes to a place before it is translated. */
const HOT = 256

/** Instructions that are translated at once, about: a module has a fixed cost of its own. */
const BATCH_STEPS = 20_000

/**
 * What is translated of one code, and how often its places were met. It is shared by all runs of the code, so that
 * what one run found to be hot is translated for the next.
 */
export class Translation {
  /** For each word of the code: how many more times the interpreter may come there by a jump. */
  readonly heat: Int32Array
  readonly modules: TranslatedModule[] = []
  readonly dispatcher: WebAssembly.Module
  private readonly count: number
  private readonly hot: number
  private readonly finder: RegionFinder
  private readonly translated = new Set<number>()
  /** Entry 0 of the table stands for "nothing". */
  private nextEntry = 1

  constructor(code: Code, count: number, hot: number) {
    this.count = count
    this.hot = hot
    this.heat = new Int32Array(count).fill(hot)
    this.finder = new RegionFinder(code, count)
    this.dispatcher = new WebAssembly.Module(buildDispatcher(code.base, count))
  }

  has(index: number): boolean {
    return this.translated.has(index)
  }

  /** Entries in the table so far. */
  get tableEntries(): number {
    return this.nextEntry
  }

  /** Translates what starts at `index`, which is not translated yet, and what is hot besides. */
  translate(index: number): void {
    const regions = this.batch(index)
    const numbers = new Map([...regions.keys()].map((entry, i) => [entry, i]))
    const touched = touchedRegisters(regions)
    const calleeTouches = ({ end }: Block): RegisterSet =>
      end.kind === 'call' ? (touched.get(end.target) ?? ALL_REGISTERS) : ALL_REGISTERS
    const around = {
      address: (i: number) => this.finder.address(i),
      count: this.count,
      functionOf: (i: number) => numbers.get(i),
    }
    const functions = [...regions.values()].map((region) => ({
      type: REGION_TYPE,
      ...emitRegion(region, analyse(region, calleeTouches), around),
    }))
    const firstEntry = this.nextEntry
    const bytes = buildModule({
      types: TYPES,
      memories: importedMemories(this.count),
      tableEntries: firstEntry + functions.length,
      functions,
      firstEntry,
    })
    this.nextEntry += functions.length
    this.modules.push({ module: new WebAssembly.Module(bytes), entries: [...regions.keys()], firstEntry })
    for (const entry of regions.keys()) this.translated.add(entry)
  }

  /** The region at `index`, those that are half as hot, and what these call, if it was called so far. */
  private batch(index: number): Map<number, Region> {
    const regions = new Map<number, Region>()
    const waiting = [index]
    for (let i = 0; i < this.count; i++) {
      if (this.heat[i]! <= this.hot / 2 && i !== index) waiting.push(i)
    }
    let steps = 0
    for (let i = 0; i < waiting.length && steps < BATCH_STEPS; i++) {
      const entry = waiting[i]!
      if (regions.has(entry) || this.translated.has(entry)) continue
      const region = this.finder.find(entry)
      regions.set(entry, region)
      for (const block of region.blocks) {
        steps += block.steps
        const { end } = block
        if ((end.kind === 'call' || end.kind === 'leave') && this.wasMet(end.target)) waiting.push(end.target)
      }
    }
    return regions
  }

  private wasMet(index: number): boolean {
    return index < this.count && this.heat[index]! < this.hot
  }
}

const translations = new WeakMap<Code, Translation>()

/** The translation of a code, one for each `Code` value. `hot` counts where it is made. */
export const translationOf = (code: Code, count: number, hot = HOT): Translation => {
  const known = translations.get(code)
  if (known !== undefined) return known
  const made = new Translation(code, count, hot)
  translations.set(code, made)
  return made
}
