import {
  type Descriptor,
  decodeHead,
  descriptorRoot,
  encodeDescriptor,
  encodeRange,
  jobRoot,
  type OperandReference,
} from '../../graph/descriptor.ts'
import { OPERATORS, WHOLE_GRAPH_JOB } from '../../graph/operators/index.ts'
import { type Draws, drawsFrom } from './draws.ts'
import type { VectorFile } from './json.ts'

const MAX_INDEX = 2 ** 30 - 1
const MAX_UINT32 = 2 ** 32 - 1

const value = (index: number): OperandReference => ({ kind: 'value', index })
const weight = (index: number): OperandReference => ({ kind: 'weight', index })
const none: OperandReference = { kind: 'none', index: 0 }

const operand = (draws: Draws): OperandReference =>
  draws.pick([none, value(draws.below(64)), weight(draws.below(64)), value(MAX_INDEX), weight(MAX_INDEX)])

/** 118 attributes fill the descriptor to its last byte. */
const MAX_ATTRIBUTES = 118

const descriptorCases = (draws: Draws): readonly Descriptor[] => {
  const plain: Descriptor = {
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode: 0,
    tileElements: 0,
    attributes: [],
  }
  const random = (): Descriptor => ({
    operands: Array.from({ length: draws.below(7) }, () => operand(draws)),
    outputSlot: draws.pick([0, 1, 17, 2 ** 31 - 1]),
    inPlace: draws.pick([false, true]),
    tileCount: draws.pick([0, 1, 2, 1000, MAX_UINT32]),
    operatorCode: draws.pick(OPERATORS).code,
    tileElements: draws.pick([0, 1, 32, MAX_UINT32]),
    attributes: Array.from({ length: draws.below(6) }, () => draws.below(2 ** 32)),
  })
  return [
    plain,
    { ...plain, operands: [value(0)] },
    { ...plain, operands: [none, weight(MAX_INDEX), none, value(MAX_INDEX)] },
    { ...plain, operands: [1, 2, 3, 4, 5, 6].map(value) },
    { ...plain, outputSlot: 2 ** 31 - 1, inPlace: true },
    { ...plain, tileCount: MAX_UINT32, tileElements: MAX_UINT32, operatorCode: MAX_UINT32 },
    { ...plain, attributes: Array.from({ length: MAX_ATTRIBUTES }, (_, i) => i + 1) },
    ...Array.from({ length: 12 }, random),
  ]
}

/** Heads of any 32 bytes: reserved kinds, no tiles, and indices beyond every tree have a meaning too. */
const heads = (draws: Draws) =>
  [
    new Uint8Array(32),
    new Uint8Array(32).fill(0xff),
    new Uint8Array(32).fill(0x80),
    new Uint8Array(32).fill(0x40),
    ...Array.from({ length: 24 }, () => draws.bytes(32)),
    ...Array.from({ length: 4 }, () => draws.bytes(32).fill(0, 28)),
  ].map((bytes) => ({ bytes, head: decodeHead(bytes) }))

const RANGES = [
  [0, 1],
  [0, 0],
  [1, 1],
  [5, 32],
  [MAX_UINT32, MAX_UINT32],
] as const

export const descriptorVectors = (): VectorFile => {
  const draws = drawsFrom(2)
  const descriptors = descriptorCases(draws).map((descriptor) => {
    const bytes = encodeDescriptor(descriptor)
    return { descriptor, bytes, root: descriptorRoot(bytes) }
  })
  return {
    about:
      'Descriptors and job pages: spec/graph/descriptor. A job root is that of the upper half of slot 0, of height 23.',
    operators: OPERATORS.map(({ code, name, outputType }) => ({ code, name, outputType })),
    descriptors,
    heads: heads(draws),
    ranges: RANGES.map(([firstTile, tileCount]) => ({
      firstTile,
      tileCount,
      bytes: encodeRange(firstTile, tileCount),
    })),
    jobs: [...descriptors.slice(0, 6).map(({ root }) => root), descriptorRoot(WHOLE_GRAPH_JOB)].flatMap(
      (root) =>
        RANGES.map(([firstTile, tileCount]) => ({
          descriptorRoot: root,
          firstTile,
          tileCount,
          jobRoot: jobRoot(root, firstTile, tileCount),
        })),
    ),
  }
}
