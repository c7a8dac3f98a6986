import type { Bytes } from '../../commitments/bytes.ts'
import {
  type Memory,
  memoryRoot,
  OUTPUT_SLOT,
  readBytes,
  slotAddress,
  slotRoots,
  writeBytes,
} from '../../commitments/memory.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import {
  decodeHead,
  descriptorRoot,
  encodeRange,
  JOB_ADDRESS,
  JOB_RANGE_ADDRESS,
  type OperandReference,
} from '../../graph/descriptor.ts'
import { step } from '../../machine/execute.ts'
import type { Code } from '../../machine/program.ts'
import { commitState, encodeState, initialState, isStable, type MachineState } from '../../machine/state.ts'
import { stepWitness } from '../../machine/witness.ts'
import { carryHeight, type Model } from '../../tower/model.ts'
import { graphToVm } from '../../tower/phases/graph.ts'
import { commitGraph, type GraphRoots } from '../../tower/phases/graphState.ts'
import { type GraphTrees, nodeRunWitness } from '../../tower/phases/graphWitness.ts'
import { commitLoop, iterationWitness, type LoopRoots, loopToGraph } from '../../tower/phases/loop.ts'
import {
  commitTile,
  graphToTile,
  nodeTilesWitness,
  type TileRoots,
  tileRunWitness,
  tileToVm,
} from '../../tower/phases/tile.ts'
import { lastStorey, type Storey, storey } from '../../tower/storey.ts'
import type { Descent, Phase } from '../../tower/tower.ts'

/**
 * The shipped phases as those see them who hold every tensor of every state, for models that are small enough for
 * that. A step of an upper phase is what the law of the tower says: the run below it, whole.
 */
export interface PlainModel {
  readonly model: Model
  readonly trees: GraphTrees
  readonly code: Code
  /** Slot 0 as the program is loaded. */
  readonly image: Memory
  /** Bytes of a value slot that are ever written. */
  readonly valueBytes: number
  /** Byte of the output in which a lie stands: behind what the program writes, so that no later store heals it. */
  readonly lieByte: number
}

export interface GraphState {
  readonly node: number
  /** By value slot; empty where unset. */
  readonly values: readonly Bytes[]
}

export interface TileState {
  readonly tile: number
  readonly output: Bytes
  readonly descriptor: Bytes
  /** Six. */
  readonly operands: readonly Bytes[]
}

export interface LoopState {
  readonly iteration: number
  /** By carry slot; empty where unset. */
  readonly carry: readonly Bytes[]
}

export const graphRoots = ({ node, values }: GraphState): GraphRoots => ({
  node,
  valueRoots: values.map(tensorRoot),
})

export const tileRoots = ({ tile, output, descriptor, operands }: TileState): TileRoots => ({
  tile,
  outputRoot: tensorRoot(output),
  job: { descriptor: descriptorRoot(descriptor), operands: operands.map(tensorRoot) },
})

export const loopRoots = ({ iteration, carry }: LoopState): LoopRoots => ({
  iteration,
  carryRoots: carry.map(tensorRoot),
})

// --- A job ---------------------------------------------------------------------------------------------------

/** What a node's run starts from, tensor by tensor. */
export type Job = Omit<TileState, 'tile'>

export const jobOf = ({ trees }: PlainModel, { node, values }: GraphState): Job => {
  const { weights, weightHeight, nodes } = trees.model
  const { descriptor } = nodes[node]!
  const { operands, outputSlot, inPlace } = decodeHead(descriptor)
  const tensorOf = ({ kind, index }: OperandReference): Bytes => {
    if (kind === 'none') return new Uint8Array()
    return kind === 'value'
      ? values[index % values.length]!
      : (weights[index % 2 ** weightHeight] ?? new Uint8Array())
  }
  const output = inPlace ? values[outputSlot % values.length]! : new Uint8Array()
  return { descriptor, operands: operands.map(tensorOf), output }
}

/** All that stands in the machine's memory when it starts on some tiles of a job. */
const machineAt = (
  { model, image }: PlainModel,
  { descriptor, operands, output }: Job,
  firstTile: number,
  tileCount: number,
): MachineState => {
  const page = writeBytes(image, JOB_ADDRESS, descriptor)
  const job = writeBytes(page, JOB_RANGE_ADDRESS, encodeRange(firstTile, tileCount))
  const memory = [...operands, output].reduce(
    (filled, bytes, i) => writeBytes(filled, slotAddress(1 + i), bytes),
    job,
  )
  return initialState(model.program.entry, memory)
}

const outputOf = ({ valueBytes }: PlainModel, { memory }: MachineState): Bytes =>
  readBytes(memory, slotAddress(OUTPUT_SLOT), valueBytes)

