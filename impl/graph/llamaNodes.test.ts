import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES } from '../../spec/graph/graphModel.ts'
import { executeNode } from '../../spec/graph/operators/index.ts'
import { runInEngine } from '../kernels/engineGuest.fixture.ts'
import { executeFrom, initialValues, type Values, withOutput } from './executor.ts'
import { type NumericFormat, requestOf, SMALL_LLAMA, smallLlama } from './llama.fixture.ts'
import { NativeGraph } from './native/nativeGraph.ts'

/** Runs of nodes; `npm run verify:nodes` makes ten thousand. */
const RUNS = Number(process.env['OPML_NODE_RUNS'] ?? 60)
const ITERATIONS = 6

/** Values before each node of an iteration: one step after the other, as the graph phase sees them. */
const statesOf = (format: NumericFormat) => {
  const model = smallLlama(SMALL_LLAMA, 11, format)
  const input = requestOf([5, 290, 31], 120_000, 3)
  const states: Values[] = [initialValues(model, input)]
  for (let iteration = 0; iteration < ITERATIONS; iteration++)
    executeFrom(model, states.at(-1)!, 0).forEach((output, node) => {
      states.push(withOutput(model, states.at(-1)!, node, output))
    })
  return { model, input, states }
}

describe.each(['fixed', 'f32'] as const)('%s', (format) => {
  const { model, input, states } = statesOf(format)
  const nodeCount = model.nodes.length

  // What the chain arbitrates is one tile of one node on values that a model really has.
  test('NODES-1 any tile of any node is the same in the machine as in the specification', () => {
    const reached = new Set<number>()
    const step = fc.integer({ min: 0, max: ITERATIONS * nodeCount - 1 })
    fc.assert(
      fc.property(
        step,
        fc.integer({ min: 0, max: 7 }),
        fc.integer({ min: 0, max: 9 }),
        (at, sizeBits, tile) => {
          const node = model.nodes[at % nodeCount]!
          const values = states[at]!
          reached.add(at % nodeCount)
          const { operands, outputSlot, inPlace } = decodeHead(node.descriptor)
          const tensors = operands.map(({ kind, index }): Bytes => {
            if (kind === 'none') return new Uint8Array(0)
            return (kind === 'value' ? values[index] : model.weights[index]) ?? new Uint8Array(0)
          })
          const descriptor = node.descriptor.slice()
          new DataView(descriptor.buffer).setUint32(36, 2 ** sizeBits, true)
          const tiles = { firstTile: tile, tileCount: 1 }
          const outputBefore = inPlace ? values[outputSlot]! : new Uint8Array(0)
          const expected = executeNode(descriptor, tensors, outputBefore, tiles)
          const { output } = runInEngine({ descriptor, tiles, operands: tensors, outputBefore })
          expect(output(expected.length)).toEqual(expected)
        },
      ),
      { numRuns: RUNS },
    )
    expect(reached.size).toBeGreaterThan(nodeCount / 2)
  })

  test('NODES-2 natively every value is the specification’s after each iteration', async () => {
    const native = await NativeGraph.create(model, { threads: 2 })
    native.start(input)
    for (let iteration = 1; iteration <= ITERATIONS; iteration++) {
      await native.run()
      model.nodes.forEach(({ name, outputElements, outputType }, node) => {
        const { outputSlot } = decodeHead(model.nodes[node]!.descriptor)
        const expected = states[iteration * nodeCount]![outputSlot]!
        expect(expected.length).toBe(outputElements * ELEMENT_TYPES[outputType].bytes)
        expect(Buffer.compare(native.value(outputSlot).subarray(0, expected.length), expected), name).toBe(0)
      })
    }
    // A prompt at once: the caches that it leaves are those of single tokens.
    native.start(input)
    expect(await native.runPrompt()).toBe(2)
    const behind = states[2 * nodeCount]!
    for (const slot of [1, 3, 4, 5, 6]) expect(native.value(slot)).toEqual(behind[slot])
    await native.close()
  })
})
