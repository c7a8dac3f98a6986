import { type GraphState, graphRoots } from '../../checks/toy/plainStoreys.ts'
import { concat, littleEndian } from '../../commitments/bytes.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { PROCESSOR_BYTES } from '../../machine/state.ts'
import {
  type AlphabetParameters,
  alphabetOutput,
  alphabetRules,
  alphabetStart,
  alphabetStorey,
} from '../../tower/phases/alphabet.ts'
import { GRAPH_TOP, graphToVm } from '../../tower/phases/graph.ts'
import { VM_TOP } from '../../tower/phases/vm.ts'
import type { Trace } from '../../tower/tower.ts'
import {
  damages,
  descended,
  jointVectors,
  output,
  rootAt,
  start,
  stepped,
  topVectors,
} from './jointVectors.ts'
import type { VectorFile } from './json.ts'
import {
  GRAPH,
  GRAPH_MODEL,
  GRAPH_STOREY,
  graphCarried,
  graphStart,
  VM_MODEL,
  VM_STOREY,
  vmCarried,
  vmStart,
} from './smallModel.ts'

/** Where phases meet, on alphabet towers and on the small model. */

// --- The alphabet ------------------------------------------------------------------------------------------------

const TOWERS: readonly AlphabetParameters[] = [
  { lengths: [], lastLengths: [1], stepLimit: 1 },
  { lengths: [], lastLengths: [9], stepLimit: 20 },
  { lengths: [4], lastLengths: [3, 5], stepLimit: 12 },
  // Cut off at the step limit: the true run ends in a state that is not stable.
  { lengths: [1, 3], lastLengths: [7], stepLimit: 6 },
  { lengths: [3, 1, 2], lastLengths: [1, 2, 3], stepLimit: 8 },
]

const CHAIN_STRIDE = 20

/** Every joint on the way down through the last step of each phase. */
const alphabetJoints = (tower: AlphabetParameters, trace: Trace, phase: number): readonly unknown[] => {
  if (trace.kind === 'last') return []
  const rules = alphabetRules(tower).descents[phase]!
  const at = trace.length - 1
  const descended = trace.descend(at)
  const lengths = [0, 1, 2, descended.below.length + 1, tower.stepLimit, tower.stepLimit + 1]
  return [
    { phase, ...jointVectors(rules, trace, at, descended, CHAIN_STRIDE, lengths) },
    ...alphabetJoints(tower, descended.below, phase + 1),
  ]
}

const lastTrace = (trace: Trace): Trace & { readonly kind: 'last' } =>
  trace.kind === 'last' ? trace : lastTrace(trace.descend(trace.length - 1).below)

const alphabetVector = (tower: AlphabetParameters) => {
  const input = tensorRoot(littleEndian(42, 8))
  const rules = alphabetRules(tower)
  const run = alphabetStorey(tower).run(alphabetStart(tower, input))
  const end = rootAt(run, run.length)
  const { outputWitness } = alphabetOutput(run.end)
  const last = lastTrace(run)
  return {
    tower,
    top: {
      start: [start(rules.top, input, new Uint8Array()), start(rules.top, input, new Uint8Array(1))],
      output: [
        ...damages(outputWitness, CHAIN_STRIDE).map((witness) => output(rules.top, end, run.length, witness)),
        output(rules.top, rootAt(run, 0), run.length, outputWitness),
        ...[0, run.length + 1, tower.stepLimit].map((length) =>
          output(rules.top, end, length, outputWitness),
        ),
      ],
    },
    joints: alphabetJoints(tower, run, 0),
    arbiter: [0, last.length - 1, last.length].flatMap((step) =>
      damages(last.stepWitness(step), CHAIN_STRIDE).map((witness) =>
        stepped(rules.arbiter, rootAt(last, step), witness),
      ),
    ),
  }
}

// --- Graph and machine -------------------------------------------------------------------------------------------

const INPUT = littleEndian(0x0102_0304, 4)
const FINE_STRIDE = 32
const COARSE_STRIDE = 480

const graphJoints = () => {
  const trace = GRAPH_STOREY.run(graphStart(INPUT))
  if (trace.kind === 'last') throw new Error('the graph has a phase below it')
  const states: GraphState[] = [graphStart(INPUT)]
  for (let node = 0; node < trace.length - 1; node++) states.push(GRAPH_STOREY.phase.step(states[node]!))
  return states.map((state, node) => {
    const descended = trace.descend(node)
    const lengths = [0, 1, GRAPH_MODEL.stepLimit, GRAPH_MODEL.stepLimit + 1]
    // The last two nodes have every kind of reference; there each word of the witnesses is damaged.
    const stride = node === 3 ? FINE_STRIDE : COARSE_STRIDE
    return {
      state: graphRoots(state),
      ...jointVectors(graphToVm(GRAPH_MODEL), trace, node, descended, stride, lengths),
    }
  })
}

/** A run that has not ended may be left at exactly the step limit, and nowhere else. */
const unstableExits = () => {
  const rules = graphToVm(GRAPH_MODEL)
  const trace = GRAPH_STOREY.run(graphStart(INPUT))
  if (trace.kind === 'last') throw new Error('the graph has a phase below it')
  const { below, witness } = trace.descend(0)
  if (below.kind !== 'last') throw new Error('the machine is the last phase')
  // The witness ends with the machine's last state; the state before the final ECALL has the same memory.
  const step = below.length - 1
  const processor = below.stepWitness(step).subarray(0, PROCESSOR_BYTES)
  const running = concat(witness.subarray(0, -PROCESSOR_BYTES), processor)
  return [step, below.length, GRAPH_MODEL.stepLimit].map((length) =>
    descended(rules, rootAt(trace, 0), rootAt(below, step), length, running),
  )
}

export const descentVectors = (): VectorFile => {
  const graphRun = GRAPH_STOREY.run(graphStart(INPUT))
  const vmRun = VM_STOREY.run(vmStart(INPUT))
  return {
    about:
      'Tops, joints and arbiters of towers: spec/tower/tower, spec/tower/phases. The first of each list is true, the others are damaged; the small model is graph.model, its tensors as bytes.',
    alphabet: TOWERS.map(alphabetVector),
    graph: {
      model: GRAPH_MODEL,
      input: INPUT,
      weights: GRAPH.weights,
      descriptors: GRAPH.nodes.map(({ descriptor }) => descriptor),
      top: topVectors(
        GRAPH_TOP(GRAPH_MODEL),
        INPUT,
        graphRun,
        graphCarried(graphRun.end),
        GRAPH_MODEL.stepLimit,
      ),
    },
    graphJoints: graphJoints(),
    unstableExits: unstableExits(),
    vm: {
      model: VM_MODEL,
      input: INPUT,
      top: topVectors(VM_TOP(VM_MODEL), INPUT, vmRun, vmCarried(vmRun.end), VM_MODEL.stepLimit),
    },
  }
}
