import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StateRoot } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { ELEMENT_TYPES } from '../../spec/graph/graphModel.ts'
import { stepRoot } from '../../spec/machine/witness.ts'
import { GRAPH_TOP, graphToVm } from '../../spec/tower/phases/graph.ts'
import { VM_TOP } from '../../spec/tower/phases/vm.ts'
import type { LastTrace, Trace, UpperTrace } from '../../spec/tower/tower.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { VmTrace } from '../vm/trace.ts'
import { nodeRuns } from './mnistSteps.ts'
import { modelRuns } from './runs.ts'

const IMAGE = 42
const MODEL = loadModel('mnist-mlp')
const INPUT = imageOf(testDigits(), IMAGE)
const RUNS = modelRuns(MODEL, ['graph', 'vm'], INPUT)
const ALONE = modelRuns(MODEL, ['vm'], INPUT)
const HONEST = RUNS.honest().trace as UpperTrace
const NODE_TRACES = nodeRuns(IMAGE).map((run) => new VmTrace(run))
const { enterRoot, exitRoot } = graphToVm(RUNS.model)

const rootAt = (trace: Trace, step: number): StateRoot => trace.rootsAt([step])[0]!

/** Any element of any node, and what is added to it: small, negative, or so large that it wraps. */
const faults = fc
  .integer({ min: 0, max: MODEL.nodes.length - 1 })
  .chain((node) =>
    fc.record({
      node: fc.constant(node),
      element: fc.integer({ min: 0, max: MODEL.nodes[node]!.outputElements - 1 }),
      add: fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()),
    }),
  )
  .map((fault) => (RUNS.altersElement(fault.node, fault.add) ? fault : { ...fault, add: 1 }))

/** Number of the first state in which two runs differ, where they differ from there to the end. */
const firstDifference = (a: Trace, b: Trace, length: number): number => {
  let [equal, different] = [0, length]
  while (different - equal > 1) {
    const middle = Math.floor((equal + different) / 2)
    if (rootAt(a, middle) === rootAt(b, middle)) equal = middle
    else different = middle
  }
  return different
}

// Rationale: simulated liars play from these runs; a run that is false elsewhere than it says, or heals, tests another
// game than the one that a scenario names.
describe('damaged runs of MNIST', () => {
  test('DAMAGE-1 an altered element makes every root behind its node false, and none before', () => {
    fc.assert(
      fc.property(faults, ({ node, element, add }) => {
        const { trace, prepared } = RUNS.withElement(node, element, add)
        for (let step = 0; step <= trace.length; step++)
          expect(rootAt(trace, step) === rootAt(HONEST, step)).toBe(step <= node)
        // A liar's claim is a claim: the chain cannot tell.
        expect(prepared.endRoot).toBe(rootAt(trace, trace.length))
        expect(
          GRAPH_TOP(RUNS.model).outputRoot(prepared.endRoot, prepared.length, prepared.outputWitness),
        ).toEqual({ ok: true, value: tensorRoot(prepared.output) })
      }),
      { numRuns: 40 },
    )
  })

  test('DAMAGE-2 every descent of a damaged run leads to its own post-state, and only to that', () => {
    fc.assert(
      fc.property(faults, ({ node, element, add }) => {
        const trace = RUNS.withElement(node, element, add).trace as UpperTrace
        for (let step = 0; step < trace.length; step++) {
          const pre = rootAt(trace, step)
          const { below, witness } = trace.descend(step)
          const end = rootAt(below, below.length)
          expect(enterRoot(pre, witness)).toEqual({ ok: true, value: rootAt(below, 0) })
          expect(exitRoot(pre, end, below.length, witness)).toEqual({
            ok: true,
            value: rootAt(trace, step + 1),
          })
        }
        const { witness } = trace.descend(node)
        const { below: honest } = HONEST.descend(node)
        expect(
          exitRoot(rootAt(HONEST, node), rootAt(honest, honest.length), honest.length, witness),
        ).toMatchObject({ ok: false, rejection: { reason: 'EndMismatch' } })
      }),
      { numRuns: 10 },
    )
  })

  test('DAMAGE-3 below, the run is false from the last store to the element on, and that store alone is', () => {
    fc.assert(
      fc.property(faults, ({ node, element, add }) => {
        const { below: damaged } = (RUNS.withElement(node, element, add).trace as UpperTrace).descend(node)
        const { below: honest } = HONEST.descend(node)
        expect(damaged.length).toBe(honest.length)
        const first = firstDifference(damaged, honest, honest.length)
        const width = ELEMENT_TYPES[MODEL.nodes[node]!.outputType].bytes
        const store = NODE_TRACES[node]!.lastStoreTo(slotAddress(OUTPUT_SLOT) + element * width, width)!
        expect(first).toBe(store + 1)
        for (const step of [store - 1, store, store + 1, Math.min(store + 9, honest.length - 1)]) {
          const witness = (damaged as LastTrace).stepWitness(step)
          const post = stepRoot(RUNS.model.program, rootAt(damaged, step), witness)
          expect(post.ok).toBe(true)
          expect(post.ok && post.value === rootAt(damaged, step + 1)).toBe(step !== store)
        }
      }),
      { numRuns: 20 },
    )
  })

  const { length } = ALONE.honest().trace

  test.each([0, Math.floor(length / 2), length - 1])(
    'DAMAGE-4 the state after step %i is the first false one, and all are to the end',
    (at) => {
      const honest = ALONE.honest().trace as LastTrace
      const { trace, prepared } = ALONE.withStep(at)
      expect(trace.length).toBe(length)
      const asked = [0, at - 1, at, at + 1, at + 2, at + 1000, Math.floor((at + length) / 2), length]
      for (const step of asked.filter((n) => n >= 0 && n <= length))
        expect(rootAt(trace, step) === rootAt(honest, step)).toBe(step <= at)
      for (const step of asked.filter((n) => n >= 0 && n < length)) {
        const post = stepRoot(
          ALONE.model.program,
          rootAt(trace, step),
          (trace as LastTrace).stepWitness(step),
        )
        expect(post.ok && post.value === rootAt(trace, step + 1)).toBe(step !== at)
      }
      expect(prepared.output).toEqual(ALONE.honest().prepared.output)
      expect(VM_TOP(ALONE.model).outputRoot(prepared.endRoot, length, prepared.outputWitness)).toEqual({
        ok: true,
        value: tensorRoot(prepared.output),
      })
    },
  )

  test('DAMAGE-5 a run that is damaged somewhere is false, whatever is chosen', () => {
    fc.assert(
      fc.property(fc.constantFrom(RUNS, ALONE), fc.nat(), (runs, seed) => {
        const { prepared } = runs.damaged((below) => seed % below)
        expect(prepared.endRoot).not.toBe(runs.honest().prepared.endRoot)
      }),
      { numRuns: 20 },
    )
  })

  test('DAMAGE-6 a fault that the phases have no place for is an error of ours', () => {
    expect(() => RUNS.withStep(0)).toThrow('machine is the top phase')
    expect(() => ALONE.withElement(0, 0, 1)).toThrow('graph phase')
  })
})
