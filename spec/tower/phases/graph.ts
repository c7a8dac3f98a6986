import type { Bytes } from '../../commitments/bytes.ts'
import type { TensorRoot } from '../../commitments/hash.ts'
import { openLeaves } from '../../commitments/multiproof.ts'
import { SLOT_HEIGHT } from '../../commitments/tensor.ts'
import { jobRoot } from '../../graph/descriptor.ts'
import { accept, type Result, reject } from '../../result.ts'
import { carryHeight, type Model } from '../model.ts'
import type { DescentRules, TopRules } from '../tower.ts'
import { graphStartRoot, graphStateRoot } from './graphState.ts'
import { openNode } from './nodeOpening.ts'
import { carryWithInput, jobStartRoot, openMachineEnd } from './vm.ts'

/** One step is one node of the computation graph. Its rules as the chain sees them: on top, and over the machine. */

/** Refuses a witness that does not end at `end`. */
export const checkWitnessEnd = (witness: Bytes, end: number): Result<null> =>
  witness.length === end
    ? accept(null)
    : reject('WitnessMalformed', { expected: end, actual: witness.length })

/**
 *   startRoot witness    siblings of the input's slot in the carry tree
 *   outputRoot witness   proof of the output's slot in the values
 */
export const GRAPH_TOP = (model: Model): TopRules => ({
  startRoot: (input, witness) => {
    const carry = carryWithInput(model, carryHeight(model), input, witness)
    return carry.ok ? accept(graphStartRoot(model, carry.value)) : carry
  },
  outputRoot: (end, length, witness) => {
    if (length !== model.nodeCount)
      return reject('LengthInvalid', { expected: model.nodeCount, given: length })
    const values = openLeaves(witness, 0, [model.outputSlot], model.valueHeight, SLOT_HEIGHT)
    if (!values.ok) return values
    const whole = checkWitnessEnd(witness, values.value.end)
    if (!whole.ok) return whole
    const actual = graphStateRoot(length, values.value.root)
    return actual === end
      ? accept(values.value.leaves[0] as TensorRoot)
      : reject('EndMismatch', { expected: end, actual })
  },
})

/** Witness: as `openNode` takes it | end of the machine's run, as `openMachineEnd`. */
export const graphToVm = (model: Model): DescentRules => ({
  enterRoot: (preState, witness) => {
    const opened = openNode(model, preState, witness)
    if (!opened.ok) return opened
    const { descriptor, head, operands, output } = opened.value
    const page = jobRoot(descriptor, 0, head.tileCount)
    return accept(jobStartRoot(model.program, page, [...operands, output]))
  },
  exitRoot: (preState, end, length, witness) => {
    const opened = openNode(model, preState, witness)
    if (!opened.ok) return opened
    const { stateWith, end: at } = opened.value
    const output = openMachineEnd(end, length, model.stepLimit, witness, at)
    return output.ok ? accept(stateWith(output.value)) : output
  },
})
