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

/** Words as a tensor. */
const words = (...values: readonly fc.Arbitrary<number>[]): fc.Arbitrary<Bytes> =>
  fc.tuple(...values).map((each) => new Uint8Array(Uint32Array.from(each).buffer))

/** Random bits, and values of every magnitude: int32 whose upper bits are mostly sign. */
const int32Bits = (count: number): fc.Arbitrary<Bytes> =>
  fc.oneof(
    tensorBits(4 * count),
    fc
      .tuple(tensorBits(4 * count), fc.integer({ min: 1, max: 31 }))
      .map(
        ([bits, shift]) => new Uint8Array(new Int32Array(bits.slice().buffer).map((x) => x >> shift).buffer),
      ),
  )

/** A position inside a context of so many rows, at its end, or anywhere. */
const position = (context: number): fc.Arbitrary<Bytes> =>
  words(
    fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: context }) }, { weight: 1, arbitrary: word }),
  )

const PANEL = 16

/** w, S, E and M of a grouped matrix; its exponents mostly such that products come to int32. */
const groupedMatrix = (rows: number, columns: number): readonly fc.Arbitrary<Bytes>[] => {
  const panels = Math.ceil(rows / PANEL)
  const groups = Math.floor(columns / 32)
  const exponents = fc.oneof(
    tensorBits(PANEL * panels),
    fc
      .array(fc.integer({ min: 0, max: 40 }), { minLength: PANEL * panels, maxLength: PANEL * panels })
      .map((each) => Uint8Array.from(each)),
  )
  return [
    tensorBits(panels * PANEL * columns),
    tensorBits(panels * PANEL * groups * 2),
    exponents,
    tensorBits(panels * PANEL * Math.ceil(groups / 2) * 4),
  ]
}

const smallShift = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -20, max: 40 }) },
  { weight: 1, arbitrary: word },
)
const flags = fc.integer({ min: 0, max: 3 })

const matrixRun = fc
  .tuple(fc.integer({ min: 0, max: 37 }), fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 31 }))
  .map(([rows, groups, odd]) => ({ rows, columns: 32 * groups, asked: 32 * groups + (groups > 0 ? odd : 0) }))

const matmulGrouped: fc.Arbitrary<Shape> = fc
  .tuple(matrixRun, smallShift, flags)
  .map(([{ rows, columns, asked }, shift, flag]) => ({
    attributes: [rows, asked, shift, flag],
    operands: [int32Bits(columns), ...groupedMatrix(rows, columns), int32Bits(rows)],
    elements: rows,
  }))

const embed: fc.Arbitrary<Shape> = fc
  .tuple(matrixRun, smallShift, flags)
  .map(([{ rows, columns, asked }, fraction, flag]) => ({
    attributes: [rows, asked, fraction, flag],
    operands: [position(rows), ...groupedMatrix(Math.max(rows, 1), columns)],
    elements: columns,
  }))

const rmsnorm: fc.Arbitrary<Shape> = fc
  .tuple(fc.integer({ min: 0, max: 40 }), word, fc.oneof(fc.constant(0), word), smallShift)
  .map(([n, low, high, shift]) => ({
    attributes: [n, low, high, shift],
    operands: [int32Bits(n), int32Bits(n)],
    elements: n,
  }))

const rope: fc.Arbitrary<Shape> = fc
  .record({
    heads: fc.integer({ min: 0, max: 3 }),
    dim: fc.integer({ min: 0, max: 9 }),
    context: fc.integer({ min: 0, max: 4 }),
  })
  .map(({ heads, dim, context }) => {
    const even = dim - (dim % 2)
    return {
      attributes: [heads * even + (heads > 0 ? 1 : 0), dim, context],
      operands: [int32Bits(heads * even), int32Bits(Math.max(context, 1) * even), position(context)],
      elements: heads * even,
    }
  })

const append: fc.Arbitrary<Shape> = fc
  .record({
    width: fc.integer({ min: 0, max: 12 }),
    context: fc.integer({ min: 0, max: 4 }),
    offset: fc.integer({ min: 0, max: 9 }),
    shift: smallShift,
  })
  .map(({ width, context, offset, shift }) => ({
    attributes: [width, context, offset, shift],
    operands: [int32Bits(offset + width), position(context)],
    elements: width * Math.max(context, 1),
  }))

