import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import { EMPTY_MEMORY, OUTPUT_SLOT, slotAddress, writeBytes } from '../../spec/commitments/memory.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { encodeDescriptor } from '../../spec/graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { operatorByName } from '../../spec/graph/operators/index.ts'
import { commitState, initialState } from '../../spec/machine/state.ts'
import { graphToVm } from '../../spec/tower/phases/graph.ts'
import type { UpperTrace } from '../../spec/tower/tower.ts'
import { towerRules } from '../../spec/tower/towerRules.ts'
import { execute, infer } from '../graph/executor.ts'
import { nodeFromDescriptor } from '../graph/node.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { type VmRun, VmTrace } from '../vm/trace.ts'
import { nodeRuns, wholeRun } from './mnistSteps.ts'
import { type ModelRuns, modelRuns } from './runs.ts'

const MODEL = loadModel('mnist-mlp')
const DIGITS = testDigits()

const images = fc.integer({ min: 0, max: DIGITS.count - 1 })
const SAMPLE = { numRuns: 8 }

const graphTrace = (runs: ModelRuns): UpperTrace => runs.honest().trace as UpperTrace

/** The root of a run's first state, from the plain memory of the specification. */
const plainStart = ({ contents, entry }: VmRun) =>
  commitState(
    initialState(
      entry,
      contents.reduce((memory, { address, bytes }) => writeBytes(memory, address, bytes), EMPTY_MEMORY),
    ),
  )

/** The rules of the top phase, as a claim meets them. */
const topOf = (runs: ModelRuns) => {
  const rules = towerRules(runs.model)
  if (!rules.ok) throw new Error(rules.rejection.reason)
  return rules.value.top
}

/** Enter gives the start of each node's run, and its end, by exit, the next state. */
const expectLaw = ({ model }: ModelRuns, trace: UpperTrace): void => {
  const { enterRoot, exitRoot } = graphToVm(model)
  for (let node = 0; node < trace.length; node++) {
    const [pre, post] = trace.rootsAt([node, node + 1])
    const { below, witness } = trace.descend(node)
    const [start, end] = below.rootsAt([0, below.length])
    expect(enterRoot(pre!, witness)).toEqual({ ok: true, value: start })
    expect(exitRoot(pre!, end!, below.length, witness)).toEqual({ ok: true, value: post })
  }
}

describe('the tower on MNIST', () => {
  // Rationale: without the law a party that computes honestly could not answer for what lies below its own roots.
  test('LAW-1 a node is its run in the machine: enter gives its start, and its end gives the next state', () => {
    fc.assert(
      fc.property(images, (image) => {
        const runs = modelRuns(MODEL, ['graph', 'vm'], imageOf(DIGITS, image))
        const trace = graphTrace(runs)
        expectLaw(runs, trace)
        for (const [node, run] of nodeRuns(image).entries())
          expect(trace.descend(node).below.rootsAt([0])).toEqual([plainStart(run)])
      }),
      SAMPLE,
    )
  })

  // Rationale: servers run natively and are judged by the machine; a bit of difference would cost them their bond.
  test('LAW-2 native outputs are the outputs of the machine, at every node', () => {
    fc.assert(
      fc.property(images, (image) => {
        const outputs = execute(MODEL, imageOf(DIGITS, image))
        for (const [node, run] of nodeRuns(image).entries()) {
          const trace = new VmTrace(run)
          const output = outputs[node]!
          expect(trace.bytesAt(trace.length, slotAddress(OUTPUT_SLOT), output.length)).toEqual(output)
        }
      }),
      SAMPLE,
    )
  })

  // Rationale: a claim that the top phase's rules refuse is no claim, however right its output.
  test('LAW-3 the claims of both towers are accepted, start where the contract says, and have one output', () => {
    fc.assert(
      fc.property(images, (image) => {
        const input = imageOf(DIGITS, image)
        for (const phases of [['graph', 'vm'], ['vm']] as const) {
          const runs = modelRuns(MODEL, phases, input)
          const { trace, prepared } = runs.honest()
          const top = topOf(runs)
          const [start, end] = trace.rootsAt([0, trace.length])
          expect(prepared.output).toEqual(infer(MODEL, input))
          expect([prepared.length, prepared.endRoot]).toEqual([trace.length, end])
          expect(top.startRoot(tensorRoot(input), prepared.startWitness)).toEqual({ ok: true, value: start })
          expect(top.outputRoot(prepared.endRoot, prepared.length, prepared.outputWitness)).toEqual({
            ok: true,
            value: tensorRoot(prepared.output),
          })
          if (phases[0] === 'vm') expect(start).toBe(plainStart(wholeRun(image)))
        }
      }),
      SAMPLE,
    )
  })

  // Rationale: MNIST has no node in place and no reference beyond its tree; other models have, and the law is theirs too.
  test('LAW-4 a node in place starts from what stands in its slot, and references wrap, above and below alike', () => {
    const nodeOf = (operands: GraphNode['operands'], inPlace: boolean, tileElements: number): GraphNode => {
      const { code } = operatorByName('bias')!
      const plan = { operands, outputSlot: 8 + 2, inPlace, tileCount: 1, operatorCode: code, tileElements }
      return nodeFromDescriptor('bias', encodeDescriptor({ ...plan, attributes: [4] }))!
    }
    const words = (...values: number[]): Bytes => new Uint8Array(Int32Array.from(values).buffer)
    const input = { kind: 'value', index: 8 + 1 } as const
    const graph: GraphModel = {
      name: 'small',
      nodes: [
        nodeOf([input, { kind: 'weight', index: 2 }], false, 4),
        nodeOf([input, { kind: 'weight', index: 4 + 1 }], true, 2),
      ],
      weights: [words(), words(100, 200, 300, 400), words(10, 20, 30, 40)],
      valueHeight: 3,
      weightHeight: 2,
      inputSlot: 1,
      inputBytes: 16,
      outputSlot: 2,
    }
    const runs = modelRuns(graph, ['graph', 'vm'], words(1, 2, 3, 4))
    expect(runs.honest().prepared.output).toEqual(words(101, 202, 33, 44))
    expectLaw(runs, graphTrace(runs))
    // A lie in place: the first two elements are the last node's own stores.
    expectLaw(runs, runs.withElement(1, 1, -7).trace as UpperTrace)
  })
})
