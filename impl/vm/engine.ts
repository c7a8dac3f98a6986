import type { Code } from '../../spec/machine/program.ts'
import { type Processor, RUNNING } from '../../spec/machine/state.ts'
import { Interpreter } from './interpreter.ts'
import type { PagedMemory } from './pagedMemory.ts'
import {
  accessBytes,
  isStore,
  operationOf,
  type PredecodedCode,
  packedAt,
  rs1Of,
  wordIndex,
} from './predecode.ts'
import { processorPages } from './translate/layout.ts'
import { Profile } from './translate/profile.ts'
import { TranslatedTier } from './translate/translatedTier.ts'
import { type Translation, translationOf } from './translate/translation.ts'

/** Fewer instructions than this are not worth the way into translated code. */
const FEW = 64

/** A place of this heat does not make the interpreter leave its loop in any run. */
const NEVER_HOT = 2 ** 31 - 1

/**
 * The machine: an interpreter that starts at once, and translated code for what it found to be hot. Both have the same
 * states as the specification's `step`, and stop after exactly as many instructions as asked.
 */
export class Engine {
  readonly memory: PagedMemory
  private readonly code: PredecodedCode
  private readonly registers: Int32Array
  private readonly interpreter: Interpreter
  private readonly translation: Translation
  private readonly translated: TranslatedTier

  /** A machine about to execute the instruction at `entry`, registers zero. */
  constructor(code: Code, memory: PagedMemory, entry: number) {
    this.translation = translationOf(code)
    this.code = this.translation.code
    this.memory = memory
    const { count, base } = this.code
    const pages = processorPages(count)
    const processor = new WebAssembly.Memory({ initial: pages, maximum: pages })
    this.registers = new Int32Array(processor.buffer, 0, 64)
    this.interpreter = new Interpreter(this.code, memory, this.registers, entry)
    this.translated = new TranslatedTier(this.translation, memory, processor, base)
  }

  processor(): Processor {
    return {
      status: this.interpreter.status,
      registers: Array.from(this.registers.subarray(0, 32), (value) => value >>> 0),
      pc: this.interpreter.pc,
    }
  }

  /** Sets all but the memory. */
  setProcessor({ status, registers, pc }: Processor): void {
    this.registers.set(registers)
    this.interpreter.status = status
    this.interpreter.pc = pc
  }

  isStable(): boolean {
    return this.interpreter.status !== RUNNING
  }

  /** The address and size in bytes of the store that the next step makes, if it is an aligned store. */
  nextStore(): { readonly address: number; readonly bytes: number } | undefined {
    const { base, count, operands } = this.code
    const { status, pc } = this.interpreter
    const at = wordIndex(base, pc)
    if (status !== RUNNING || pc % 4 !== 0 || at >= count) return undefined
    const word = packedAt(this.code, at)
    if (!isStore(operationOf(word))) return undefined
    const bytes = accessBytes(operationOf(word))
    const address = (this.registers[rs1Of(word)]! + operands[at]!) >>> 0
    return address % bytes === 0 ? { address, bytes } : undefined
  }

  /** Runs at most `limit` steps, less where the machine gets stable; gives the steps made, a trap counted as one. */
  run(limit: number): number {
    const { interpreter } = this
    let left = limit
    while (left > 0 && interpreter.status === RUNNING) {
      const steps = left >= FEW ? this.runTranslated(left) : 0
      left -= steps > 0 ? steps : interpreter.run(left, this.translation.profile)
    }
    return limit - left
  }

  /** As `run`, by the interpreter alone, which marks all pages that are read. */
  interpret(limit: number): number {
    const profile = new Profile(this.code.count, NEVER_HOT)
    let left = limit
    while (left > 0 && this.interpreter.status === RUNNING) left -= this.interpreter.run(left, profile)
    return limit - left
  }

  /** Runs what is translated at the pc, if anything is, after this visit. */
  private runTranslated(limit: number): number {
    const { interpreter, translated } = this
    const { heat } = this.translation.profile
    const at = wordIndex(this.code.base, interpreter.pc)
    if (at >= this.code.count) return 0
    if (--heat[at]! < 0) {
      heat[at] = 0
      translated.require(at)
    }
    const steps = translated.run(interpreter.pc, limit)
    if (steps > 0) interpreter.pc = translated.nextPc
    return steps
  }
}
