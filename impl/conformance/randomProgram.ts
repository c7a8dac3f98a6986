import { littleEndian } from '../../spec/commitments/bytes.ts'
import type { AluOperation, Instruction } from '../../spec/machine/decode.ts'
import { type Random, random } from '../models/mnist/random.ts'
import type { VmRun } from '../vm/trace.ts'
import {
  add,
  addi,
  andi,
  assemble,
  branch,
  ecall,
  jal,
  jalr,
  type Line,
  la,
  label,
  li,
  line,
  lw,
  sw,
} from './assemble.ts'

/**
 * Random programs that do what compiled ones do: functions that call each other by name and through registers, loops
 * in loops, conditions, jumps into one of several cases, and accesses to a piece of memory, in between anything that
 * computes. Each is a function of its seed.
 */
export interface Layout {
  /** A multiple of 32. */
  readonly codeBase: number
  /** A multiple of 4; the data, `DATA_BYTES` of it, may wrap at 2^32. */
  readonly dataBase: number
  /** Where the stack starts, going down. */
  readonly stackTop: number
}

export const DATA_BYTES = 2048

/** Registers that keep a program going; the others hold whatever it computes. */
const [RA, SP, DATA, COUNTER, SCRATCH, POINTER] = [1, 2, 3, 26, 30, 31]
/** Holds the data's address throughout. */
export const DATA_REGISTER = DATA
/** Free to be overwritten between statements. */
export const POINTER_REGISTER = POINTER
const LOOP_DEPTH = 2
const FREE = [0, ...Array.from({ length: 22 }, (_, i) => 4 + i), 28, 29]
const KEPT = [RA, ...Array.from({ length: LOOP_DEPTH }, (_, depth) => COUNTER + depth)]

const EDGES = [0, 1, 2, 31, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff]
const ALU: readonly AluOperation[] = [
  ...(['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'] as const),
  ...(['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'] as const),
]
const ALU_IMMEDIATE = ['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'] as const
const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'] as const
const LOADS = ['lb', 'lbu', 'lh', 'lhu', 'lw'] as const
const STORES = ['sb', 'sh', 'sw'] as const
const WIDTHS = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4 } as const

const FUNCTIONS = 5
const CASES = 4

/** Where a statement stands. */
interface Place {
  /** The first of the functions that may be called. */
  readonly callees: number
  /** Loops around it, each of which has a counter of its own. */
  readonly loops: number
  /** Statements around it: branches do not reach far. */
  readonly nesting: number
}

const MOST_NESTED = 3
const nested = (place: Place): Place => ({ ...place, nesting: place.nesting + 1 })

class Writer {
  private readonly choose: Random
  private labels = 0

  constructor(choose: Random) {
    this.choose = choose
  }

  /** A function that may call those after it, so that every call returns. */
  function(index: number): Line[] {
    return [
      label(functionName(index)),
      addi(SP, SP, -4 * KEPT.length),
      ...KEPT.map((register, i) => sw(register, SP, 4 * i)),
      ...this.statements({ callees: index + 1, loops: 0, nesting: 0 }, 8),
      ...KEPT.map((register, i) => lw(register, SP, 4 * i)),
      addi(SP, SP, 4 * KEPT.length),
      jalr(0, RA, 0),
    ]
  }

  value(): number {
    return this.chance(2) ? this.one(EDGES) : this.choose.below(2 ** 32)
  }

  one<Value>(values: readonly Value[]): Value {
    return values[this.choose.below(values.length)]!
  }

  private chance(oneIn: number): boolean {
    return this.choose.below(oneIn) === 0
  }

  private free(): number {
    return this.one(FREE)
  }

  private label(): string {
    return `l${this.labels++}`
  }

  private statements(place: Place, most: number): Line[] {
    const count = 2 + this.choose.below(most - 1)
    return Array.from({ length: count }, () => this.statement(place)).flat()
  }

  private statement(place: Place): Line[] {
    const drawn = this.choose.below(20)
    if (drawn < 10) return Array.from({ length: 3 }, () => line(this.arithmetic()))
    if (drawn < 14 || place.nesting === MOST_NESTED) return this.access()
    if (drawn < 16) return this.condition(place)
    if (drawn < 17) return this.cases(place)
    if (drawn < 18) return this.call(place)
    return place.loops < LOOP_DEPTH ? this.loop(place) : [line({ kind: 'fence' })]
  }

  private arithmetic(): Instruction {
    const [rd, rs1, rs2] = [this.free(), this.free(), this.free()]
    const drawn = this.choose.below(10)
    if (drawn < 5) return { kind: 'register', operation: this.one(ALU), rd, rs1, rs2 }
    if (drawn < 8) {
      const operation = this.one(ALU_IMMEDIATE)
      const isShift = ['sll', 'srl', 'sra'].includes(operation)
      const immediate = isShift ? this.choose.below(32) : this.choose.below(4096) - 2048
      return { kind: 'immediate', operation, rd, rs1, immediate }
    }
    return { kind: this.one(['lui', 'auipc'] as const), rd, immediate: this.value() & ~0xfff }
  }

  /** A load or store at a place in the data that is fixed, or that a register says. */
  private access(): Line[] {
    const operation = this.chance(2) ? this.one(LOADS) : this.one(STORES)
    const width = WIDTHS[operation]
    const offset = width * this.choose.below(DATA_BYTES / 2 / width)
    const computed = this.chance(2)
    const address = computed
      ? [andi(POINTER, this.free(), DATA_BYTES / 2 - width), add(POINTER, POINTER, DATA)]
      : []
    const rs1 = computed ? POINTER : DATA
    const isLoad = LOADS.some((load) => load === operation)
    const instruction = isLoad
      ? { kind: 'load', operation, rd: this.free(), rs1, immediate: offset }
      : { kind: 'store', operation, rs1, rs2: this.free(), immediate: offset }
    return [...address, line(instruction as Instruction)]
  }

