import type { Instruction } from '../../spec/machine/decode.ts'
import type { VmRun } from '../vm/trace.ts'
import {
  add,
  addi,
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
  word,
} from './assemble.ts'
import { instructionName, legalInstructions } from './encodings.ts'
import type { ComparedRun } from './threeWay.ts'

/**
 * Programs that bring every instruction that the specification's decoder knows to its edges: x0, equal registers,
 * shifts, division by zero and overflow, limits of immediates, sign extension, misalignment, addresses and targets that
 * wrap at 2^32. What does not trap stands in one program; each trap has one of its own.
 */
const CODE_BASE = 0x0001_0000
const DATA = 0x0010_0000

const EDGES = [0, 1, 2, 31, 32, 0x7fff_ffff, 0x8000_0000, 0x8000_0001, 0xffff_fffe, 0xffff_ffff]
const IMMEDIATES = [-2048, -33, -1, 0, 1, 2, 31, 32, 2047]
const SHIFTS = [0, 1, 15, 16, 31]
const UPPERS = [0, 0x1000, 0x7fff_f000, 0x8000_0000 | 0, 0xffff_f000 | 0]

/** x4 to x13 hold the edges. */
const FIRST_EDGE = 4
const RESULT = 20
const MIDDLE = 14
const LAST_BYTE = 15
const COUNT = 21
/** Base or operand and destination at once. */
const SAME = 22
const [SUM, FACTOR] = [23, 24]
const edgeRegisters = EDGES.map((_, i) => FIRST_EDGE + i)

const setUp: readonly Line[] = [
  ...EDGES.flatMap((value, i) => li(FIRST_EDGE + i, value)),
  ...li(MIDDLE, DATA),
  ...li(LAST_BYTE, 0xffff_ffff),
  ...li(FACTOR, 0x9e37_79b1),
  // What follows is called, so that an engine may find it hot.
  jal(1, 'cases'),
  label('cases'),
]

const pairs = edgeRegisters.flatMap((rs1) => edgeRegisters.map((rs2) => [rs1, rs2] as const))

/** Registers that are the same one, or x0: what is read must be what was there before. */
const ALIASES: readonly (readonly [rd: number, rs1: number, rs2: number])[] = [
  [0, 9, 10],
  [RESULT, 0, 10],
  [RESULT, 10, 0],
  [RESULT, 0, 0],
  [SAME, SAME, 10],
  [SAME, 10, SAME],
  [SAME, SAME, SAME],
]

const BYTES = [0x00, 0x7f, 0x80, 0xff, 0x01, 0xfe, 0x55, 0xaa]
const memoryBytes = Uint8Array.from({ length: 4096 }, (_, i) => BYTES[(i * 5 + (i >> 3)) % 8]!)

const OFFSETS = {
  1: [-2048, -1, 0, 1, 2, 3, 2047],
  2: [-2048, -2, 0, 2, 2046],
  4: [-2048, -4, 0, 4, 2044],
} as const
const WIDTHS = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4 } as const

/** Some instructions, and the register that shows what came of them. */
interface Case {
  readonly lines: readonly Line[]
  readonly result: number
}

/** The result goes into a sum, so that the end of a program tells of all its cases. */
const observed = ({ lines, result }: Case): Line[] => [
  ...lines,
  line({ kind: 'register', operation: 'mul', rd: SUM, rs1: SUM, rs2: FACTOR }),
  add(SUM, SUM, result),
]

const one = (instruction: Instruction, result: number): Case => ({ lines: [line(instruction)], result })

