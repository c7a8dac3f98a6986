import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EMPTY_MEMORY, OUTPUT_SLOT, slotAddress, writeBytes } from '../../spec/commitments/memory.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { commitState, initialState } from '../../spec/machine/state.ts'
import { graphToVm } from '../../spec/phases/graph.ts'
import { towerRules } from '../../spec/service/towerRules.ts'
import type { UpperTrace } from '../../spec/tower.ts'
import { execute, infer } from '../graph/executor.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { nodeRuns, wholeRun } from '../vm/mnistSteps.ts'
import { type VmRun, VmTrace } from '../vm/trace.ts'
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

describe('the tower on MNIST', () => {
  // Rationale: without the law a party that computes honestly could not answer for what lies below its own roots.
  test('LAW-1 a node is its run in the machine: enter gives its start, and its end gives the next state', () => {
    fc.assert(
      fc.property(images, (image) => {
        const runs = modelRuns(MODEL, ['graph', 'vm'], imageOf(DIGITS, image))
        const { enterRoot, exitRoot } = graphToVm(runs.model)
        const trace = graphTrace(runs)
        const started = nodeRuns(image).map(plainStart)
        for (let node = 0; node < trace.length; node++) {
          const [pre, post] = trace.rootsAt([node, node + 1])
          const { below, enterWitness, exitWitness } = trace.descend(node)
          const [start, end] = below.rootsAt([0, below.length])
          expect(enterRoot(pre!, enterWitness)).toEqual({ ok: true, value: start })
          expect(start).toBe(started[node])
          expect(exitRoot(pre!, end!, below.length, exitWitness)).toEqual({ ok: true, value: post })
        }
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
})
