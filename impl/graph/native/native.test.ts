import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../../spec/commitments/bytes.ts'
import { tensorRoot } from '../../../spec/commitments/tensor.ts'
import type { GraphNode } from '../../../spec/graph/graphModel.ts'
import { executeNode } from '../../../spec/graph/operators/index.ts'
import { descriptorOf } from '../../../spec/graph/operators/operator.fixture.ts'
import { PLAIN_MODULE, VECTOR_MODULE } from '../../kernels/nativeModules.ts'
import { loadModel } from '../../models/catalogue.ts'
import { imageOf, testDigits } from '../../models/mnist/data.ts'
import { NodeEngine } from '../../tower/nodeEngine.ts'
import { execute, executeFrom, infer, initialValues, type Values, withOutput } from '../executor.ts'
import { LLAMA_SLOTS, requestOf, SMALL_LLAMA, smallLlama } from '../llama.fixture.ts'
import { planNode } from '../node.ts'
import { UnfitGraph } from './fit.ts'
import { NativeGraph } from './nativeGraph.ts'
import { nodeRunner } from './singleNode.fixture.ts'

/** A grouped product of any size, on bits of any kind. */
const product = fc
  .record({
    rows: fc.integer({ min: 1, max: 200 }),
    groups: fc.integer({ min: 1, max: 9 }),
    flags: fc.integer({ min: 0, max: 3 }),
    seed: fc.integer(),
    extreme: fc.constantFrom(undefined, 0x80, 0x7f),
  })
  .map(({ rows, groups, flags, seed, extreme }) => {
    const columns = 32 * groups
    const whole = Math.ceil(rows / 16) * 16
    let state = seed | 1
    const noise = (length: number): Bytes =>
      Uint8Array.from({ length }, (_, i) => {
        state = Math.imul(state, 1664525) + 1013904223
        return extreme === undefined || i % 37 === 0 ? state >>> 24 : extreme
      })
    const tensors = [
      4 * columns,
      whole * columns,
      2 * whole * groups,
      whole,
      4 * whole * Math.ceil(groups / 2),
      4 * rows,
    ]
    return {
      descriptor: descriptorOf('matmul-grouped', [rows, columns, 6, flags]),
      operands: tensors.map(noise),
    }
  })

// Panels from four parts of a matrix, left-over panels, odd groups: sizes that the machine would take too long for.
test('NATIVE-2 large products are the plain version’s, with vectors', () => {
  const [plain, vector] = [nodeRunner(PLAIN_MODULE), nodeRunner(VECTOR_MODULE)]
  fc.assert(
    fc.property(product, ({ descriptor, operands }) => {
      const expected = plain(descriptor, operands, new Uint8Array(0))
      expect(vector(descriptor, operands, new Uint8Array(0))).toEqual(expected)
      expect(expected).toEqual(executeNode(descriptor, operands))
    }),
    { numRuns: 40 },
  )
})

const LLAMA = smallLlama(SMALL_LLAMA, 7)
const CARRY_SLOTS = 2 ** (LLAMA.valueHeight - 1)

/** The values behind so many iterations of the plain executor; scratch is what the last one left. */
const iterated = (input: Bytes, iterations: number): Values => {
  let values = initialValues(LLAMA, input)
  for (let i = 0; i < iterations; i++)
    executeFrom(LLAMA, values, 0).forEach((output, node) => {
      values = withOutput(LLAMA, values, node, output)
    })
  return values
}

/** Slots whose native value is not the plain one's. */
const differing = (native: NativeGraph, values: Values, slots = values.length): readonly number[] =>
  values.flatMap((expected, slot) => {
    if (slot >= slots || expected.length === 0) return []
    return Buffer.compare(native.value(slot).subarray(0, expected.length), expected) === 0 ? [] : [slot]
  })

const PROMPT = [17, 299, 4, 150, 77, 3, 250, 8, 12]

