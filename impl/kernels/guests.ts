import { join } from 'node:path'
import { operatorByName } from '../../spec/graph/operators/index.ts'

const KERNELS = import.meta.dirname

/** A program for the machine: the runtime with the operators of a family. */
export interface Guest {
  readonly name: string
  /** The committed build, an ELF file for RV32IM. */
  readonly file: string
  /** Which line of its sources each instruction comes from. */
  readonly linesFile: string
  /** What `run_node.h` takes in: a macro. */
  readonly family: string
  /** Kernels, and what they share. */
  readonly sources: readonly string[]
  /** Codes of its operators. */
  readonly operators: ReadonlySet<number>
}

/** A kernel's file has its operator's name, with an underscore where that has a hyphen. */
const kernelOf = (operator: string): string => `${operator.replaceAll('-', '_')}.c`

const guest = (
  name: string,
  family: string,
  operators: readonly string[],
  shared: readonly string[],
): Guest => ({
  name,
  file: join(KERNELS, `${name}.elf`),
  linesFile: join(KERNELS, `${name}.lines`),
  family,
  sources: [...shared, ...operators.map(kernelOf)],
  operators: new Set(operators.map((operator) => operatorByName(operator)!.code)),
})

const INTEGER = ['matmul-uint8', 'matmul-int16', 'bias', 'relu', 'argmax']

const LANGUAGE = [
  'current-token',
  'embed',
  'rmsnorm',
  'matmul-grouped',
  'rope',
  'append',
  'attention',
  'swiglu',
  'add',
  'sample',
  'write-token',
  'advance',
]

const VISION = [
  'argmax',
  'matmul-grouped',
  'conv2d',
  'max-pool',
  'average-pool',
  'rectify',
  'add',
  'multiply',
  'softmax',
  'gather',
]

const LANGUAGE_F32 = [
  'current-token',
  'embed-f32',
  'rmsnorm-f32',
  'matmul-f32',
  'rope-f32',
  'append-f32',
  'attention-f32',
  'swiglu-f32',
  'add-f32',
  'sample-f32',
  'write-token',
  'advance',
]

const VISION_F32 = [
  'argmax-f32',
  'matmul-f32',
  'conv2d-f32',
  'max-pool-f32',
  'average-pool-f32',
  'rectify-f32',
  'add-f32',
  'multiply-f32',
  'softmax-f32',
  'gather',
]

const FIXED_POINT = ['fixed_point.c', 'grouped_matrix.c', 'row_products.c']

/** Small programs rather than one large one, as each level of a code tree is paid for in every arbitration. */
export const GUESTS: readonly Guest[] = [
  guest('guest', 'INTEGER_OPERATORS', INTEGER, ['rescale.c', 'matmul_shape.c']),
  guest('guest-language', 'LANGUAGE_OPERATORS', LANGUAGE, [
    ...FIXED_POINT,
    'tiles_within.c',
    'attend.c',
    'draw.c',
  ]),
  guest('guest-vision', 'VISION_OPERATORS', VISION, [...FIXED_POINT, 'window.c']),
  guest('guest-language-f32', 'LANGUAGE_F32_OPERATORS', LANGUAGE_F32, [
    'single.c',
    'tiles_within.c',
    'fixed_point.c',
    'draw.c',
  ]),
  guest('guest-vision-f32', 'VISION_F32_OPERATORS', VISION_F32, ['single.c', 'window.c']),
]

/** The first guest that has all of these operators; undefined where there is none. @param codes of the operators */
export const guestWith = (codes: readonly number[]): Guest | undefined =>
  GUESTS.find(({ operators }) => codes.every((code) => operators.has(code)))
