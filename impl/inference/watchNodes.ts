import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { attribute } from '../../spec/graph/operators/operator.ts'
import type { Observe } from '../convert/llama/reference.ts'
import { collectDeviations, type OperatorDeviation, relativeDeviation } from './deviations.ts'

/** Fraction bits of a node's output, as the descriptors say; undefined where it is no fixed-point number. */
const fractionBitsOf = (nodes: readonly GraphNode[]): ((name: string) => number | undefined) => {
  const embedding = nodes.find(({ operator }) => operator === 'embed')
  const gated = nodes.find(({ operator }) => operator === 'swiglu')
  if (embedding === undefined || gated === undefined) return () => undefined
  const input = attribute(gated.descriptor, 1)
  const residual = attribute(embedding.descriptor, 2)
  const swiglu = 2 * input - attribute(gated.descriptor, 2)
  return (name) => {
    if (name === 'embedding' || name.endsWith('output')) return residual
    return name.endsWith('swiglu') ? swiglu : input
  }
}

/** A value of the reference beside the node's of the same name. */
export interface NodeValue {
  readonly expected: Float64Array
  readonly found: Float64Array
}

export interface WatchedNodes {
  /** For the reference, while it reads the positions. */
  readonly observe: Observe
  /**
   * Compares what the nodes gave at a position.
   *
   * @param tensorOf what stands in a value slot
   * @returns the values by the node's name
   */
  readonly compare: (position: number, tensorOf: (slot: number) => Bytes) => ReadonlyMap<string, NodeValue>
  readonly report: () => readonly OperatorDeviation[]
}

/** Compares a LLaMA's nodes with the reference's values of the same name, at the first positions of one sequence. */
export const watchNodes = (graphNodes: readonly GraphNode[], positions: number): WatchedNodes => {
  const nodes = new Map(graphNodes.map((node) => [node.name, node]))
  const bitsOf = fractionBitsOf(graphNodes)
  const rows = new Map<string, readonly Float64Array[]>()
  const deviations = collectDeviations()
  return {
    observe: (name, block, values) => {
      const node = block < 0 ? name : `block ${block} ${name}`
      if (nodes.has(node)) rows.set(node, values.slice(0, positions))
    },
    compare: (position, tensorOf) => {
      const values = new Map<string, NodeValue>()
      for (const [name, row] of rows) {
        const expected = row[position]
        if (expected === undefined) continue
        const { operator, outputSlot } = nodes.get(name)!
        const { buffer, byteOffset } = tensorOf(outputSlot)
        const bits = bitsOf(name)
        const found =
          bits === undefined
            ? Float64Array.from(new Float32Array(buffer, byteOffset, expected.length))
            : Float64Array.from(new Int32Array(buffer, byteOffset, expected.length), (x) => x * 2 ** -bits)
        deviations.add(operator, name, relativeDeviation(expected, found))
        values.set(name, { expected, found })
      }
      return values
    },
    report: deviations.report,
  }
}