const attention: fc.Arbitrary<Shape> = fc
  .record({
    heads: fc.integer({ min: 0, max: 4 }),
    shared: fc.integer({ min: 0, max: 3 }),
    dim: fc.integer({ min: 0, max: 19 }),
    // More tokens at times than are summed in 32 bits.
    context: fc.oneof(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 15, max: 35 })),
    multiplier: fc.oneof(word, fc.integer({ min: 1, max: 2 ** 24 })),
    scoreShift: smallShift,
    outShift: smallShift,
  })
  .map(({ heads, shared, dim, context, multiplier, scoreShift, outShift }) => {
    const whole = dim - (dim % 4)
    const cache = tensorBits(Math.max(context, 1) * Math.ceil(heads / Math.max(shared, 1)) * whole * 2)
    return {
      attributes: [heads, shared, dim, context, multiplier, scoreShift, outShift],
      operands: [int32Bits(heads * whole), cache, cache, position(context)],
      elements: heads * whole,
    }
  })

const swiglu: fc.Arbitrary<Shape> = fc
  .tuple(fc.integer({ min: 0, max: 21 }), fc.integer({ min: 0, max: 33 }), smallShift)
  .map(([n, fraction, shift]) => ({
    attributes: [n, fraction, shift],
    operands: [int32Bits(2 * n)],
    elements: n,
  }))

const PROMPT_CAPACITY = 5
const ANSWER_CAPACITY = 4
const END_TOKENS = [7, 2 ** 32 - 2]

const request = fc
  .tuple(
    words(fc.oneof(fc.integer({ min: 0, max: 7 }), word), word, word),
    words(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 20 }), word)),
    words(
      fc.oneof(fc.integer({ min: 0, max: 30 }), word),
      fc.oneof(fc.integer({ min: 0, max: 2 ** 16 }), word),
    ),
    words(word, word),
    tensorBits(4 * PROMPT_CAPACITY),
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])))

const token = fc.oneof(fc.constantFrom(...END_TOKENS, 2 ** 32 - 1), fc.integer({ min: 0, max: 9 }), word)
const answer = words(...Array.from({ length: ANSWER_CAPACITY }, () => token))
const anyPosition = position(PROMPT_CAPACITY + ANSWER_CAPACITY)

const currentToken: fc.Arbitrary<Shape> = fc.constant({
  attributes: [PROMPT_CAPACITY, ANSWER_CAPACITY],
  operands: [request, answer, anyPosition],
  elements: 1,
})

const writeToken: fc.Arbitrary<Shape> = fc.integer({ min: 0, max: 2 }).map((ends) => ({
  attributes: [PROMPT_CAPACITY, ANSWER_CAPACITY, ends, ...END_TOKENS],
  operands: [words(token), request, anyPosition, answer],
  elements: ANSWER_CAPACITY,
}))

const advance: fc.Arbitrary<Shape> = fc.constant({ attributes: [], operands: [words(word)], elements: 1 })

const sample: fc.Arbitrary<Shape> = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 33 }))
  .chain(([n, fraction]) =>
    // Few bits at times, so that many are equal.
    fc.constantFrom(0, 20, 30).map((shift) => ({
      attributes: [n, fraction],
      operands: [
        tensorBits(4 * n).map(
          (bits) => new Uint8Array(new Int32Array(bits.slice().buffer).map((x) => x >> shift).buffer),
        ),
        request,
        anyPosition,
      ],
      elements: 1,
    })),
  )

/** channels, height, width, kernel, strides, padding, output: of any relation to each other. */
const windowAttributes = fc
  .record({
    channels: fc.integer({ min: 0, max: 3 }),
    size: fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })),
    kernel: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 2 })),
    pad: fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 })),
    out: fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 4 })),
  })
  .map(({ channels, size, kernel, stride, pad, out }) => [
    channels,
    ...size,
    ...kernel,
    ...stride,
    ...pad,
    ...out,
  ])

