import { EMPTY_MEMORY, type Memory, writeBytes } from '../../commitments/memory.ts'
import type { AluOperation, Instruction } from '../../machine/decode.ts'
import { encode } from '../../machine/encode.ts'
import { EXIT_CALL } from '../../machine/execute.ts'
import type { Code } from '../../machine/program.ts'
import { initialState, type MachineState } from '../../machine/state.ts'
import type { Draws } from './draws.ts'

/** Machines about to do one thing: every instruction at the edges of its operands, and everything that traps. */
export interface MachineCase {
  readonly name: string
  readonly code: Code
  readonly state: MachineState
}

export const CODE_BASE = 0x0001_0000
export const DATA_BASE = 0xe000_0040

const NOP = encode({ kind: 'immediate', operation: 'add', rd: 0, rs1: 0, immediate: 0 })

/** Bytes with the sign bit both ways, at a leaf's start and end, at the bottom and at the top of the memory. */
export const MEMORY: Memory = [0, 0x1_0000, DATA_BASE, 2 ** 32 - 32].reduce(
  (memory, address) =>
    writeBytes(
      memory,
      address,
      Uint8Array.from({ length: 32 }, (_, i) => (i % 2 === 0 ? 0x81 + i : 0x7f - i)),
    ),
  EMPTY_MEMORY,
)

interface Setup {
  readonly pc?: number
  readonly base?: number
  readonly height?: number
  readonly status?: number
  /** Registers that are not zero. */
  readonly x?: Readonly<Record<number, number>>
  /** Index of the word in the code. */
  readonly at?: number
}

const caseOf = (name: string, word: number, setup: Setup = {}): MachineCase => {
  const { base = CODE_BASE, height = 0, at = 0, status = 0, x = {} } = setup
  const pc = setup.pc ?? (base + 4 * at) >>> 0
  const registers = Array.from({ length: 32 }, (_, i) => (x[i] ?? 0) >>> 0)
  const words = [...Array.from({ length: at }, () => NOP), word]
  return { name, code: { base, height, words }, state: { ...initialState(pc, MEMORY), status, registers } }
}

const instructionCase = (name: string, instruction: Instruction, setup: Setup = {}): MachineCase =>
  caseOf(name, encode(instruction), setup)

const hex = (value: number): string => `0x${(value >>> 0).toString(16)}`

// --- Arithmetic ------------------------------------------------------------------------------------------------

