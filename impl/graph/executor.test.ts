import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, concat } from '../../spec/commitments/bytes.ts'
import { readBytes } from '../../spec/commitments/memory.ts'
import { encodeDescriptor } from '../../spec/graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { operatorByName, WHOLE_GRAPH_JOB } from '../../spec/graph/operators/index.ts'
import { runGuest } from '../kernels/guest.fixture.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { oneImage, valueAddresses } from '../models/oneImage.ts'
import { execute, executeFrom, infer, initialValues, runNode, withOutput } from './executor.ts'
import { nodeFromDescriptor, planNode } from './node.ts'

const MODEL = loadModel('mnist-mlp')
const DIGITS = testDigits()

/** Outputs of all nodes, from a run of the whole graph in the machine (k = 1). */
const outputsInMachine = (model: GraphModel, input: Bytes): readonly Bytes[] => {
  const tiles = { firstTile: 0, tileCount: 1 }
  const { memory, exitCode } = runGuest({
    descriptor: WHOLE_GRAPH_JOB,
    tiles,
    operands: [input, oneImage(model)],
  })
  expect(exitCode).toBe(0)
  const addresses = valueAddresses(model)
  const sizes = execute(model, input).map((output) => output.length)
  return model.nodes.map(({ outputSlot }, node) => readBytes(memory, addresses[outputSlot]!, sizes[node]!))
}

const INPUTS: readonly (readonly [string, Bytes])[] = [
  ['image 0', imageOf(DIGITS, 0)],
  ['image 42', imageOf(DIGITS, 42)],
  ['all ink', new Uint8Array(784).fill(255)],
  ['bytes that are missing or too many', concat(imageOf(DIGITS, 7), Uint8Array.of(1, 2, 3)).subarray(300)],
]

// One-phase and two-phase towers of one model must tell the same story, value for value.
describe('GRAPH-EXEC-1 the executor and the whole graph in the machine give the same bits at every node', () => {
  test.each(INPUTS)('%s', (_, input) => {
    expect(outputsInMachine(MODEL, input)).toEqual(execute(MODEL, input))
  })
})

const smallModel = (nodes: GraphModel['nodes'], weights: readonly Bytes[]): GraphModel => ({
  name: 'small',
  nodes,
  weights,
  valueHeight: 3,
  weightHeight: 2,
  inputSlot: 1,
  inputBytes: 16,
  outputSlot: 6,
})

const value = (index: number) => ({ kind: 'value', index }) as const
const weight = (index: number) => ({ kind: 'weight', index }) as const

// A reference may point anywhere: modulo its tree, at a slot that nobody wrote, at a weight that does not exist, at
// nothing. All of it reads as zero, in the machine too.
test('GRAPH-EXEC-2 references beyond what is there wrap or read as zero, in the machine too', () => {
  const reference = fc.oneof(
    fc.integer({ min: 0, max: 19 }).map(value),
    fc.integer({ min: 0, max: 11 }).map(weight),
    fc.constant({ kind: 'none', index: 0 } as const),
  )
  const bits = fc.uint8Array({ minLength: 16, maxLength: 16 })
  fc.assert(
    fc.property(
      fc.tuple(reference, reference, reference, reference),
      bits,
      fc.tuple(bits, bits),
      ([a, b, c, d], input, weights) => {
        const attributes = [4]
        const model = smallModel(
          [
            planNode({ name: 'first', operator: 'bias', operands: [a, b], outputSlot: 4, attributes }),
            planNode({
              name: 'second',
              operator: 'bias',
              operands: [c, value(4)],
              outputSlot: 13,
              attributes,
            }),
            planNode({ name: 'third', operator: 'bias', operands: [d, value(5)], outputSlot: 6, attributes }),
          ].map((node) => ({ ...node, outputSlot: node.outputSlot % 8 })),
          weights,
        )
        expect(outputsInMachine(model, input)).toEqual(execute(model, input))
      },
    ),
    { numRuns: 50 },
  )
})

// What a liar computes on from, and what the honest side compares with.
test('GRAPH-EXEC-3 going on from any node gives the rest of the outputs, and an altered value spreads', () => {
  const input = imageOf(DIGITS, 42)
  const outputs = execute(MODEL, input)
  let values = initialValues(MODEL, input)
  outputs.forEach((output, node) => {
    expect(runNode(MODEL, values, node)).toEqual(output)
    expect(executeFrom(MODEL, values, node)).toEqual(outputs.slice(node))
    values = withOutput(MODEL, values, node, output)
  })
  expect(values[MODEL.outputSlot]).toEqual(infer(MODEL, input))

  const before = outputs
    .slice(0, 3)
    .reduce((state, output, node) => withOutput(MODEL, state, node, output), initialValues(MODEL, input))
  const altered = outputs[3]!.slice()
  altered[4 * 5] = altered[4 * 5]! + 1
  const [logits] = executeFrom(MODEL, withOutput(MODEL, before, 3, altered), 4)
  expect(logits).not.toEqual(outputs[4])
  expect(logits!.filter((byte, i) => byte !== outputs[4]![i]).length).toBeLessThanOrEqual(4)
})

// A cache that grows is written so: the elements outside the node's tiles are the old ones, natively and in memory.
test('GRAPH-EXEC-4 a node in place starts from what stands in its slot, in the machine too', () => {
  const nodeOf = (operands: GraphNode['operands'], inPlace: boolean, tileElements: number): GraphNode => {
    const outputSlot = 2
    const descriptor = encodeDescriptor({
      operands,
      outputSlot,
      inPlace,
      tileCount: 1,
      operatorCode: operatorByName('bias')!.code,
      tileElements,
      attributes: [4],
    })
    return { ...nodeFromDescriptor('bias', descriptor)!, outputSlot }
  }
  const words = (...values: number[]): Bytes => new Uint8Array(Int32Array.from(values).buffer)
  const nodes = [nodeOf([value(1), weight(0)], false, 4), nodeOf([value(1), weight(1)], true, 2)]
  const model = smallModel(nodes, [words(10, 20, 30, 40), words(100, 200, 300, 400)])
  const input = words(1, 2, 3, 4)
  const last = words(101, 202, 33, 44)
  expect(execute(model, input)[1]).toEqual(last)
  expect(outputsInMachine(model, input)[1]).toEqual(last)
})

test('GRAPH-EXEC-5 a node that does not exist is an error of ours', () => {
  expect(() => runNode(MODEL, initialValues(MODEL, new Uint8Array(0)), 6)).toThrow('mnist-mlp has no node 6')
  expect(() =>
    planNode({ name: 'x', operator: 'nonsense', operands: [], outputSlot: 0, attributes: [] }),
  ).toThrow('unknown operator nonsense')
})
