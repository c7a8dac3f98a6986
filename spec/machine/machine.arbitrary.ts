import fc from 'fast-check'
import { EMPTY_MEMORY, type Memory, writeBytes } from '../commitments/memory.ts'
import type { Instruction } from './decode.ts'
import { encode } from './encode.ts'
import { type Code, codeHeightFor } from './program.ts'
import { initialState, type MachineState } from './state.ts'

/**
 * Random machines. Addresses are drawn so that things happen: registers hold small numbers, edges of the 32-bit
 * range and addresses of code and data, so that loads hit what stores wrote, jumps land in the code, and some of
 * both are misaligned or outside.
 */
export const CODE_BASE = 0x0001_0000
export const DATA_BASE = 0xe000_0040

const EDGES = [0, 1, 2, 31, 32, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff] as const

export const word: fc.Arbitrary<number> = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...EDGES) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
)

const register = fc.integer({ min: 0, max: 31 })
const alu = fc.constantFrom(
  'add',
  'sub',
  'sll',
  'slt',
  'sltu',
  'xor',
  'srl',
  'sra',
  'or',
  'and',
  'mul',
  'mulh',
  'mulhsu',
  'mulhu',
  'div',
  'divu',
  'rem',
  'remu',
)
const aluImmediate = fc.constantFrom('add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and')
const immediate = fc.integer({ min: -2048, max: 2047 })
/** Mostly aligned, else runs would be short. */
const smallOffset = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -4, max: 6 }).map((words) => 4 * words) },
  { weight: 1, arbitrary: fc.integer({ min: -16, max: 24 }) },
)
const upper = fc.oneof(
  fc.constantFrom(CODE_BASE, 0xe000_0000 | 0, 0, 0x7fff_f000, 0x8000_0000 | 0),
  fc.integer({ min: -(2 ** 19), max: 2 ** 19 - 1 }).map((value) => value << 12),
)
const jumpOffset = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -8, max: 12 }).map((words) => 4 * words) },
  { weight: 1, arbitrary: fc.integer({ min: -20, max: 20 }).map((halfWords) => 2 * halfWords) },
)

export const arithmetic: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const),
    operation: alu,
    rd: register,
    rs1: register,
    rs2: register,
  }),
  fc
    .record({
      kind: fc.constant('immediate' as const),
      operation: aluImmediate,
      rd: register,
      rs1: register,
      immediate,
    })
    .map((instruction) =>
      ['sll', 'srl', 'sra'].includes(instruction.operation)
        ? { ...instruction, immediate: instruction.immediate & 31 }
        : instruction,
    ),
  fc.record({ kind: fc.constantFrom('lui' as const, 'auipc' as const), rd: register, immediate: upper }),
)

const memoryAccess: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({
    kind: fc.constant('load' as const),
    operation: fc.constantFrom('lb', 'lh', 'lw', 'lbu', 'lhu'),
    rd: register,
    rs1: register,
    immediate: smallOffset,
  }),
  fc.record({
    kind: fc.constant('store' as const),
    operation: fc.constantFrom('sb', 'sh', 'sw'),
    rs1: register,
    rs2: register,
    immediate: smallOffset,
  }),
)

const control: fc.Arbitrary<Instruction> = fc.oneof(
  fc.record({
    kind: fc.constant('branch' as const),
    operation: fc.constantFrom('beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'),
    rs1: register,
    rs2: register,
    immediate: jumpOffset,
  }),
  fc.record({ kind: fc.constant('jal' as const), rd: register, immediate: jumpOffset }),
  fc.record({ kind: fc.constant('jalr' as const), rd: register, rs1: register, immediate: smallOffset }),
)

/** Most of these end a run. */
const rare: fc.Arbitrary<Instruction> = fc.constantFrom<Instruction>(
  { kind: 'fence' },
  { kind: 'ecall' },
  { kind: 'ebreak' },
  { kind: 'illegal' },
)

export const instruction: fc.Arbitrary<Instruction> = fc.oneof(
  { weight: 16, arbitrary: arithmetic },
  { weight: 8, arbitrary: memoryAccess },
  { weight: 5, arbitrary: control },
  { weight: 1, arbitrary: rare },
)

/** Any word with an opcode that means something, so that reserved fields of real opcodes are met. */
export const opcodeWord: fc.Arbitrary<number> = fc
  .tuple(
    fc.integer({ min: 0, max: 0xffff_ffff }),
    fc.constantFrom(0x03, 0x0f, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6f, 0x73, 0x2f),
    fc.constantFrom(0x0000_0000, 0x0200_0000, 0x4000_0000, undefined),
  )
  .map(
    ([bits, opcode, funct7]) =>
      (((funct7 === undefined ? bits : (bits & 0x01ff_ffff) | funct7) & ~0x7f) | opcode) >>> 0,
  )

/** What programs are made of: legal instructions, and now and then any word. */
export const codeWord: fc.Arbitrary<number> = fc.oneof(
  { weight: 60, arbitrary: instruction.map(encode) },
  { weight: 2, arbitrary: opcodeWord },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff_ffff }) },
)

export interface Machine {
  readonly code: Code
  /** Bytes of memory beyond zeros, for whoever builds a memory of their own. */
  readonly contents: readonly { readonly address: number; readonly bytes: Uint8Array }[]
  readonly state: MachineState
}

export const withContents = (contents: Machine['contents']): Memory =>
  contents.reduce((memory, { address, bytes }) => writeBytes(memory, address, bytes), EMPTY_MEMORY)

const registerValue = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 16 }).map((words) => DATA_BASE + 4 * words) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 63 }).map((words) => CODE_BASE + 4 * words) },
  { weight: 2, arbitrary: word },
)

/** A code of up to 64 words, data at `DATA_BASE`, at the bottom and at the top of the memory, and random registers. */
export const machine: fc.Arbitrary<Machine> = fc
  .record({
    words: fc.array(codeWord, { minLength: 1, maxLength: 64 }),
    data: fc.uint8Array({ minLength: 1, maxLength: 100 }),
    registers: fc.array(registerValue, { minLength: 31, maxLength: 31 }),
    start: fc.nat(),
  })
  .map(({ words, data, registers, start }) => {
    const code = { base: CODE_BASE, height: codeHeightFor(words.length), words }
    const contents = [0, DATA_BASE, 2 ** 32 - 128].map((address) => ({ address, bytes: data }))
    const entry = CODE_BASE + 4 * (start % words.length)
    return {
      code,
      contents,
      state: { ...initialState(entry, withContents(contents)), registers: [0, ...registers] },
    }
  })

/** A machine as a run starts it, registers zero: its first instructions load the registers that it starts with. */
export const startedMachine: fc.Arbitrary<Machine> = machine.map(({ code, contents, state }) => {
  const loads = state.registers.slice(1).flatMap((value, i): Instruction[] => {
    const low = (value << 20) >> 20
    return [
      { kind: 'lui', rd: i + 1, immediate: (value - low) & ~0xfff },
      { kind: 'immediate', operation: 'add', rd: i + 1, rs1: i + 1, immediate: low },
    ]
  })
  const words = [...loads.map(encode), ...code.words]
  const loaded = { base: CODE_BASE, height: codeHeightFor(words.length), words }
  return { code: loaded, contents, state: initialState(CODE_BASE, state.memory) }
})