const conv2d: fc.Arbitrary<Shape> = fc
  .tuple(windowAttributes, fc.integer({ min: 0, max: 21 }), smallShift, flags)
  .map(([window, outChannels, shift, flag]) => {
    const [channels, height, width, kernelHeight, kernelWidth] = window as [
      number,
      number,
      number,
      number,
      number,
    ]
    const columns = Math.ceil((channels * kernelHeight * kernelWidth) / 32) * 32
    return {
      attributes: [...window, outChannels, shift, flag],
      operands: [
        int32Bits(channels * height * width),
        ...groupedMatrix(outChannels, columns),
        int32Bits(outChannels),
      ],
      elements: outChannels * window[9]! * window[10]!,
    }
  })

const pool: fc.Arbitrary<Shape> = fc
  .tuple(windowAttributes, fc.integer({ min: 0, max: 1 }))
  .map(([window, covers]) => ({
    attributes: [...window, covers],
    operands: [int32Bits(window[0]! * window[1]! * window[2]!)],
    elements: window[0]! * window[9]! * window[10]!,
  }))

const softmax: fc.Arbitrary<Shape> = fc
  .record({
    rows: fc.integer({ min: 0, max: 4 }),
    columns: fc.integer({ min: 0, max: 12 }),
    fraction: fc.integer({ min: 0, max: 33 }),
    outFraction: smallShift,
  })
  .map(({ rows, columns, fraction, outFraction }) => ({
    attributes: [rows, columns, fraction, outFraction],
    operands: [int32Bits(rows * columns)],
    elements: rows * columns,
  }))

const gather: fc.Arbitrary<Shape> = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 9 }))
  .map(([n, m]) => ({
    attributes: [n, m],
    operands: [
      tensorBits(4 * Math.max(m, 1)),
      words(...Array.from({ length: n }, () => fc.oneof(fc.integer({ min: 0, max: 9 }), word))),
    ],
    elements: n,
  }))

/** Numbers of ordinary size, of any size, and among them what is special: NaN of any payload, infinities, subnormals. */
const floatBits = (count: number): fc.Arbitrary<Bytes> => {
  const special = fc.constantFrom(
    0,
    1,
    0x8000_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0xffa5_a5a5,
    0x0070_0000,
  )
  const ordinary = fc
    .float({ min: -20, max: 20, noNaN: true })
    .map((x) => new Uint32Array(Float32Array.of(x).buffer)[0]!)
  const tensorOf = (element: fc.Arbitrary<number>) =>
    fc
      .array(element, { minLength: count, maxLength: count })
      .map((values) => new Uint8Array(Uint32Array.from(values).buffer))
  return fc.oneof(
    { weight: 3, arbitrary: tensorOf(ordinary) },
    {
      weight: 1,
      arbitrary: tensorOf(fc.oneof({ weight: 9, arbitrary: ordinary }, { weight: 1, arbitrary: special })),
    },
    { weight: 1, arbitrary: tensorBits(4 * count) },
  )
}

const floatMatrix = (rows: number, columns: number): fc.Arbitrary<Bytes> =>
  floatBits(Math.ceil(rows / PANEL) * PANEL * columns)

const smallMatrix = fc
  .tuple(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 0, max: 2 }))
  .map(([rows, groups]) => ({ rows, columns: 32 * groups }))

const matmulF32: fc.Arbitrary<Shape> = fc.tuple(smallMatrix, flags).map(([{ rows, columns }, flag]) => ({
  attributes: [rows, columns, flag],
  operands: [floatBits(columns), floatMatrix(rows, columns), floatBits(rows)],
  elements: rows,
}))

const embedF32: fc.Arbitrary<Shape> = smallMatrix.map(({ rows, columns }) => ({
  attributes: [rows, columns],
  operands: [position(rows), floatMatrix(Math.max(rows, 1), columns)],
  elements: columns,
}))

const vectorF32 = (operandCount: number): fc.Arbitrary<Shape> =>
  fc.integer({ min: 0, max: 21 }).map((elements) => ({
    attributes: [elements],
    operands: Array.from({ length: operandCount }, () => floatBits(elements)),
    elements,
  }))

