import { UNSET_TENSOR } from '../../spec/commitments/tensor.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import type { ElementLie } from './elementLie.ts'
import type { GraphState } from './graphTrace.ts'
import { type LoopRecord, runWithLie } from './loopRecord.ts'
import { type NodeEngine, withWritten } from './nodeEngine.ts'

/** The states of an iteration: its nodes are run once more, one by one, from the carry before it. */
export const iterationStates = (
  engine: NodeEngine,
  { carryAt, rootsAt }: LoopRecord,
  iteration: number,
  lie: ElementLie | undefined,
): readonly GraphState[] => {
  const { nodes, valueHeight } = engine.graph
  const carry = carryAt(iteration)
  const roots = rootsAt(iteration)
  const slots = Array.from({ length: 2 ** valueHeight }, (_, slot) => slot)
  engine.load(carry)
  const states: GraphState[] = [
    {
      node: 0,
      values: slots.map((slot) => carry.get(slot) ?? new Uint8Array(0)),
      valueRoots: slots.map((slot) => roots[slot] ?? UNSET_TENSOR),
    },
  ]
  for (const [index, node] of nodes.entries()) {
    const { values, valueRoots } = states[index]!
    const written = runWithLie(engine, index, node, lie)
    const output = withWritten(values[written.slot]!, written)
    states.push({
      node: index + 1,
      values: values.with(written.slot, output),
      valueRoots: valueRoots.with(written.slot, tensorRoot(output)),
    })
  }
  return states
}
