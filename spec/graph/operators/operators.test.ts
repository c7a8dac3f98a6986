import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Bytes } from '../../commitments/bytes.ts'
import { encodeDescriptor } from '../descriptor.ts'
import {
  executeNode,
  OPERATORS,
  operatorByCode,
  operatorByName,
  WHOLE_GRAPH_JOB,
  wholeNode,
} from './index.ts'
import { jobOf } from './job.arbitrary.ts'

const descriptor = (name: string, attributes: readonly number[], tileElements = 1000): Bytes =>
  encodeDescriptor({
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode: operatorByName(name)!.code,
    tileElements,
    attributes,
  })

const int8 = (...values: number[]): Bytes => new Uint8Array(Int8Array.from(values).buffer)
const int16 = (...values: number[]): Bytes => new Uint8Array(Int16Array.from(values).buffer)
const int32 = (...values: number[]): Bytes => new Uint8Array(Int32Array.from(values).buffer)
const asInt32 = (bytes: Bytes): number[] => [
  ...new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
]
const asInt16 = (bytes: Bytes): number[] => [
  ...new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
]

const PLAIN = [1, 0]

test('OP-MATMUL rows of weights times activations, each row with its own scale', () => {
  const weight = int8(1, 2, 3, -128, 127, 0)
  const scale = int32(...PLAIN, 3, 1)
  expect(asInt32(executeNode(descriptor('matmul-uint8', [2, 3]), [weight, int8(255, 10, 1), scale]))).toEqual(
    [278, -47055],
  )
  expect(
    asInt32(executeNode(descriptor('matmul-int16', [2, 3]), [weight, int16(-1, 300, -2), scale])),
  ).toEqual([593, 57342])
  const shifts = int32(8, 1, 8, 2, 8, 3, 8, 0)
  const four = executeNode(descriptor('matmul-uint8', [4, 1]), [int8(1, 1, 1, 1), int8(1), shifts])
  expect(asInt32(four)).toEqual([4, 2, 1, 8])
})

test('OP-WHOLE the job of a one-phase tower is one tile, no operand and no operator', () => {
  const bytes = new Uint8Array(512)
  bytes[28] = 1
  expect(WHOLE_GRAPH_JOB).toEqual(bytes)
})

// The sum is defined modulo 2^32 so that lanes and threads may add in any order: 512 x 2^22 = 2^31 wraps to -2^31.
test('OP-WRAP an int16 product that leaves int32 wraps', () => {
  const job = descriptor('matmul-int16', [1, 512])
  const weight = new Uint8Array(512).fill(0x80)
  const activation = int16(...Array.from({ length: 512 }, () => -(2 ** 15)))
  expect(asInt32(executeNode(job, [weight, activation, int32(...PLAIN)]))).toEqual([-(2 ** 31)])
})

test('OP-BIAS sums wrap at int32', () => {
  const sums = executeNode(descriptor('bias', [3]), [int32(1, 2 ** 31 - 1, -5), int32(2, 1, 5)])
  expect(asInt32(sums)).toEqual([3, -(2 ** 31), 0])
})

// A negative multiplier is nonsense that must still mean something: nothing negative comes out.
test('OP-RELU negative values become 0, large ones 32767', () => {
  const value = int32(-8, 0, 5, 2 ** 20)
  expect(asInt16(executeNode(descriptor('relu', [4, 1, 1]), [value]))).toEqual([0, 0, 3, 32767])
  expect(asInt16(executeNode(descriptor('relu', [4, 2 ** 32 - 1, 0]), [value]))).toEqual([0, 0, 0, 0])
})

test('OP-ARGMAX the lowest index wins a tie, no element gives 0', () => {
  const argmax = (...values: number[]): number[] =>
    asInt32(executeNode(descriptor('argmax', [values.length]), [int32(...values)]))
  expect(argmax(-7, 3, 3, 1)).toEqual([1])
  expect(argmax(-(2 ** 31), -(2 ** 31))).toEqual([0])
  expect(argmax(-2, 2 ** 31 - 1, -1)).toEqual([1])
  expect(argmax()).toEqual([0])
})

/** Of each operator. */
const RUNS = 30

