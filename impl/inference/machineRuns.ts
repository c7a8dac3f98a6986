import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, SLOTS_HEIGHT, slotAddress } from '../../spec/commitments/memory.ts'
import { merkleTree } from '../../spec/commitments/merkle.ts'
import { SLOT_HEIGHT } from '../../spec/commitments/tensor.ts'
import { ELEMENT_TYPES } from '../../spec/graph/graphModel.ts'
import { encodeState } from '../../spec/machine/state.ts'
import { machineEndWitness } from '../../spec/tower/phases/vm.ts'
import type { LastTrace } from '../../spec/tower/tower.ts'
import type { HeldModel } from '../tower/heldModel.ts'
import { VmTrace } from '../vm/trace.ts'
import { machineStartWitness } from './commitModel.ts'
import { graphContents } from './contents.ts'
import { once, type Timed, timed } from './evaluate.ts'
import type { InferenceRun, TopRuns } from './inferenceRun.ts'

/** A run of the machine, as the game asks for it. */
export const lastTrace = (run: VmTrace): LastTrace => ({
  kind: 'last',
  length: run.length,
  rootsAt: (steps) => run.rootsAt(steps),
  stepWitness: (step) => run.stepWitness(step),
})

/** The last state of a run: its pre-image, and the roots of its eight memory slots. */
export const endOf = (run: VmTrace): { readonly preimage: Bytes; readonly slots: readonly Hash[] } => {
  const slots = run.slotRootsAt(run.length)
  const { root } = merkleTree(slots, SLOTS_HEIGHT, SLOT_HEIGHT)
  return { preimage: encodeState(root, run.stateAt(run.length)), slots }
}

/** Runs of a tower of one phase: the whole graph in the machine. */
export const machineRuns = ({ graph, trees, guest, model }: HeldModel, input: Bytes): TopRuns => {
  const output = graph.nodes.find(({ outputSlot }) => outputSlot === graph.outputSlot)!
  const outputBytes = output.outputElements * ELEMENT_TYPES[output.outputType].bytes

  const contents = [...guest.segments, ...graphContents(graph, input)]
  const machine = once(() =>
    timed(
      () =>
        new VmTrace({
          code: guest.code,
          entry: guest.program.entry,
          contents,
          stepLimit: model.stepLimit,
        }),
    ),
  )

  const runOf = ({ value: run, seconds }: Timed<VmTrace>): InferenceRun => {
    const { length } = run
    const end = endOf(run)
    return {
      trace: lastTrace(run),
      seconds,
      prepared: {
        length,
        endRoot: run.rootsAt([length])[0]!,
        output: run.bytesAt(length, slotAddress(OUTPUT_SLOT), outputBytes),
        startWitness: machineStartWitness(trees, guest.program),
        outputWitness: machineEndWitness(end.preimage, end.slots),
      },
    }
  }

  const withStep = (step: number): InferenceRun => {
    const { value: run } = machine()
    const address = run.untouchedWord()
    return runOf(timed(() => run.patched(step + 1, { address, bytes: new Uint8Array([1]) })))
  }

  return {
    honest: once(() => runOf(machine())),
    withElement: () => {
      throw new Error('an element can be altered only where there is a graph phase')
    },
    withStep,
    damaged: (choose) => withStep(choose(machine().value.length)),
  }
}
