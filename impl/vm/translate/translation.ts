import type { Code } from '../../../spec/machine/program.ts'
import { type Block, type Region, RegionFinder } from './controlFlow.ts'
import { analyse } from './dataFlow.ts'
import { dispatcherCode, importedMemories } from './dispatcher.ts'
import { emitRegion } from './emitRegion.ts'
import { DISPATCHER_TYPE, REGION_TYPE, REGISTER_GLOBALS, TYPES } from './layout.ts'
import { Profile } from './profile.ts'
import { ALL_REGISTERS, type RegisterSet } from './registers.ts'
import { touchedRegisters } from './touched.ts'
import { buildModule } from './wasm.ts'

/** Regions that were translated together: they call each other directly. */
export interface TranslatedModule {
  readonly module: WebAssembly.Module
  /** Modules are numbered as they are made. */
  readonly serial: number
  /** Whether it has the dispatcher and the globals; the others import these from the last root before them. */
  readonly isRoot: boolean
  /** Indices that the regions start at; they take consecutive entries in the table of functions. */
  readonly entries: readonly number[]
  readonly firstEntry: number
}

/** When to translate. */
export interface Thresholds {
  /** How often the interpreter comes to a place before it is translated. */
  readonly hot: number
  /**
   * All is translated again where each instruction was executed so often, on average, since the last translation; the
   * next time twice as often.
   */
  readonly unite: number
}

const THRESHOLDS: Thresholds = { hot: 128, unite: 5000 }

/** Instructions that are translated at once, about: a module has a fixed cost of its own. */
const BATCH_STEPS = 20_000

/**
 * What is translated of one code, and how often its places were met. It is shared by all runs of the code, so that
 * what one run found to be hot is translated for the next.
 */
export class Translation {
  readonly profile: Profile
  /** What is in use, a root first. */
  readonly modules: TranslatedModule[] = []
  private readonly base: number
  private readonly count: number
  private readonly thresholds: Thresholds
  private readonly finder: RegionFinder
  private readonly translated = new Set<number>()
  private serial = 0
  /** Entry 0 of the table stands for "nothing". */
  private nextEntry = 1
  /** Instructions of all regions, and those executed since a region was translated last. */
  private translatedSteps = 0
  private executed = 0
  /** How often each must have been executed before all is translated again. */
  private patience: number
  /** Whether a jump went where its translation does not follow it. */
  private hasMissed = false

  constructor(code: Code, count: number, thresholds: Thresholds) {
    this.count = count
    this.thresholds = thresholds
    this.patience = thresholds.unite
    this.profile = new Profile(count, thresholds.hot)
    this.finder = new RegionFinder(code, count, this.profile)
    this.base = code.base
  }

  has(index: number): boolean {
    return this.translated.has(index)
  }

  /** Number of the last module. */
  get lastSerial(): number {
    return this.serial
  }

  /** Entries in the table so far. */
  get tableEntries(): number {
    return this.nextEntry
  }

  /** Translates what starts at `index`, which is not translated yet, and what is hot besides. */
  translate(index: number): void {
    this.modules.push(this.moduleOf(this.batch(index), this.modules.length === 0))
    this.executed = 0
  }

  /**
   * Told of instructions that were executed by translated code. Where these have been many since the last translation,
   * all is translated again in one module, in which everything calls each other directly and all jumps that were seen
   * are followed.
   */
  noteExecuted(steps: number): void {
    this.executed += steps
    if ((this.modules.length < 2 && !this.hasMissed) || this.executed < this.patience * this.translatedSteps)
      return
    const regions = new Map([...this.translated].map((entry) => [entry, this.finder.find(entry)]))
    this.nextEntry = 1
    this.translatedSteps = 0
    this.hasMissed = false
    // Or a jump that goes somewhere new every now and then would have all translated again and again.
    this.patience *= 2
    this.modules.splice(0, this.modules.length, this.moduleOf(regions, true))
  }

  /** Told of a jump in translated code that went where its translation does not follow it. */
  noteMiss(from: number, target: number): void {
    if (this.profile.noteJump(from, target)) this.hasMissed = true
  }

  private moduleOf(regions: ReadonlyMap<number, Region>, isRoot: boolean): TranslatedModule {
    const { firstEntry, functions } = this.functionsOf(regions)
    const dispatcher = { type: DISPATCHER_TYPE, ...dispatcherCode(this.base, this.count) }
    const bytes = buildModule({
      types: TYPES,
      memories: importedMemories(this.count),
      globals: { count: REGISTER_GLOBALS, areOwn: isRoot },
      tableEntries: firstEntry + functions.length,
      functions: isRoot ? [...functions, dispatcher] : functions,
      ...(isRoot ? { exported: { name: 'dispatch', function: functions.length } } : {}),
      inTable: { count: functions.length, firstEntry },
    })
    const entries = [...regions.keys()]
    return { module: new WebAssembly.Module(bytes), serial: ++this.serial, isRoot, entries, firstEntry }
  }

  private functionsOf(regions: ReadonlyMap<number, Region>) {
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
    this.nextEntry += functions.length
    for (const [entry, { blocks }] of regions) {
      this.translated.add(entry)
      for (const block of blocks) this.translatedSteps += block.steps
    }
    return { firstEntry, functions }
  }

  /** The region at `index`, those that are half as hot, and what these call, if it was called so far. */
  private batch(index: number): Map<number, Region> {
    const regions = new Map<number, Region>()
    const waiting = [index]
    for (let i = 0; i < this.count; i++) {
      if (this.profile.heat[i]! <= this.thresholds.hot / 2 && i !== index) waiting.push(i)
    }
    let steps = 0
    const covered = new Set<number>()
    for (let i = 0; i < waiting.length && steps < BATCH_STEPS; i++) {
      const entry = waiting[i]!
      // A loop in a function that is translated from its start will be entered from there.
      if (i > 0 && covered.has(entry)) continue
      if (regions.has(entry) || this.translated.has(entry)) continue
      const region = this.finder.find(entry)
      regions.set(entry, region)
      for (const block of region.blocks) {
        covered.add(block.start)
        steps += block.steps
        const { end } = block
        if ((end.kind === 'call' || end.kind === 'leave') && this.wasMet(end.target)) waiting.push(end.target)
      }
    }
    return regions
  }

  private wasMet(index: number): boolean {
    return index < this.count && this.profile.heat[index]! < this.thresholds.hot
  }
}

const translations = new WeakMap<Code, Translation>()

/** The translation of a code, one for each `Code` value. The thresholds count where it is made. */
export const translationOf = (code: Code, count: number, thresholds = THRESHOLDS): Translation => {
  const known = translations.get(code)
  if (known !== undefined) return known
  const made = new Translation(code, count, thresholds)
  translations.set(code, made)
  return made
}
