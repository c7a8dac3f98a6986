import { type Bytes, fromBigEndian, littleEndian } from '../../spec/commitments/bytes.ts'
import { ELEMENT_TYPES, type GraphNode } from '../../spec/graph/graphModel.ts'

/** One element of one node's output is false: so much is added to it, which wraps in its type. */
export interface ElementLie {
  readonly node: number
  readonly element: number
  readonly add: number
}

/** Bytes of one element of a node's output. */
export const elementBytes = ({ outputType }: GraphNode): number => ELEMENT_TYPES[outputType].bytes

/**
 * A copy of what a node wrote, with its lie.
 *
 * @param offset of the first byte that was written, in the output
 * @throws RangeError where the node did not write the element
 */
export const alterElement = (node: GraphNode, written: Bytes, lie: ElementLie, offset = 0): Bytes => {
  const width = elementBytes(node)
  const at = lie.element * width - offset
  if (at < 0 || at >= written.length)
    throw new RangeError(`${node.name} does not write element ${lie.element}`)
  const altered = written.slice()
  const sum = fromBigEndian(written.slice(at, at + width).reverse()) + BigInt(lie.add)
  altered.set(littleEndian(BigInt.asUintN(8 * width, sum), width), at)
  return altered
}