const floatWord = floatBits(1).map((bytes) => new Uint32Array(bytes.slice().buffer)[0]!)

/** The shape of a fixed-point operator, with operands of as many float32 where `floats` says. */
const asFloats = (
  shape: fc.Arbitrary<Shape>,
  floats: readonly number[],
  attributesOf: (attributes: readonly number[], word: number) => readonly number[],
): fc.Arbitrary<Shape> =>
  fc.tuple(shape, floatWord).map(([{ attributes, operands, elements }, bits]) => ({
    attributes: attributesOf(attributes, bits),
    operands: operands.map((operand, i) =>
      floats.includes(i) ? operand.chain(({ length }) => floatBits(length / 4)) : operand,
    ),
    elements,
  }))

const attentionF32: fc.Arbitrary<Shape> = asFloats(attention, [0], ([heads, shared, dim, context], scale) => [
  heads!,
  shared!,
  dim!,
  context!,
  scale,
]).map(({ attributes, operands, elements }) => {
  const cache = operands[1]!.chain(({ length }) => floatBits(length / 2))
  return { attributes, operands: [operands[0]!, cache, cache, operands[3]!], elements }
})

const conv2dF32: fc.Arbitrary<Shape> = fc
  .tuple(windowAttributes, fc.integer({ min: 0, max: 18 }), flags)
  .map(([window, outChannels, flag]) => {
    const [channels, height, width, kernelHeight, kernelWidth] = window as [
      number,
      number,
      number,
      number,
      number,
    ]
    const columns = Math.ceil((channels * kernelHeight * kernelWidth) / 32) * 32
    return {
      attributes: [...window, outChannels, flag],
      operands: [
        floatBits(channels * height * width),
        floatMatrix(outChannels, columns),
        floatBits(outChannels),
      ],
      elements: outChannels * window[9]! * window[10]!,
    }
  })

const sampleF32: fc.Arbitrary<Shape> = fc.integer({ min: 0, max: 40 }).map((n) => ({
  attributes: [n],
  operands: [floatBits(n), request, anyPosition],
  elements: 1,
}))

const same = (attributes: readonly number[]): readonly number[] => attributes

const none = fc.constant([])
const SHAPES: Readonly<Record<string, fc.Arbitrary<Shape>>> = {
  'matmul-uint8': matmul(1, 50),
  // Long enough at times that sums of extreme values wrap.
  'matmul-int16': fc.oneof({ weight: 5, arbitrary: matmul(2, 50) }, { weight: 1, arbitrary: matmul(2, 600) }),
  bias: vector(2, none),
  relu: vector(1, fc.tuple(word, shiftWord)),
  argmax: vector(1, none),
  'current-token': currentToken,
  embed,
  rmsnorm,
  'matmul-grouped': matmulGrouped,
  rope,
  append,
  attention,
  swiglu,
  add: vector(2, none),
  sample,
  'write-token': writeToken,
  advance,
  conv2d,
  'max-pool': pool,
  'average-pool': pool,
  rectify: vector(1, none),
  multiply: vector(2, fc.tuple(smallShift)),
  softmax,
  gather,
  'embed-f32': embedF32,
  'rmsnorm-f32': asFloats(rmsnorm, [0, 1], ([n], epsilon) => [n!, epsilon]),
  'matmul-f32': matmulF32,
  'rope-f32': asFloats(rope, [0, 1], same),
  'append-f32': asFloats(append, [0], same),
  'attention-f32': attentionF32,
  'swiglu-f32': asFloats(swiglu, [0], same),
  'sample-f32': sampleF32,
  'add-f32': vectorF32(2),
  'multiply-f32': vectorF32(2),
  'rectify-f32': vectorF32(1),
  'conv2d-f32': conv2dF32,
  'max-pool-f32': asFloats(pool, [0], same),
  'average-pool-f32': asFloats(pool, [0], same),
  'softmax-f32': asFloats(softmax, [0], same),
  'argmax-f32': vectorF32(1).map((shape) => ({ ...shape, elements: 1 })),
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
