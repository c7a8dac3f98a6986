import fc from 'fast-check'
import type { Bytes } from '../../commitments/bytes.ts'
import { encodeDescriptor } from '../descriptor.ts'
import { OPERATORS, type TileRange } from './index.ts'

/** A node to run: any operator on any bits, of odd sizes, whole or a range of tiles. */
export interface Job {
  readonly descriptor: Bytes
  readonly operands: readonly Bytes[]
  readonly tiles: TileRange
}

/** Random bits, with runs of the extreme values that sums and products are most likely to trip over. */
export const tensorBits = (length: number): fc.Arbitrary<Bytes> =>
  fc
    .tuple(
      fc.uint8Array({ minLength: length, maxLength: length }),
      fc.constantFrom(undefined, 0x00, 0x7f, 0x80, 0xff),
    )
    .map(([bits, fill]) =>
      fill === undefined ? bits : bits.map((bit, i) => (bit % 4 === 0 || i < 4 ? bit : fill)),
    )

const shiftWord = fc.oneof(fc.integer({ min: 0, max: 66 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1))
const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })

/** int32[rows][2] with shifts near enough to the sums that results are neither all zero nor all saturated. */
const scaleBits = (rows: number): fc.Arbitrary<Bytes> =>
  fc
    .array(fc.tuple(word, shiftWord), { minLength: rows, maxLength: rows })
    .map((pairs) => new Uint8Array(Uint32Array.from(pairs.flat()).buffer))

interface Shape {
  readonly attributes: readonly number[]
  readonly operands: readonly fc.Arbitrary<Bytes>[]
  readonly elements: number
}

const matmul = (activationBytes: number, maxColumns: number): fc.Arbitrary<Shape> =>
  fc
    .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: maxColumns }))
    .map(([rows, columns]) => ({
      attributes: [rows, columns],
      operands: [tensorBits(rows * columns), tensorBits(activationBytes * columns), scaleBits(rows)],
      elements: rows,
    }))

const vector = (operandCount: number, extra: fc.Arbitrary<readonly number[]>): fc.Arbitrary<Shape> =>
  fc.tuple(fc.integer({ min: 0, max: 21 }), extra).map(([elements, attributes]) => ({
    attributes: [elements, ...attributes],
    operands: Array.from({ length: operandCount }, () => tensorBits(4 * elements)),
    elements,
  }))

const none = fc.constant([])
const SHAPES: Readonly<Record<string, fc.Arbitrary<Shape>>> = {
  'matmul-uint8': matmul(1, 50),
  // Long enough at times that sums of extreme values wrap.
  'matmul-int16': fc.oneof({ weight: 5, arbitrary: matmul(2, 50) }, { weight: 1, arbitrary: matmul(2, 600) }),
  bias: vector(2, none),
  relu: vector(1, fc.tuple(word, shiftWord)),
  argmax: vector(1, none),
}

/** Ranges inside, across and beyond the output, and numbers whose products do not fit 32 or 64 bits. */
const tileRange = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      firstTile: fc.integer({ min: 0, max: 7 }),
      tileCount: fc.integer({ min: 0, max: 8 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ firstTile: word, tileCount: word }) },
)

const tileElements = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 24 }) },
  { weight: 1, arbitrary: word },
)

export const jobOf = (name: string): fc.Arbitrary<Job> => {
  const operator = OPERATORS.find((candidate) => candidate.name === name)!
  return SHAPES[name]!.chain(({ attributes, operands, elements }) =>
    fc
      .tuple(fc.tuple(...operands), fc.oneof(fc.constant(elements), tileElements), tileRange, fc.boolean())
      .map(([tensors, each, range, whole]) => ({
        descriptor: encodeDescriptor({
          operands: [],
          outputSlot: 0,
          inPlace: false,
          tileCount: 1,
          operatorCode: operator.code,
          tileElements: whole ? elements : each,
          attributes,
        }),
        operands: tensors,
        tiles: whole ? { firstTile: 0, tileCount: 1 } : range,
      })),
  )
}