  private condition(place: Place): Line[] {
    const [otherwise, end] = [this.label(), this.label()]
    return [
      branch(this.one(BRANCHES), this.free(), this.free(), otherwise),
      ...this.statements(nested(place), 3),
      jal(0, end),
      label(otherwise),
      ...this.statements(nested(place), 3),
      label(end),
    ]
  }

  /** A jump to an address that a register says, into one of four cases. */
  private cases(place: Place): Line[] {
    const [table, end] = [this.label(), this.label()]
    const names = Array.from({ length: CASES }, () => this.label())
    return [
      andi(SCRATCH, this.free(), 4 * (CASES - 1)),
      ...la(POINTER, table),
      add(POINTER, POINTER, SCRATCH),
      jalr(0, POINTER, 0),
      label(table),
      ...names.map((name) => jal(0, name)),
      ...names.flatMap((name) => [label(name), ...this.statements(nested(place), 2), jal(0, end)]),
      label(end),
    ]
  }

  private call({ callees }: Place): Line[] {
    if (callees === FUNCTIONS) return this.access()
    const callee = callees + this.choose.below(FUNCTIONS - callees)
    if (this.chance(2)) return [jal(RA, functionName(callee))]
    // Bit 0 of a target is cleared, so it may be set.
    return [
      ...la(POINTER, functionName(callee)),
      addi(POINTER, POINTER, -7),
      jalr(RA, POINTER, 7 + this.choose.below(2)),
    ]
  }

  private loop(place: Place): Line[] {
    const [counter, top] = [COUNTER + place.loops, this.label()]
    const rising = this.chance(2)
    const times = 1 + this.choose.below(9)
    return [
      addi(counter, 0, rising ? -times : times),
      label(top),
      ...this.statements({ ...nested(place), loops: place.loops + 1 }, 4),
      addi(counter, counter, rising ? 1 : -1),
      branch(rising ? 'blt' : 'bne', counter, 0, top),
    ]
  }
}

const functionName = (index: number): string => `f${index}`

/** How a program may end: well, or in a trap. */
const endings = (writer: Writer): Line[] =>
  writer.one([
    [addi(17, 0, 93), ecall],
    [addi(17, 0, 64), ecall],
    [line({ kind: 'ebreak' })],
    [line({ kind: 'illegal' })],
    [lw(5, DATA, 2)],
    [line({ kind: 'store', operation: 'sh', rs1: DATA, rs2: 5, immediate: 1 })],
    [line({ kind: 'jal', rd: RA, immediate: 2 })],
    [jalr(RA, DATA, 2)],
    [jalr(RA, 0, 0)],
    [label('stuck'), jal(0, 'stuck')],
  ])

const TURNS = 5

/** The lines of a program: all registers set, all functions called some times, then `ending`. */
export const programLines = (
  seed: number,
  { dataBase, stackTop }: Layout,
  ending: (writer: Writer) => readonly Line[] = endings,
): Line[] => {
  const writer = new Writer(random(seed))
  const values = FREE.filter((register) => register !== 0).flatMap((register) => li(register, writer.value()))
  const calls = Array.from({ length: FUNCTIONS }, (_, i) => [jal(RA, functionName(i))])
  return [
    ...values,
    ...li(DATA, dataBase),
    ...li(SP, stackTop),
    addi(COUNTER, 0, TURNS),
    label('turn'),
    ...calls.flat(),
    addi(COUNTER, COUNTER, -1),
    branch('bne', COUNTER, 0, 'turn'),
    ...ending(writer),
    ...Array.from({ length: FUNCTIONS }, (_, i) => writer.function(i)).flat(),
  ]
}

/** Random bytes of the data, the same for the same seed. */
export const dataBytes = (seed: number): Uint8Array => {
  const choose = random(~seed)
  const bytes = new Uint8Array(DATA_BYTES)
  for (let at = 0; at < DATA_BYTES; at += 4) bytes.set(littleEndian(choose.below(2 ** 32), 4), at)
  return bytes
}

/** Places in the address space: low, high, and around its end. */
const LAYOUTS: readonly Layout[] = [
  { codeBase: 0x0001_0000, dataBase: 0x0010_0000, stackTop: 0x0020_0000 },
  { codeBase: 0x8000_0020, dataBase: 0xe000_0004, stackTop: 0x7fff_fff0 },
  { codeBase: 0xfffe_0000, dataBase: 0xffff_fc00, stackTop: 0x0000_2000 },
  { codeBase: 0, dataBase: 0x0001_0000, stackTop: 0 },
]

/** The run of the program with that seed; it ends, or is ended by the limit. */
export const randomRun = (seed: number, stepLimit: number): VmRun => {
  const layout = LAYOUTS[seed % LAYOUTS.length]!
  const code = assemble(layout.codeBase, programLines(seed, layout))
  const bytes = dataBytes(seed)
  // What lies beyond the end of the address space is at its start.
  const below = Math.min(DATA_BYTES, 2 ** 32 - layout.dataBase)
  const contents = [
    { address: layout.dataBase, bytes: bytes.slice(0, below) },
    { address: 0, bytes: bytes.slice(below) },
  ].filter(({ bytes }) => bytes.length > 0)
  return { code, entry: code.base, contents, stepLimit }
}
