import { expect, test } from 'vitest'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { operatorByName } from '../../spec/graph/operators/index.ts'
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

// A model whose nodes might take longer than its step limit is refused by this number, and tiles are cut by it: too low
// and an honest server has no run, too high and tiles are far smaller than they need be.
test.each(CASES)(
  'KERNEL-7 %s %j takes at most the instructions of its bound, and not half of them less',
  (name, attributes, operands) => {
    const operator = operatorByName(name)!
    const descriptor = descriptorOf(name, attributes)
    const { instructions } = runInEngine({ descriptor, tiles: { firstTile: 0, tileCount: 1 }, operands })
    const bound = operator.instructionBound(descriptor, operator.outputElements(descriptor))
    expect(instructions).toBeLessThanOrEqual(bound)
    expect(instructions).toBeGreaterThan(bound / 2)
  },
)
