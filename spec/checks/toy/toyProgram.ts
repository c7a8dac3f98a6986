import { littleEndian } from '../../commitments/bytes.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafPath,
  type Memory,
  OUTPUT_SLOT,
  slotAddress,
  writeBytes,
} from '../../commitments/memory.ts'
import { HALF_SLOT_HEIGHT, JOB_ADDRESS, JOB_RANGE_ADDRESS } from '../../graph/descriptor.ts'
import type { AluOperation } from '../../machine/decode.ts'
import { encode } from '../../machine/encode.ts'
import { EXIT_CALL } from '../../machine/execute.ts'
import { type Code, codeHeightFor, codeTree, type Program } from '../../machine/program.ts'

/**
 * The toy operator as a program of three dozen instructions: it reads the range of tiles from its job page and
 * writes those blocks of the output,
 *
 *   out[i] += a[i] * b[i] + operator code        int32, for the elements of the tiles, cut off at the node's
 *
 * where a and b are operands 0 and 1, and attribute 0 of the descriptor is the number of elements. Operator code 0 is
 * none: the machine traps, and the output stays as it is. Attribute 1 is a number of rounds, two instructions each, that
 * a run idles first: what makes a run long without any work.
 */
const CODE_BASE = 0x0001_0000

/** What the registers hold. */
const [PAGE, A, B, OUT, END, TERM, FACTOR, OPERATOR, WIDTH, ELEMENTS, FIRST, IDLE] = [
  2, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
] as const
const EXIT_REGISTER = 17

const lui = (rd: number, immediate: number): number => encode({ kind: 'lui', rd, immediate: immediate | 0 })
const lw = (rd: number, rs1: number, immediate: number): number =>
  encode({ kind: 'load', operation: 'lw', rd, rs1, immediate })
const sw = (rs2: number, rs1: number): number =>
  encode({ kind: 'store', operation: 'sw', rs1, rs2, immediate: 0 })
const op = (operation: AluOperation, rd: number, rs1: number, rs2: number): number =>
  encode({ kind: 'register', operation, rd, rs1, rs2 })
const opi = (operation: 'add' | 'sll', rd: number, rs1: number, immediate: number): number =>
  encode({ kind: 'immediate', operation, rd, rs1, immediate })

const range = JOB_RANGE_ADDRESS - JOB_ADDRESS

const PREPARE: readonly number[] = [
  lui(PAGE, JOB_ADDRESS),
  lw(OPERATOR, PAGE, 32),
  // No operator: trap.
  encode({ kind: 'branch', operation: 'bne', rs1: OPERATOR, rs2: 0, immediate: 8 }),
  encode({ kind: 'ebreak' }),
  lw(IDLE, PAGE, 44),
  encode({ kind: 'branch', operation: 'beq', rs1: IDLE, rs2: 0, immediate: 12 }),
  opi('add', IDLE, IDLE, -1),
  encode({ kind: 'branch', operation: 'bne', rs1: IDLE, rs2: 0, immediate: -4 }),
  lw(WIDTH, PAGE, 36),
  lw(ELEMENTS, PAGE, 40),
  lw(FIRST, PAGE, range),
  lw(END, PAGE, range + 4),
  op('add', END, FIRST, END),
  op('mul', FIRST, FIRST, WIDTH),
  op('mul', END, END, WIDTH),
  // The last tile ends where the output does.
  encode({ kind: 'branch', operation: 'bgeu', rs1: ELEMENTS, rs2: END, immediate: 8 }),
  opi('add', END, ELEMENTS, 0),
  opi('sll', FIRST, FIRST, 2),
  opi('sll', END, END, 2),
  lui(A, slotAddress(1)),
  op('add', A, A, FIRST),
  lui(B, slotAddress(2)),
  op('add', B, B, FIRST),
  lui(OUT, slotAddress(OUTPUT_SLOT)),
  op('add', END, END, OUT),
  op('add', OUT, OUT, FIRST),
]

const ELEMENT: readonly number[] = [
  lw(TERM, A, 0),
  lw(FACTOR, B, 0),
  op('mul', TERM, TERM, FACTOR),
  op('add', TERM, TERM, OPERATOR),
  lw(FACTOR, OUT, 0),
  op('add', TERM, TERM, FACTOR),
  sw(TERM, OUT),
  opi('add', A, A, 4),
  opi('add', B, B, 4),
  opi('add', OUT, OUT, 4),
]

export const TOY_CODE: Code = (() => {
  const bodyBytes = 4 * (ELEMENT.length + 1)
  const words = [
    ...PREPARE,
    encode({ kind: 'branch', operation: 'bgeu', rs1: OUT, rs2: END, immediate: 4 + bodyBytes }),
    ...ELEMENT,
    encode({ kind: 'jal', rd: 0, immediate: -bodyBytes }),
    opi('add', EXIT_REGISTER, 0, EXIT_CALL),
    encode({ kind: 'ecall' }),
  ]
  return { base: CODE_BASE, height: codeHeightFor(words.length), words }
})()

/** The most instructions of a run over so many elements, after so many rounds of idling. */
export const toySteps = (elements: number, idleRounds = 0): number =>
  PREPARE.length + 2 * idleRounds + (ELEMENT.length + 2) * elements + 3

/** The code stands in memory too, as data. */
export const TOY_IMAGE: Memory = TOY_CODE.words.reduce(
  (memory, bits, i) => writeBytes(memory, CODE_BASE + 4 * i, littleEndian(bits, 4)),
  EMPTY_MEMORY,
)

export const TOY_PROGRAM: Program = {
  codeBase: TOY_CODE.base,
  codeHeight: TOY_CODE.height,
  codeRoot: codeTree(TOY_CODE).root,
  imageRoot: leafPath(TOY_IMAGE, JOB_ADDRESS / LEAF_BYTES)[HALF_SLOT_HEIGHT] as Program['imageRoot'],
  entry: CODE_BASE,
}