// As in the machine: a tensor is a slot, and a slot is zero behind what was written.
test.each(OPERATORS)(
  'OP-ZERO $name: operand bytes that are not given are zero, bytes behind the tensor do not matter',
  ({ name }) => {
    fc.assert(
      fc.property(jobOf(name), ({ descriptor, operands, tiles }) => {
        const run = (change: (tensor: Bytes) => Bytes) =>
          executeNode(descriptor, operands.map(change), undefined, tiles)
        const half = (tensor: Bytes) => tensor.subarray(0, tensor.length >> 1)
        const padded = (tensor: Bytes) =>
          new Uint8Array(tensor.length).fill(0).map((_, i) => half(tensor)[i] ?? 0)
        expect(run(half)).toEqual(run(padded))
        expect(run((tensor) => Uint8Array.from([...tensor, 1, 2, 3]))).toEqual(run((tensor) => tensor))
      }),
      { numRuns: RUNS },
    )
  },
)

// Views of odd offset are what a file or a witness hands over.
test.each(OPERATORS)('OP-ALIGN $name: where a tensor lies in its buffer does not matter', ({ name }) => {
  const shifted = (tensor: Bytes) => Uint8Array.from([9, ...tensor]).subarray(1)
  fc.assert(
    fc.property(jobOf(name), ({ descriptor, operands, tiles }) => {
      expect(executeNode(descriptor, operands.map(shifted), undefined, tiles)).toEqual(
        executeNode(descriptor, operands, undefined, tiles),
      )
    }),
    { numRuns: RUNS },
  )
})

// The tile phase depends on it: the tiles of a node are run one by one, on what the ones before have written.
test.each(OPERATORS)(
  'OP-TILES $name: all tiles one after the other give the whole node, and each writes its own elements alone',
  ({ name }) => {
    fc.assert(
      fc.property(jobOf(name), fc.integer({ min: 1, max: 9 }), ({ descriptor, operands }, each) => {
        const operator = operatorByCode(descriptor[32]!)!
        const tiled = descriptor.slice()
        new DataView(tiled.buffer).setUint32(36, each, true)
        const tileCount = Math.ceil(operator.outputElements(tiled) / each)
        new DataView(tiled.buffer).setUint32(28, tileCount, true)
        let output: Bytes = new Uint8Array(0)
        for (let firstTile = 0; firstTile < tileCount; firstTile++)
          output = executeNode(tiled, operands, output, { firstTile, tileCount: 1 })
        expect(output).toEqual(executeNode(tiled, operands, undefined, wholeNode(tiled)))
      }),
      { numRuns: RUNS },
    )
  },
)

test('OP-INPLACE a node in place leaves the elements outside its tiles as they were', () => {
  const before = int32(7, 7, 7, 7, 7)
  const operands = [int32(1, 2, 3, 4), int32(10, 20, 30, 40)]
  const after = executeNode(descriptor('bias', [4], 1), operands, before, { firstTile: 1, tileCount: 2 })
  expect(asInt32(after)).toEqual([7, 22, 33, 7, 7])
})

test('OP-UNKNOWN an unknown operator leaves the output as it was', () => {
  const unknown = encodeDescriptor({
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode: 0xdead_beef,
    tileElements: 4,
    attributes: [4],
  })
  expect(executeNode(unknown, [int32(1, 2, 3, 4)])).toEqual(new Uint8Array(0))
  expect(executeNode(unknown, [], int32(5))).toEqual(int32(5))
})