const endOf = (end: MachineState) =>
  [encodeState(memoryRoot(end.memory), end), slotRoots(end.memory)] as const

export const withOutput = (
  { trees }: PlainModel,
  { node, values }: GraphState,
  output: Bytes,
): GraphState => {
  const { outputSlot } = decodeHead(trees.model.nodes[node]!.descriptor)
  return { node: node + 1, values: values.with(outputSlot % values.length, output) }
}

// --- Joints --------------------------------------------------------------------------------------------------

export const graphVmDescent = (plain: PlainModel): Descent<GraphState, MachineState> => ({
  ...graphToVm(plain.model),
  enter: (state) => {
    const job = jobOf(plain, state)
    return machineAt(plain, job, 0, decodeHead(job.descriptor).tileCount)
  },
  exit: (state, end) => withOutput(plain, state, outputOf(plain, end)),
  witness: (state, end) => nodeRunWitness(plain.trees, graphRoots(state), ...endOf(end)),
})

export const graphTileDescent = (plain: PlainModel): Descent<GraphState, TileState> => ({
  ...graphToTile(plain.model),
  enter: (state) => ({ tile: 0, ...jobOf(plain, state) }),
  exit: (state, { output }) => withOutput(plain, state, output),
  witness: (state, end) => nodeTilesWitness(plain.trees, graphRoots(state), tileRoots(end)),
})

export const tileVmDescent = (plain: PlainModel): Descent<TileState, MachineState> => ({
  ...tileToVm(plain.model),
  enter: (state) => machineAt(plain, state, state.tile, 1),
  exit: (state, end) => ({ ...state, tile: state.tile + 1, output: outputOf(plain, end) }),
  witness: (state, end) => tileRunWitness(tileRoots(state), ...endOf(end)),
})

export const loopGraphDescent = ({ model }: PlainModel): Descent<LoopState, GraphState> => {
  const carrySlots = 2 ** carryHeight(model)
  const scratch: readonly Bytes[] = Array.from({ length: carrySlots }, () => new Uint8Array())
  return {
    ...loopToGraph(model),
    enter: ({ carry }) => ({ node: 0, values: [...carry, ...scratch] }),
    exit: ({ iteration }, { values }) => ({
      iteration: iteration + 1,
      carry: values.slice(0, carrySlots),
    }),
    witness: (state, end) => iterationWitness(loopRoots(state), graphRoots(end).valueRoots, model),
  }
}

// --- Storeys -------------------------------------------------------------------------------------------------

/** The most that a run has: until it is stable, or at the step limit. */
const machinePhase = ({ code, model }: PlainModel): Phase<MachineState> => ({
  name: 'vm',
  step: (state) => step(code, state),
  commit: commitState,
  length: (start) => {
    let [state, steps] = [start, 0]
    for (; !isStable(state) && steps < model.stepLimit; steps++) state = step(code, state)
    return Math.max(1, steps)
  },
})

export const machineStorey = (plain: PlainModel): Storey<MachineState> =>
  lastStorey(
    machinePhase(plain),
    (state) => stepWitness(plain.code, state),
    (state) => ({
      ...state,
      memory: writeBytes(state.memory, slotAddress(OUTPUT_SLOT) + plain.lieByte, Uint8Array.of(1)),
    }),
  )

const above = <Above, Below>(
  phase: Omit<Phase<Above>, 'step'>,
  descent: Descent<Above, Below>,
  below: Storey<Below>,
): Storey<Above> =>
  storey(
    { ...phase, step: (state) => descent.exit(state, below.run(descent.enter(state)).end) },
    descent,
    below,
  )

export const tileStorey = (plain: PlainModel): Storey<TileState> =>
  above(
    {
      name: 'tile',
      commit: (state) => commitTile(tileRoots(state)),
      length: ({ descriptor }) => decodeHead(descriptor).tileCount,
    },
    tileVmDescent(plain),
    machineStorey(plain),
  )

/** Over tiles where the model's list has them, else over the machine. */
export const graphStorey = (plain: PlainModel): Storey<GraphState> => {
  const { phases, valueHeight, nodeCount } = plain.model
  const phase = {
    name: 'graph',
    commit: (state: GraphState) => commitGraph(graphRoots(state), valueHeight),
    length: () => nodeCount,
  }
  return phases.includes('tile')
    ? above(phase, graphTileDescent(plain), tileStorey(plain))
    : above(phase, graphVmDescent(plain), machineStorey(plain))
}

/** @param iterations as many as the request asks for */
export const loopStorey = (plain: PlainModel, iterations: number): Storey<LoopState> =>
  above(
    {
      name: 'loop',
      commit: (state) => commitLoop(loopRoots(state), plain.model),
      length: () => iterations,
    },
    loopGraphDescent(plain),
    graphStorey(plain),
  )