/** The instruction in all the ways that do not trap. */
const straightCases = (instruction: Instruction, fresh: () => string): Case[] => {
  switch (instruction.kind) {
    case 'register': {
      const cases = [...pairs.map(([rs1, rs2]) => [RESULT, rs1, rs2] as const), ...ALIASES]
      return cases.map(([rd, rs1, rs2]) => one({ ...instruction, rd, rs1, rs2 }, rd))
    }
    case 'immediate': {
      const isShift = ['sll', 'srl', 'sra'].includes(instruction.operation)
      const cases = [...edgeRegisters.map((rs1) => [RESULT, rs1] as const), ...ALIASES]
      return (isShift ? SHIFTS : IMMEDIATES).flatMap((immediate) =>
        cases.map(([rd, rs1]) => one({ ...instruction, rd, rs1, immediate }, rd)),
      )
    }
    case 'load': {
      const width = WIDTHS[instruction.operation]
      const offsets = OFFSETS[width]
      // Past the end of the address space: 1 is its first byte.
      const beyond = [1, 1 + width, 2048 - width].map((immediate) =>
        one({ ...instruction, rd: RESULT, rs1: LAST_BYTE, immediate }, RESULT),
      )
      return [
        ...(width === 1 ? beyond : beyond.slice(0, 2)),
        ...offsets.flatMap((immediate) => [
          one({ ...instruction, rd: RESULT, rs1: MIDDLE, immediate }, RESULT),
          one({ ...instruction, rd: 0, rs1: MIDDLE, immediate }, 0),
          // Below the start of the address space.
          one({ ...instruction, rd: RESULT, rs1: 0, immediate }, RESULT),
          {
            lines: [addi(SAME, MIDDLE, 0), line({ ...instruction, rd: SAME, rs1: SAME, immediate })],
            result: SAME,
          },
        ]),
      ]
    }
    case 'store': {
      const stored = (
        rs1: number,
        rs2: number,
        immediate: number,
        word: readonly [number, number],
      ): Case => ({
        lines: [line({ ...instruction, rs1, rs2, immediate }), lw(RESULT, ...word)],
        result: RESULT,
      })
      return [
        stored(LAST_BYTE, 7, 1, [0, 0]),
        stored(0, 9, -4, [0, -4]),
        ...OFFSETS[WIDTHS[instruction.operation]].flatMap((immediate) =>
          [...edgeRegisters, MIDDLE].map((rs2) => stored(MIDDLE, rs2, immediate, [MIDDLE, immediate & ~3])),
        ),
      ]
    }
    case 'branch':
      return [...pairs, [0, 0] as const, [0, 10] as const, [10, 0] as const].map(([rs1, rs2]) => {
        const end = fresh()
        const lines = [branch(instruction.operation, rs1, rs2, end), addi(COUNT, COUNT, 1), label(end)]
        return { lines, result: COUNT }
      })
    case 'lui':
    case 'auipc':
      return [RESULT, 0].flatMap((rd) =>
        UPPERS.map((immediate) => one({ ...instruction, rd, immediate }, rd)),
      )
    case 'jal':
      return [RESULT, 0].map((rd) => {
        const [ahead, back, end] = [fresh(), fresh(), fresh()]
        const lines = [jal(rd, ahead), label(back), jal(rd, end), label(ahead), jal(rd, back), label(end)]
        return { lines, result: rd }
      })
    case 'jalr':
      // Bit 0 is cleared after the sum, and the base is read before the link is written.
      return [RESULT, 0, SAME].flatMap((rd) =>
        [-2046, -1, 0, 1, 2047].map((immediate) => {
          const end = fresh()
          const target = [...la(SAME, end), addi(SAME, SAME, 1 - immediate)]
          return { lines: [...target, jalr(rd, SAME, immediate), label(end)], result: rd }
        }),
      )
    case 'fence':
      return [{ lines: [line(instruction), word(0xffff_8f8f)], result: 0 }]
    // These end a run.
    case 'illegal':
    case 'ecall':
    case 'ebreak':
      return []
    default:
      return instruction satisfies never
  }
}

const STEP_LIMIT = 100_000

const runOf = (lines: readonly Line[], base = CODE_BASE): VmRun => {
  const code = assemble(base, lines)
  const contents = [
    { address: DATA - 2048, bytes: memoryBytes },
    { address: 0, bytes: memoryBytes },
    { address: 2 ** 32 - memoryBytes.length, bytes: memoryBytes },
  ]
  return { code, entry: code.base, contents, stepLimit: STEP_LIMIT }
}