// Shapes that no slot could hold are cut down, never an error: a descriptor may hold any bits.
test('OP-CLAMP shapes are clamped to what a slot holds', () => {
  const elements = (name: string, ...attributes: number[]) =>
    operatorByName(name)!.outputElements(descriptor(name, attributes))
  const most = 2 ** 32 - 1
  expect(elements('matmul-uint8', most, most)).toBe(2 ** 15)
  expect(elements('matmul-int16', most, 0)).toBe(2 ** 26)
  expect(elements('matmul-int16', most, 1000)).toBe(Math.floor(2 ** 29 / 1000))
  expect(elements('bias', most)).toBe(2 ** 27)
  expect(elements('relu', most)).toBe(2 ** 27)
  expect(elements('argmax', most)).toBe(1)
  for (const name of ['softmax', 'softmax-f32']) {
    expect(elements(name, most, 7)).toBe(7 * Math.floor(2 ** 27 / 7))
    expect(elements(name, most, 0)).toBe(0)
  }
  expect(elements('append', 1000, most)).toBe(1000 * Math.floor(2 ** 28 / 1000))
  expect(elements('append-f32', 1000, most)).toBe(1000 * Math.floor(2 ** 27 / 1000))
  expect(elements('swiglu', most)).toBe(2 ** 26)
  expect(elements('swiglu-f32', most)).toBe(2 ** 26)
  // Rows of one channel each; without a window's columns a row is as long as a slot allows.
  const convolution = (height: number, width: number, side: number, rows: number): number =>
    elements('conv2d', 1, height, width, side, side, 1, 1, 0, 0, height, width, rows, 0, 0)
  expect(convolution(100, 100, 1, most)).toBe(10_000 * Math.floor(2 ** 27 / 10_000))
  expect(convolution(0, 100, 1, most)).toBe(0)
})

test('OP-CLAMP operands are clamped to what a slot holds', () => {
  const bytes = (name: string, ...attributes: number[]) =>
    operatorByName(name)!.operandBytes(descriptor(name, attributes))
  const most = 2 ** 32 - 1
  const slot = 2 ** 29
  expect(bytes('argmax', most)).toEqual([slot])
  expect(bytes('append', 1000, 1, most)).toEqual([slot, 4])
  expect(bytes('append-f32', 1000, 1, most)).toEqual([slot, 4])
  // Rows of a cache: at most 2^16, and no more than fit.
  expect(bytes('attention', 8, 2, 64, most)).toEqual([4 * 512, 2 * 256 * 2 ** 16, 2 * 256 * 2 ** 16, 4])
  expect(bytes('attention', 1024, 1, 64, most)).toEqual([2 ** 18, slot, slot, 4])
  expect(bytes('attention-f32', 1024, 1, 64, most)).toEqual([2 ** 18, slot, slot, 4])
  expect(bytes('attention', 0, 1, 64, most)).toEqual([0, 0, 0, 4])
  expect(bytes('matmul-f32', 17, 128, 0)).toEqual([4 * 128, 4 * 32 * 128, 0])
  expect(bytes('conv2d-f32', 3, 5, 7, 1, 1, 1, 1, 0, 0, 5, 7, 1, 0)[0]).toBe(4 * 3 * 5 * 7)
  expect(bytes('conv2d', 3, 5, 7, 1, 1, 1, 1, 0, 0, 5, 7, 1, 0)[0]).toBe(4 * 3 * 5 * 7)
})

// What they write into was there before: a node that is not in place begins with an empty output.
test('OP-INPLACE these operators write in place', () => {
  const inPlace = OPERATORS.filter((operator) => operator.inPlace).map(({ name }) => name)
  expect(inPlace.toSorted()).toEqual(['advance', 'append', 'append-f32', 'write-token'])
})

test('OP-CODES codes and names are unique, and no operator has the code of a whole graph', () => {
  expect(new Set(OPERATORS.map(({ code }) => code)).size).toBe(OPERATORS.length)
  expect(new Set(OPERATORS.map(({ name }) => name)).size).toBe(OPERATORS.length)
  expect(operatorByCode(0)).toBeUndefined()
})

// Whoever computes natively keeps so many bytes of a tensor, zeros behind what is there, and none beyond.
test.each(OPERATORS)(
  'OP-BYTES $name: bytes behind those that an operator says it reads do not matter',
  ({ name }) => {
    fc.assert(
      fc.property(jobOf(name), ({ descriptor, operands, tiles }) => {
        const lengths = operatorByCode(descriptor[32]!)!.operandBytes(descriptor)
        const cut = operands.map((tensor, i) => tensor.subarray(0, lengths[i] ?? 0))
        expect(executeNode(descriptor, cut, undefined, tiles)).toEqual(
          executeNode(descriptor, operands, undefined, tiles),
        )
      }),
      { numRuns: RUNS },
    )
  },
)
