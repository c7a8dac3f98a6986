import type { Bytes } from '../commitments/bytes.ts'
import { decodeHead } from './descriptor.ts'
import { operatorByCode, operatorCodeOf, tileElementsOf } from './operators/index.ts'
import type { Operator } from './operators/operator.ts'

/**
 * Instructions that a tile's run should have at most: so few that it is dissected and proved in a moment, and so many
 * that a node has few tiles.
 */
export const TILE_INSTRUCTIONS = 2 ** 24

export interface Tiling {
  readonly tileElements: number
  readonly tileCount: number
}

/**
 * How a model's node is cut: into tiles of the largest power of two elements whose run is certain to stay within
 * `TILE_INSTRUCTIONS`; not at all where the whole node does. Where even one element is more, as with attention over a
 * very long context, the tiles are the largest that cost no more than it.
 *
 * A tile of a large node has more than a quarter of these instructions: twice as many elements would be too many, and
 * bounds are within twice of what is measured.
 */
export const tilingOf = ({ instructionBound, outputElements }: Operator, descriptor: Bytes): Tiling => {
  const elements = outputElements(descriptor)
  const most = Math.max(TILE_INSTRUCTIONS, instructionBound(descriptor, 1))
  if (instructionBound(descriptor, elements) <= most) return { tileElements: elements, tileCount: 1 }
  let tileElements = 2 ** Math.ceil(Math.log2(elements) - 1)
  while (instructionBound(descriptor, tileElements) > most) tileElements /= 2
  return { tileElements, tileCount: Math.ceil(elements / tileElements) }
}

/**
 * Instructions that the guest takes at most for the whole node (the job of a tower without the tile phase), or for one
 * tile of it. An unknown operator ends at once.
 */
export const instructionBound = (descriptor: Bytes, part: 'node' | 'tile'): number => {
  const operator = operatorByCode(operatorCodeOf(descriptor))
  if (operator === undefined) return UNKNOWN_OPERATOR_INSTRUCTIONS
  const tiles = part === 'tile' ? 1 : decodeHead(descriptor).tileCount
  const elements = Math.min(tiles * tileElementsOf(descriptor), operator.outputElements(descriptor))
  return operator.instructionBound(descriptor, elements)
}

const UNKNOWN_OPERATOR_INSTRUCTIONS = 400
