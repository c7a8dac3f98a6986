import { expect, test } from 'vitest'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { executeNode, operatorByName } from '../../spec/graph/operators/index.ts'
import { descriptorOf, int32 } from '../../spec/graph/operators/operator.fixture.ts'
import { runInEngine } from './engineGuest.fixture.ts'

/** xorshift words, of magnitudes below 2^(31 - shift). */
const noise = (words: number, shift = 0): Bytes => {
  let state = 1
  return int32(
    ...Array.from({ length: words }, () => {
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      return state >> shift
    }),
  )
}

const REQUEST = int32(3, 1, 2, 90_000, 0, 0, 0, 0, 7, 7, 7)
const AT = (position: number): Bytes => int32(position)
const filled = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte)
const matrix = (panels: number, columns: number, exponent: number): readonly Bytes[] => [
  noise(panels * 4 * columns),
  noise((panels * columns) / 4),
  filled(16 * panels, exponent),
  noise((panels * columns) / 4 + 16 * panels),
]

/** Numbers up to 8 in magnitude. */
const floats = (count: number): Bytes => {
  const words = new Int32Array(noise(count).buffer)
  return new Uint8Array(Float32Array.from(words, (word) => word / 2 ** 28).buffer)
}

type Case = readonly [string, readonly number[], readonly Bytes[]]

/** Large enough that what an operator costs an element shows. The last tokens of caches, minima, residuals, full draws. */
const CASES: readonly Case[] = [
  ['matmul-uint8', [64, 784], [noise(16 * 784), noise(200), noise(128)]],
  ['matmul-int16', [64, 784], [noise(16 * 784), noise(400), noise(128)]],
  ['bias', [512], [noise(512), noise(512)]],
  ['relu', [512, 77_777, 3], [noise(512)]],
  ['argmax', [2000], [int32(...Array.from({ length: 2000 }, (_, i) => i))]],
  ['embed', [16, 576, 16, 1], [int32(3), ...matrix(1, 576, 20)]],
  ['rmsnorm', [576, 5, 0, 20], [noise(576), noise(576)]],
  ['matmul-grouped', [64, 576, 0, 0], [noise(576), ...matrix(4, 576, 32)]],
  ['matmul-grouped', [64, 576, 0, 3], [noise(576), ...matrix(4, 576, 32), noise(64)]],
  ['matmul-grouped', [64, 1536, 0, 3], [noise(1536), ...matrix(4, 1536, 3), noise(64)]],
  ['rope', [640, 64, 8], [noise(640), noise(512), AT(3)]],
  ['append', [192, 8, 7, 4], [noise(199), AT(2)]],
  [
    'attention',
    [1, 1, 64, 512, 1_000_000, 30, 16],
    [noise(64, 8), noise(64 * 256), noise(64 * 256), AT(511)],
  ],
  ['attention', [2, 2, 128, 100, 1_000_000, 30, 16], [noise(256), noise(64 * 100), noise(64 * 100), AT(99)]],
  ['swiglu', [512, 16, 16], [noise(1024, 12)]],
  ['add', [512], [noise(512), noise(512)]],
  ['sample', [20_000, 16], [noise(20_000, 12), REQUEST, AT(1)]],
  ['sample', [1024, 16], [noise(1024, 20), REQUEST, AT(1)]],
  [
    'conv2d',
    [8, 14, 14, 3, 3, 1, 1, 1, 1, 14, 14, 32, 0, 3],
    [noise(8 * 196), ...matrix(2, 96, 20), noise(32)],
  ],
  ['conv2d', [1, 28, 28, 5, 5, 2, 2, 0, 0, 12, 12, 16, 0, 0], [noise(784), ...matrix(1, 32, 20)]],
  ['max-pool', [4, 24, 24, 3, 3, 3, 3, 0, 0, 8, 8], [noise(4 * 576)]],
  ['average-pool', [8, 24, 24, 24, 24, 1, 1, 0, 0, 1, 1, 0], [noise(8 * 576)]],
  ['rectify', [512], [noise(512)]],
  ['multiply', [512, 20], [noise(512), noise(512)]],
  ['softmax', [2, 500, 16, 16], [noise(1000, 12)]],
  ['gather', [512, 512], [noise(512), noise(512, 22)]],
]

