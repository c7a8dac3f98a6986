import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeDescriptor } from './descriptor.ts'
import { OPERATORS, operatorByName } from './operators/index.ts'
import { jobOf } from './operators/job.arbitrary.ts'
import { descriptorOf } from './operators/operator.fixture.ts'
import type { Operator } from './operators/operator.ts'
import { instructionBound, TILE_INSTRUCTIONS, tilingOf } from './tiles.ts'

const tiled = (operator: Operator, attributes: readonly number[]) => {
  const tiling = tilingOf(operator, descriptorOf(operator.name, attributes))
  const plan = { operands: [], outputSlot: 0, inPlace: false, operatorCode: operator.code, attributes }
  return { tiling, descriptor: encodeDescriptor({ ...plan, ...tiling }) }
}

/** Shapes as LLaMA-7B has them: node, attributes, elements. */
const LARGE = [
  ['matmul-grouped', [12288, 4096, 0, 1], 12288],
  ['matmul-grouped', [4096, 11008, 0, 3], 4096],
  ['matmul-grouped', [32000, 4096, 0, 1], 32000],
  ['attention', [32, 1, 128, 4096, 1, 1, 1], 4096],
] as const

// The range that the issue of a dispute is settled in: dissected in a few moves, proved in a second.
test.each(LARGE)(
  'TILES-1 %s %j has tiles of 2^20 to 2^24 instructions, of a power of two elements',
  (name, attributes, elements) => {
    const operator = operatorByName(name)!
    const { tiling, descriptor } = tiled(operator, attributes)
    expect(operator.outputElements(descriptor)).toBe(elements)
    expect(Math.log2(tiling.tileElements) % 1).toBe(0)
    expect(tiling.tileCount).toBe(Math.ceil(elements / tiling.tileElements))
    const bound = instructionBound(descriptor, 'tile')
    expect(bound).toBeLessThanOrEqual(TILE_INSTRUCTIONS)
    expect(bound).toBeGreaterThan(2 ** 21)
    expect(instructionBound(descriptor, 'node')).toBeGreaterThan(bound)
  },
)

/** Of each operator. */
const RUNS = 30

test.each(OPERATORS)(
  'TILES-2 $name: what takes few instructions is one tile, and all tiles together are the output',
  (operator) => {
    fc.assert(
      fc.property(jobOf(operator.name), ({ descriptor }) => {
        const elements = operator.outputElements(descriptor)
        expect(tilingOf(operator, descriptor)).toEqual({ tileElements: elements, tileCount: 1 })
        expect(operator.instructionBound(descriptor, elements)).toBeLessThan(TILE_INSTRUCTIONS)
      }),
      { numRuns: RUNS },
    )
  },
)

// Attention over 2^16 tokens is more than a tile should be, however small.
test('TILES-3 where one element is too much, tiles are as large as costs no more', () => {
  const { tiling, descriptor } = tiled(operatorByName('attention')!, [8, 1, 256, 2 ** 16, 1, 1, 1])
  expect(tiling).toEqual({ tileElements: 256, tileCount: 8 })
  expect(instructionBound(descriptor, 'tile')).toBeGreaterThan(TILE_INSTRUCTIONS)
})

test.each(OPERATORS)('TILES-4 $name: bounds grow with the elements', ({ name, instructionBound: bound }) => {
  fc.assert(
    fc.property(jobOf(name), ({ descriptor }) => {
      expect(bound(descriptor, 2)).toBeGreaterThanOrEqual(bound(descriptor, 1))
      expect(bound(descriptor, 64)).toBeGreaterThanOrEqual(bound(descriptor, 32))
    }),
    { numRuns: RUNS },
  )
})

test('TILES-4 an unknown operator ends at once', () => {
  const unknown = { operands: [], outputSlot: 0, inPlace: false, tileCount: 9, operatorCode: 12345 }
  const descriptor = encodeDescriptor({ ...unknown, tileElements: 9, attributes: [] })
  expect(instructionBound(descriptor, 'node')).toBeLessThan(1000)
})