/** All that does not trap, one program for each instruction; it ends by exiting. */
const straightPrograms = (): ComparedRun[] =>
  [...legalInstructions()].map(([name, instruction]) => {
    let labels = 0
    const cases = straightCases(instruction, () => `l${labels++}`)
    return { name, given: runOf([...setUp, ...cases.flatMap(observed), addi(17, 0, 93), ecall]) }
  })

/** Each of these traps at its last line, or at what it jumps to. */
const trappingLines = (): Line[][] => {
  const instructions = [...legalInstructions().values()]
  const misaligned = instructions.flatMap((instruction): Line[][] => {
    if (instruction.kind !== 'load' && instruction.kind !== 'store') return []
    const width = WIDTHS[instruction.operation]
    const offsets = [1, 2, 3, -1].filter((offset) => offset % width !== 0)
    return offsets.map((immediate) => [line({ ...instruction, rs1: MIDDLE, immediate })])
  })
  // A branch that is not taken may have any target.
  const branches = instructions.flatMap((instruction): Line[][] => {
    if (instruction.kind !== 'branch') return []
    return [2, -2, 4094].flatMap((immediate) =>
      [
        [4, 4],
        [4, 5],
        [5, 4],
        [4, 13],
      ].map(([rs1, rs2]) => [
        line({ ...instruction, rs1: rs1!, rs2: rs2!, immediate }),
        line({ kind: 'ebreak' }),
      ]),
    )
  })
  const far = [-4096, 4092].map((immediate): Line[] => [
    line({ kind: 'branch', operation: 'beq', rs1: 0, rs2: 0, immediate }),
  ])
  const jumps = [2, -2, -(2 ** 20), 2 ** 20 - 2, 2 ** 20 - 4].map((immediate): Line[] => [
    line({ kind: 'jal', rd: RESULT, immediate }),
  ])
  const indirect = [2, 3, -1, -2].map((immediate): Line[] => [jalr(RESULT, MIDDLE, immediate)])
  return [
    ...misaligned,
    ...branches,
    ...far,
    ...jumps,
    ...indirect,
    [jalr(RESULT, LAST_BYTE, 1)],
    [jalr(RESULT, LAST_BYTE, -3)],
    [line({ kind: 'ebreak' })],
    [ecall],
    [addi(17, 0, 94), ecall],
    [...li(17, 0x8000_005d), ecall],
    // Off the end of the words, into absent ones, and out of the tree.
    [],
    Array.from({ length: 64 }, () => addi(COUNT, COUNT, 1)),
  ]
}

const trapPrograms = (): ComparedRun[] =>
  trappingLines().map((lines, i) => {
    const [first] = lines
    const what = first?.kind === 'instruction' ? instructionName(first.instruction) : 'nothing'
    return { name: `trap ${i}: ${what}`, given: runOf([...setUp, ...lines]) }
  })

/** Code at the end of the address space: the next pc, targets and links wrap. */
const wrappingPrograms = (): ComparedRun[] => {
  const leaf = (...lines: readonly Line[]): VmRun =>
    runOf([...Array.from({ length: 8 - lines.length }, () => addi(COUNT, COUNT, 1)), ...lines], 0xffff_ffe0)
  return [
    { name: 'falls off the end of the address space', given: leaf() },
    { name: 'jumps over the end', given: leaf(line({ kind: 'jal', rd: RESULT, immediate: 8 })) },
    { name: 'jumps below the start', given: leaf(jalr(RESULT, 0, -4), line({ kind: 'ebreak' })) },
    { name: 'links at the end', given: leaf(jalr(RESULT, 0, 0)) },
  ]
}

/** All directed programs: about twenty thousand instructions. */
export const directedPrograms = (): ComparedRun[] => [
  ...straightPrograms(),
  ...trapPrograms(),
  ...wrappingPrograms(),
]