/** In software arithmetic a subnormal number takes longer than others, so bounds are farther from what these take. */
const FLOAT_CASES: readonly Case[] = [
  ['matmul-f32', [16, 128, 2], [floats(128), floats(2048), floats(16)]],
  ['rmsnorm-f32', [128, 0], [floats(128), floats(128)]],
  ['rope-f32', [128, 64, 16], [floats(128), floats(1024), AT(15)]],
  ['attention-f32', [1, 1, 64, 16, 0x3e00_0000], [floats(64), floats(1024), floats(1024), AT(15)]],
  ['swiglu-f32', [64], [floats(128)]],
  ['add-f32', [64], [floats(64), floats(65).subarray(4)]],
  ['multiply-f32', [64], [floats(64), floats(65).subarray(4)]],
  ['rectify-f32', [256], [floats(256)]],
  ['embed-f32', [16, 128], [AT(3), floats(2048)]],
  ['append-f32', [128, 16, 0], [floats(128), AT(15)]],
  ['sample-f32', [2000], [floats(2000), REQUEST, AT(1)]],
  ['argmax-f32', [2000], [floats(2000)]],
  ['conv2d-f32', [4, 6, 6, 3, 3, 1, 1, 0, 0, 4, 4, 16, 2], [floats(144), floats(1024), floats(16)]],
  ['max-pool-f32', [4, 12, 12, 3, 3, 3, 3, 0, 0, 4, 4], [floats(576)]],
  ['average-pool-f32', [4, 12, 12, 3, 3, 3, 3, 0, 0, 4, 4, 0], [floats(576)]],
  ['softmax-f32', [2, 50], [floats(100)]],
]

/** Instructions of a whole node, and its bound. */
const measured = ([name, attributes, operands]: Case) => {
  const operator = operatorByName(name)!
  const descriptor = descriptorOf(name, attributes)
  const { instructions } = runInEngine({ descriptor, tiles: { firstTile: 0, tileCount: 1 }, operands })
  return { instructions, bound: operator.instructionBound(descriptor, operator.outputElements(descriptor)) }
}

// A model whose nodes might take longer than its step limit is refused by this number, and tiles are cut by it: too low
// and an honest server has no run, too high and tiles are far smaller than they need be.
test.each(CASES)(
  'KERNEL-7 %s %j takes at most the instructions of its bound, and not half of them less',
  (...each) => {
    const { instructions, bound } = measured(each)
    expect(instructions).toBeLessThanOrEqual(bound)
    expect(instructions).toBeGreaterThan(bound / 2)
  },
)

test.each(FLOAT_CASES)(
  'KERNEL-7 %s %j takes at most the instructions of its bound, and not two thirds less',
  (...each) => {
    const { instructions, bound } = measured(each)
    expect(instructions).toBeLessThanOrEqual(bound)
    expect(instructions).toBeGreaterThan(bound / 3)
  },
)

/** Tiles that end where a head, a row or a channel does, and tiles that begin and end anywhere. */
interface Tiled {
  readonly of: Case
  readonly even: readonly number[]
  readonly odd: readonly number[]
}