const ALU: readonly AluOperation[] = [
  ...(['add', 'sub', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'] as const),
  ...(['mul', 'mulh', 'mulhsu', 'mulhu', 'div', 'divu', 'rem', 'remu'] as const),
]
const ALU_IMMEDIATE = ['add', 'sll', 'slt', 'sltu', 'xor', 'srl', 'sra', 'or', 'and'] as const
const SHIFTS: readonly string[] = ['sll', 'srl', 'sra']

const OPERANDS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [7, 3],
  [0xffff_fff9, 3],
  [7, 0xffff_fffd],
  [0x8000_0000, 0xffff_ffff],
  [0x8000_0000, 1],
  [0x8000_0000, 0x8000_0000],
  [0x7fff_ffff, 0x7fff_ffff],
  [0xffff_ffff, 0xffff_ffff],
  [0x1234_5678, 31],
  [0xfedc_ba98, 33],
] as const

const IMMEDIATES = [0, 1, -1, 2047, -2048] as const

const arithmetic = (): readonly MachineCase[] => [
  ...ALU.flatMap((operation) =>
    OPERANDS.map(([a, b]) =>
      instructionCase(
        `${operation} ${hex(a)} ${hex(b)}`,
        { kind: 'register', operation, rd: 3, rs1: 1, rs2: 2 },
        { x: { 1: a, 2: b } },
      ),
    ),
  ),
  ...ALU_IMMEDIATE.flatMap((operation) =>
    (SHIFTS.includes(operation) ? [0, 1, 31] : IMMEDIATES).flatMap((immediate) =>
      [0, 5, 0x8000_0001].map((a) =>
        instructionCase(
          `${operation} immediate ${hex(a)} ${immediate}`,
          { kind: 'immediate', operation, rd: 4, rs1: 1, immediate },
          { x: { 1: a } },
        ),
      ),
    ),
  ),
  ...(['lui', 'auipc'] as const).flatMap((kind) =>
    [0, 0x1000, 0x7fff_f000, -0x8000_0000, -0x1000].map((immediate) =>
      instructionCase(`${kind} ${hex(immediate)}`, { kind, rd: 31, immediate }),
    ),
  ),
  instructionCase(
    'a register that is operand and result',
    { kind: 'register', operation: 'add', rd: 1, rs1: 1, rs2: 1 },
    { x: { 1: 0xffff_ffff } },
  ),
  ...(['register', 'immediate'] as const).map((kind) =>
    instructionCase(
      `${kind} to x0 is discarded`,
      kind === 'register'
        ? { kind, operation: 'add', rd: 0, rs1: 1, rs2: 1 }
        : { kind, operation: 'add', rd: 0, rs1: 1, immediate: 9 },
      { x: { 1: 5 } },
    ),
  ),
  instructionCase('lui to x0 is discarded', { kind: 'lui', rd: 0, immediate: 0x1000 }),
]

// --- Control ---------------------------------------------------------------------------------------------------

const BRANCHES = ['beq', 'bne', 'blt', 'bge', 'bltu', 'bgeu'] as const

const control = (): readonly MachineCase[] => [
  ...BRANCHES.flatMap((operation) =>
    (
      [
        [5, 5],
        [5, 6],
        [6, 5],
        [0xffff_ffff, 1],
        [1, 0xffff_ffff],
        [0x8000_0000, 0x7fff_ffff],
      ] as const
    ).flatMap(([a, b]) =>
      [-4096, 4094, 8].map((immediate) =>
        instructionCase(
          `${operation} ${hex(a)} ${hex(b)} by ${immediate}`,
          { kind: 'branch', operation, rs1: 1, rs2: 2, immediate },
          { x: { 1: a, 2: b } },
        ),
      ),
    ),
  ),
  ...[0, 4, -4, 2, -1_048_576, 1_048_574].flatMap((immediate) =>
    [0, 1].map((rd) => instructionCase(`jal x${rd} by ${immediate}`, { kind: 'jal', rd, immediate })),
  ),
  ...(
    [
      [CODE_BASE, 0],
      [CODE_BASE, 1],
      [CODE_BASE, 2],
      [CODE_BASE + 3, 0],
      [0, -4],
      [0xffff_fffc, 8],
    ] as const
  ).flatMap(([a, immediate]) =>
    [0, 1, 5].map((rd) =>
      instructionCase(
        `jalr x${rd} to ${hex(a)} by ${immediate}`,
        { kind: 'jalr', rd, rs1: 5, immediate },
        { x: { 5: a } },
      ),
    ),
  ),
  instructionCase('jal back across zero', { kind: 'jal', rd: 1, immediate: -8 }, { base: 0 }),
  caseOf('a step at the last address goes on at zero', NOP, { base: 0xffff_ffe0, at: 7 }),
  instructionCase('auipc wraps', { kind: 'auipc', rd: 1, immediate: 0x1000 }, { base: 0xffff_ffe0 }),
]

// --- Memory ----------------------------------------------------------------------------------------------------

const LOADS = ['lb', 'lh', 'lw', 'lbu', 'lhu'] as const
const STORES = ['sb', 'sh', 'sw'] as const

const memory = (): readonly MachineCase[] => {
  const places = [
    ...[0, 1, 2, 3, 28, 30, 31].map((offset) => [DATA_BASE, offset] as const),
    [2 ** 32 - 4, 0],
    [2 ** 32 - 4, 4],
    [0, -1],
    [0, -4],
    [0x4000_0000, 2044],
    [0x4000_0000, -2048],
    [CODE_BASE, 0],
  ] as const
  return [
    ...LOADS.flatMap((operation) =>
      places.map(([a, immediate]) =>
        instructionCase(
          `${operation} ${hex(a)} ${immediate}`,
          { kind: 'load', operation, rd: 2, rs1: 1, immediate },
          { x: { 1: a, 2: 9 } },
        ),
      ),
    ),
    ...STORES.flatMap((operation) =>
      places.map(([a, immediate]) =>
        instructionCase(
          `${operation} ${hex(a)} ${immediate}`,
          { kind: 'store', operation, rs1: 1, rs2: 2, immediate },
          { x: { 1: a, 2: 0x8765_4321 } },
        ),
      ),
    ),
    instructionCase(
      'a load to x0 is discarded',
      { kind: 'load', operation: 'lw', rd: 0, rs1: 1, immediate: 0 },
      { x: { 1: DATA_BASE } },
    ),
    instructionCase(
      'a load into its own address register',
      { kind: 'load', operation: 'lw', rd: 1, rs1: 1, immediate: 4 },
      { x: { 1: DATA_BASE } },
    ),
    instructionCase(
      'a store of x0 that empties its leaf’s first word',
      { kind: 'store', operation: 'sw', rs1: 1, rs2: 0, immediate: 0 },
      { x: { 1: DATA_BASE } },
    ),
    instructionCase(
      'a store of the value that is there already',
      { kind: 'store', operation: 'sb', rs1: 1, rs2: 2, immediate: 0 },
      { x: { 1: DATA_BASE, 2: 0x81 } },
    ),
    instructionCase(
      'a load with a code tree of height 3',
      { kind: 'load', operation: 'lw', rd: 2, rs1: 1, immediate: 0 },
      { x: { 1: DATA_BASE }, height: 3, at: 21 },
    ),
  ]
}

// --- Halting, traps and fetches ----------------------------------------------------------------------------------

const A0 = 10
const A7 = 17

const halting = (): readonly MachineCase[] => [
  caseOf('fence', 0x0000_000f),
  caseOf('fence with every reserved field set', 0xffff_8f8f),
  caseOf('fence.i is illegal', 0x0000_100f),
  caseOf('ecall that exits', 0x0000_0073, { x: { [A7]: EXIT_CALL, [A0]: 0xdead_beef } }),
  ...[0, 92, 94, 0xffff_ffff, 93 + 2 ** 8].map((a7) =>
    caseOf(`ecall ${a7} traps`, 0x0000_0073, { x: { [A7]: a7 } }),
  ),
  caseOf('ebreak traps', 0x0010_0073, { x: { [A7]: EXIT_CALL } }),
  ...[0x0020_0073, 0x3020_0073, 0x1050_0073, 0xc000_2073, 0x0000_00f3, 0x0000_8073].map((word) =>
    caseOf(`system word ${hex(word)} is illegal`, word, { x: { [A7]: EXIT_CALL } }),
  ),
  ...[0, 0xffff_ffff, 0x0000_0001, 0x0000_4501, 0x0000_002f, 0x0400_0033, 0x4000_1033, 0x4000_1013].map(
    (word) => caseOf(`word ${hex(word)} is illegal`, word),
  ),
  caseOf('an absent word is illegal', NOP, { height: 2, pc: CODE_BASE + 124 }),
  caseOf('a fetch in the first leaf of a higher tree', NOP, { height: 4 }),
  caseOf('a fetch in the last leaf', NOP, { height: 2, at: 31 }),
  ...[1, 2, 3].map((offset) => caseOf(`pc misaligned by ${offset}`, NOP, { pc: CODE_BASE + offset })),
  caseOf('pc behind the code tree', NOP, { height: 1, pc: CODE_BASE + 64 }),
  caseOf('pc before the code tree', NOP, { pc: CODE_BASE - 4 }),
  caseOf('pc far outside', NOP, { pc: 0xffff_fffc }),
  caseOf('a code tree that wraps is fetched at zero', NOP, { base: 0xffff_ffe0, height: 1, at: 8 }),
  ...[1, 2, 3, 255].flatMap((status) => [
    caseOf(`status ${status} is stable`, NOP, { status }),
    caseOf(`status ${status} is stable outside the code`, NOP, { status, pc: CODE_BASE + 2 }),
  ]),
]

export const machineCases = (): readonly MachineCase[] => [
  ...arithmetic(),
  ...control(),
  ...memory(),
  ...halting(),
]

/** All registers at random, and an instruction at random registers: no field may be mixed up with another. */
export const randomCases = (draws: Draws, count: number): readonly MachineCase[] =>
  Array.from({ length: count }, (_, number) => {
    const opcode = draws.pick([0x03, 0x13, 0x17, 0x23, 0x33, 0x37, 0x63, 0x67, 0x6f])
    const word = ((draws.below(2 ** 32) & ~0x7f) | opcode) >>> 0
    const x = Object.fromEntries(
      Array.from({ length: 31 }, (_unused, i) => [
        i + 1,
        draws.pick([draws.below(2 ** 32), DATA_BASE + draws.below(32), 4 * draws.below(2 ** 30)]),
      ]),
    )
    const height = draws.below(4)
    return caseOf(`random ${number}`, word, { x, height, at: draws.below(8 * 2 ** height) })
  })
