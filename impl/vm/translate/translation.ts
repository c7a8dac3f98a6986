import type { Code } from '../../../spec/machine/program.ts'
import { OPERATION, operationOf, type PredecodedCode, packedAt, predecode } from '../predecode.ts'
import { type Block, REGION_STEPS, type Region, RegionFinder } from './controlFlow.ts'
import { analyse } from './dataFlow.ts'
import { importedMemories, writeDispatcher } from './dispatcher.ts'
import { emitRegion } from './emitRegion.ts'
import { DISPATCHER_TYPE, REGION_TYPE, REGISTER_GLOBALS, TYPES } from './layout.ts'
import { Profile } from './profile.ts'
import { ALL_REGISTERS, type RegisterSet } from './registers.ts'
import { touchedRegisters } from './touched.ts'
import { ByteWriter, type ModuleParts, writeModule } from './wasm.ts'

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
 * A hot loop is translated with the function around it, which is entered at its next call. A loop that is still come to
 * by the interpreter after so many times what makes it hot is translated from its head.
 */
const LOOP_PATIENCE = 4

/**
 * What is translated of one code, and how often its places were met. It is shared by all runs of the code, so that
 * what one run found to be hot is translated for the next.
 */
export class Translation {
  readonly code: PredecodedCode
  readonly profile: Profile
  /** What is in use, a root first. */
  readonly modules: TranslatedModule[] = []
  private readonly thresholds: Thresholds
  private readonly finder: RegionFinder
  private readonly translated = new Set<number>()
  /** Loops that were left to the translation of the function around them. */
  private readonly patientLoops = new Set<number>()
  private readonly writer = new ByteWriter()
  private readonly unchecked: Uint8Array
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

  constructor(code: Code, thresholds: Thresholds) {
    this.code = predecode(code)
    this.unchecked = new Uint8Array(this.code.count)
    this.thresholds = thresholds
    this.patience = thresholds.unite
    this.profile = new Profile(this.code.count, thresholds.hot)
    this.finder = new RegionFinder(this.code, this.profile)
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

  /** Translates what starts at `index`, which is hot and not translated yet, or the function around it. */
  translate(index: number): void {
    const region = this.regionFor(index)
    if (region === undefined) return
    this.modules.push(this.moduleOf(this.batch(region), this.modules.length === 0))
    this.executed = 0
  }

  /** What to translate for what is hot at `index`; undefined where that is done, and time will show. */
  private regionFor(index: number): Region | undefined {
    if (this.finder.isFunction(index) || this.patientLoops.has(index)) return this.finder.find(index)
    const around = this.functionAround(index)
    if (around === undefined) return this.finder.find(index)
    this.patientLoops.add(index)
    this.profile.heat[index] = LOOP_PATIENCE * this.thresholds.hot
    return this.has(around.entry) ? undefined : around
  }

  /** The function that the loop at `index` belongs to, if it is known. */
  private functionAround(index: number): Region | undefined {
    for (let start = index; start >= 0 && index - start < REGION_STEPS; start--) {
      if (!this.finder.isFunction(start)) continue
      const region = this.finder.find(start)
      return region.blocks.some((block) => block.start === index) ? region : undefined
    }
    return undefined
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

  /** Told of a jump or call in translated code that went where its translation does not follow it. */
  noteMiss(from: number, target: number): void {
    if (operationOf(packedAt(this.code, from)) !== OPERATION.jr) this.profile.noteCall(target)
    else if (this.profile.noteJump(from, target)) this.hasMissed = true
  }

  private moduleOf(regions: ReadonlyMap<number, Region>, isRoot: boolean): TranslatedModule {
    const { code, writer } = this
    const entries = [...regions.keys()]
    const firstEntry = this.nextEntry
    const functions = this.functionsOf(regions)
    const dispatcher = {
      type: DISPATCHER_TYPE,
      write: (to: ByteWriter): void => writeDispatcher(to, code.base, code.count),
    }
    this.nextEntry += entries.length
    writer.clear()
    writeModule(writer, {
      types: TYPES,
      memories: importedMemories(code.count),
      globals: { count: REGISTER_GLOBALS, areOwn: isRoot },
      tableEntries: this.nextEntry,
      functions: isRoot ? [...functions, dispatcher] : functions,
      ...(isRoot ? { exported: { name: 'dispatch', function: functions.length } } : {}),
      inTable: { count: functions.length, firstEntry },
    })
    for (const [entry, { blocks }] of regions) {
      this.translated.add(entry)
      for (const block of blocks) this.translatedSteps += block.steps
      // Whoever comes there need not be counted any more.
      this.profile.heat[entry] = 0
    }
    const module = new WebAssembly.Module(writer.written())
    return { module, serial: ++this.serial, isRoot, entries, firstEntry }
  }

  private functionsOf(regions: ReadonlyMap<number, Region>): ModuleParts['functions'] {
    const { code, unchecked } = this
    const numbers = new Map([...regions.keys()].map((entry, i) => [entry, i]))
    const touched = touchedRegisters(regions)
    const calleeTouches = ({ end }: Block): RegisterSet =>
      end.kind === 'call' ? (touched.get(end.target) ?? ALL_REGISTERS) : ALL_REGISTERS
    return [...regions.values()].map((region) => ({
      type: REGION_TYPE,
      write: (to) =>
        emitRegion(to, code, region, analyse(code, region, calleeTouches, unchecked), (index) =>
          numbers.get(index),
        ),
    }))
  }

  /**
   * A region, and the functions that were called more than once so far: they call each other directly where they are in
   * one module, and translating what is cold costs less than a way to the interpreter and back.
   */
  private batch(first: Region): Map<number, Region> {
    const { heat, called } = this.profile
    const regions = new Map<number, Region>()
    const waiting = [first.entry]
    for (const entry of called) if (heat[entry]! < this.thresholds.hot - 1) waiting.push(entry)
    let steps = 0
    for (let i = 0; i < waiting.length && steps < BATCH_STEPS; i++) {
      const entry = waiting[i]!
      if (regions.has(entry) || this.translated.has(entry)) continue
      const region = i === 0 ? first : this.finder.find(entry)
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
    return index < this.code.count && this.profile.heat[index]! < this.thresholds.hot
  }
}

const translations = new WeakMap<Code, Translation>()

/** The translation of a code, one for each `Code` value. The thresholds count where it is made. */
export const translationOf = (code: Code, thresholds = THRESHOLDS): Translation => {
  const known = translations.get(code)
  if (known !== undefined) return known
  const made = new Translation(code, thresholds)
  translations.set(code, made)
  return made
}