const TILED: readonly Tiled[] = [
  { of: CASES.find(([name]) => name === 'attention')!, even: [64, 32], odd: [] },
  {
    of: [
      'attention',
      [4, 2, 32, 60, 1_000_000, 30, 16],
      [noise(128, 8), noise(64 * 60), noise(64 * 60), AT(59)],
    ],
    even: [16, 32, 64, 96, 128],
    odd: [48],
  },
  {
    of: [
      'attention',
      [16, 2, 4, 60, 1_000_000, 30, 16],
      [noise(64, 8), noise(32 * 60), noise(32 * 60), AT(59)],
    ],
    even: [4, 8, 64],
    odd: [3, 5, 7],
  },
  { of: ['softmax', [4, 300, 16, 16], [noise(1200, 12)]], even: [100, 300, 600, 1200], odd: [200, 450] },
  { of: ['softmax', [300, 4, 16, 16], [noise(1200, 12)]], even: [2, 4, 600], odd: [3, 6, 7] },
  {
    of: ['conv2d', [2, 14, 14, 3, 3, 1, 1, 1, 1, 14, 14, 20, 0, 1], [noise(2 * 196), ...matrix(2, 32, 20)]],
    even: [196, 588, 3920],
    odd: [49, 294, 200],
  },
  {
    of: [
      'attention-f32',
      [4, 2, 16, 12, 0x3e00_0000],
      [floats(64), floats(32 * 12), floats(32 * 12), AT(11)],
    ],
    even: [8, 16, 32, 64],
    odd: [24],
  },
  {
    of: [
      'attention-f32',
      [16, 2, 4, 12, 0x3e00_0000],
      [floats(64), floats(32 * 12), floats(32 * 12), AT(11)],
    ],
    even: [4, 8],
    odd: [3, 5, 7],
  },
  { of: ['softmax-f32', [4, 40], [floats(160)]], even: [20, 40, 160], odd: [30, 60] },
  { of: ['softmax-f32', [40, 4], [floats(160)]], even: [2, 4, 8], odd: [3, 6, 7] },
  {
    of: ['conv2d-f32', [2, 6, 6, 3, 3, 1, 1, 0, 0, 4, 4, 16, 2], [floats(72), floats(512), floats(16)]],
    even: [16, 48, 256],
    odd: [8, 24],
  },
]

/** Of the bound so much is taken: by the whole node, and by the dearest of its tiles of a size. */
const sharesOf = ([name, attributes, operands]: Case, size: number) => {
  const operator = operatorByName(name)!
  const descriptor = descriptorOf(name, attributes)
  const elements = operator.outputElements(descriptor)
  const share = (tile: number): number => {
    new DataView(descriptor.buffer).setUint32(36, tile, true)
    const instructions = Array.from(
      { length: Math.ceil(elements / tile) },
      (_, firstTile) =>
        runInEngine({ descriptor, tiles: { firstTile, tileCount: 1 }, operands }).instructions,
    )
    return Math.max(...instructions) / operator.instructionBound(descriptor, tile)
  }
  return { whole: share(elements), tile: share(size) }
}

const tilesThat = (fit: 'even' | 'odd') =>
  TILED.flatMap(({ of, [fit]: sizes }) => sizes.map((size) => [of[0], of[1], size, of] as const))

// What a tile costs depends on where it begins: a head, a row or a channel that it only touches is computed all the same.
test.each(tilesThat('even'))(
  'KERNEL-9 of %s %j the dearest tile of %i is as near to its bound as the whole node, to a fifth',
  (_, __, size, of) => {
    const { whole, tile } = sharesOf(of, size)
    expect(tile).toBeLessThanOrEqual(1)
    expect(tile).toBeGreaterThan(0.8 * whole)
    expect(tile).toBeLessThan(1.25 * whole)
  },
)

test.each(tilesThat('odd'))(
  'KERNEL-9 of %s %j a tile of %i takes at most its bound, and the dearest not half of that less',
  (_, __, size, of) => {
    const { whole, tile } = sharesOf(of, size)
    expect(tile).toBeLessThanOrEqual(1)
    expect(tile).toBeGreaterThan(0.5 * whole)
  },
)

// The machine has no square root: that of the kernel must be the correctly rounded one, subnormal numbers included.
test('KERNEL-8 the square root in software is the nearest number, of any number', () => {
  const SPECIAL = [
    0, 1, 0x8000_0000, 0x7f_ffff, 0x80_0000, 0x7f80_0000, 0x7fc0_0001, 0xbf80_0000, 0xff80_0000,
  ]
  const random = [...new Uint32Array(noise(200).buffer)].map((word) => word % 2 ** 31)
  for (const bits of [...SPECIAL, ...random, ...random.map((word) => word >>> 8)]) {
    // Squares of x vanish, so epsilon alone is under the root; the gain brings the quotient back.
    const operands = [
      new Uint8Array(Float32Array.of(1e-30).buffer),
      new Uint8Array(Float32Array.of(1e30).buffer),
    ]
    const descriptor = descriptorOf('rmsnorm-f32', [1, bits])
    const { output } = runInEngine({ descriptor, tiles: { firstTile: 0, tileCount: 1 }, operands })
    expect(output(4), `root of 0x${bits.toString(16)}`).toEqual(executeNode(descriptor, operands))
  }
})