describe('a small LLaMA', () => {
  // Sampled, so that every operator matters to the answer.
  const input = requestOf(PROMPT, 90_000, 5)
  const ITERATIONS = PROMPT.length + 5

  test.each([1, 2, 3])(
    'NATIVE-3 on %i threads every value is the plain executor’s after each of many iterations',
    async (threads) => {
      const native = await NativeGraph.create(LLAMA, { threads })
      native.start(input)
      await native.run(ITERATIONS - 1)
      await native.runNodes(0, 9)
      await native.runNodes(9, LLAMA.nodes.length)
      expect(differing(native, iterated(input, ITERATIONS))).toEqual([])
      await native.close()
    },
  )

  // Prompts are batched because integers allow it: token by token is what the rules say.
  test.each([
    [2, 4],
    [2, 32],
    [3, 3],
  ])(
    'NATIVE-4 on %i threads, a prompt %i tokens at a time leaves the carry that single tokens do',
    async (threads, batch) => {
      const native = await NativeGraph.create(LLAMA, { threads, batch })
      native.start(input)
      expect(await native.runPrompt()).toBe(PROMPT.length - 1)
      expect(differing(native, iterated(input, PROMPT.length - 1), CARRY_SLOTS)).toEqual([])
      await native.run(6)
      const expected = iterated(input, ITERATIONS)
      expect(differing(native, expected)).toEqual([])
      expect(new Set(expected[LLAMA_SLOTS.answer]).size).toBeGreaterThan(4)
      await native.close()
    },
  )

  test('NATIVE-7 with addresses of 64 bits the values are the same', async () => {
    const native = await NativeGraph.create(LLAMA, { wide: true })
    native.start(input)
    await native.runPrompt()
    await native.run(6)
    expect(differing(native, iterated(input, ITERATIONS))).toEqual([])
    await native.close()
  })

  // A claim's root must be the specification's, whichever thread has hashed which cache.
  test.each([1, 2, 3])(
    'NATIVE-8 on %i threads the roots of any parts of the values are the specification’s',
    async (threads) => {
      const native = await NativeGraph.create(LLAMA, { threads, wide: threads === 3 })
      native.start(input)
      await native.run(4)
      const slots = [...native.placed.layout.values.keys()]
      const parts = slots.map((slot, i) => {
        const { length } = native.value(slot)
        return { slot, bytes: [length, Math.min(length, 33 * i), 0][i % 3]! }
      })
      const roots = await native.roots(parts)
      expect(roots).toEqual(parts.map(({ slot, bytes }) => tensorRoot(native.value(slot).subarray(0, bytes))))
      expect(new Set(roots).size).toBeGreaterThan(10)
      await native.run()
      await expect(native.roots([...parts, parts[0]!])).rejects.toThrow(RangeError)
      await native.close()
    },
  )

  // Rationale: what threads hash while they wait is committed with the rest: a chunk hashed before its last row was written, or
  // kept from an earlier answer, would be a false claim.
  test.each([1, 2, 3])(
    'NATIVE-10 on %i threads the roots of caches of many chunks are the specification’s, however far an answer has come, and of the next answer too',
    async (threads) => {
      // 128 rows of 64 bytes: two chunks, and the last row of the second is written again and again.
      const native = await NativeGraph.create(smallLlama({ ...SMALL_LLAMA, layers: 1, context: 128 }, 7), {
        threads,
        wide: threads === 3,
        batch: threads === 2 ? 1 : 8,
      })
      const { caches } = native.placed.layout.chunks
      expect(caches.map(({ rowBytes, rows }) => [rowBytes, rows])).toEqual([
        [64, 128],
        [64, 128],
      ])
      const check = async (chunks: number): Promise<void> => {
        const parts = caches.map(({ slot }) => ({ slot, bytes: native.value(slot).length }))
        const roots = await native.roots(parts)
        expect(roots).toEqual(parts.map(({ slot }) => tensorRoot(native.value(slot))))
        for (const { slot, bytes } of parts)
          expect(native.placed.chunks.known(slot, bytes).count).toBe(chunks)
      }
      const answer = async (seed: number, ends: readonly (readonly [position: number, chunks: number])[]) => {
        native.start(requestOf(PROMPT, 90_000, seed))
        let position = await native.runPrompt()
        for (const [end, chunks] of ends) {
          await native.run(end - position)
          position = end
          await check(chunks)
        }
      }
      await answer(5, [
        [63, 0],
        [64, 1],
        [128, 1],
        [140, 1],
      ])
      await answer(6, [[70, 1]])
      const { slot } = caches[0]!
      native.setValue(slot, new Uint8Array(8192).fill(1))
      await check(1)
      await native.close()
    },
  )

  test('NATIVE-5 a prompt longer than the caches, or than there is, is taken as far as they go', async () => {
    const shape = { ...SMALL_LLAMA, context: 5 }
    const short = smallLlama(shape, 7)
    const native = await NativeGraph.create(short, { batch: 4 })
    native.start(input)
    expect(await native.runPrompt()).toBe(4)
    native.start(new Uint8Array(0))
    expect(await native.runPrompt()).toBe(0)
    await native.close()
  })
})

test('NATIVE-6 MNIST’s perceptron runs natively too', async () => {
  const model = loadModel('mnist-mlp')
  const native = await NativeGraph.create(model)
  for (const image of [0, 42]) {
    const input = imageOf(testDigits(), image)
    native.start(input)
    expect(await native.runPrompt()).toBe(0)
    await native.run()
    expect(native.value(model.outputSlot)).toEqual(infer(model, input))
    const outputs = execute(model, input)
    model.nodes.forEach(({ outputSlot }, i) => {
      expect(native.value(outputSlot)).toEqual(outputs[i])
    })
  }
  await native.close()
})

// Rationale: who serves such a graph would find what an earlier run left, and lose a claim that it computed by the rules of nobody.
test('NATIVE-9 a graph whose nodes would find something else than the rules say is refused, to serve and to dispute', async () => {
  const { nodes } = LLAMA
  const readsAndWrites = planNode({
    name: 'relu',
    operator: 'relu',
    attributes: [4],
    operands: [{ kind: 'value', index: CARRY_SLOTS }],
    outputSlot: CARRY_SLOTS,
  })
  const unfit: readonly (readonly [RegExp, readonly GraphNode[]])[] = [
    [/reads scratch that no node has written/, [...nodes.slice(5), ...nodes.slice(0, 5)]],
    [/writes scratch that is not empty/, [...nodes, nodes[0]!]],
    [/reads the slot that it writes anew/, [...nodes.slice(0, 1), readsAndWrites]],
  ]
  for (const [reason, wrong] of unfit) {
    const model = { ...LLAMA, nodes: wrong }
    await expect(NativeGraph.create(model)).rejects.toThrow(reason)
    expect(() => new NodeEngine(model)).toThrow(UnfitGraph)
  }
})
