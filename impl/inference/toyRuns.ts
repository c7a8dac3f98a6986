import {
  type GraphState,
  graphRoots,
  graphTileDescent,
  type Job,
  jobOf,
  type LoopState,
  loopGraphDescent,
  loopRoots,
  type PlainModel,
  type TileState,
  tileRoots,
  withOutput,
} from '../../spec/checks/toy/plainStoreys.ts'
import { padded, type Toy, toyOperator, toyStart } from '../../spec/checks/toy/toyModel.ts'
import { type Bytes, concat, littleEndian, wordAt } from '../../spec/commitments/bytes.ts'
import type { Hash } from '../../spec/commitments/hash.ts'
import { OUTPUT_SLOT, slotAddress } from '../../spec/commitments/memory.ts'
import { decodeHead, encodeRange, JOB_ADDRESS, JOB_RANGE_ADDRESS } from '../../spec/graph/descriptor.ts'
import { carryHeight, type PhaseName } from '../../spec/tower/model.ts'
import { graphToVm } from '../../spec/tower/phases/graph.ts'
import { commitGraph } from '../../spec/tower/phases/graphState.ts'
import {
  graphOutputWitness,
  graphStartWitness,
  nodeRunWitness,
} from '../../spec/tower/phases/graphWitness.ts'
import { commitLoop, loopOutputWitness } from '../../spec/tower/phases/loop.ts'
import { commitTile, tileRunWitness, tileToVm } from '../../spec/tower/phases/tile.ts'
import { type Run, type Storey, storey } from '../../spec/tower/storey.ts'
import type { Descent, Trace } from '../../spec/tower/tower.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { seededToy } from '../models/toy.ts'
import { VmTrace } from '../vm/trace.ts'
import { once, timed } from './evaluate.ts'
import type { InferenceRun } from './inferenceRun.ts'
import { endOf, lastTrace } from './machineRuns.ts'
import type { ModelRuns } from './runs.ts'

/**
 * Runs of a toy in its whole tower: natively above, by the operator's formula, and in the engine below. However long
 * the runs of the machine are, only those are executed that a dispute comes down to.
 */
export interface ToyRuns {
  readonly honest: () => InferenceRun
  /** @param path the steps, from the top phase down to the machine, that lead to the altered instruction */
  readonly withLie: (path: readonly number[]) => InferenceRun
  /** `add` is added to an element of node `node`'s output, where the machine stores it last. @param iteration the first */
  readonly withElement: (node: number, element: number, add: number, iteration?: number) => InferenceRun
}

/** The input of a seed's toy as the n-th task has it: the first word is as much more. */
const nthInput = (input: Bytes, nth: number): Bytes =>
  concat(littleEndian((wordAt(input, 0) + nth) % 2 ** 32, 4), input.subarray(4))

/** What a scenario plays of a toy: its runs as those of any model. @param nth of the tasks that ask it */
export const seededRuns = (
  seed: number,
  phases: readonly PhaseName[],
  nth = 0,
): { readonly runs: ModelRuns; readonly input: Bytes } => {
  const { toy, input: first } = seededToy(seed, phases)
  const input = nthInput(first, nth)
  const { model, trees } = toy.plain
  const { honest, withElement } = toyRuns(toy, input)
  const runs: ModelRuns = {
    graph: trees.model,
    model,
    iterations: model.mostIterations,
    honest,
    withElement,
    withStep: () => {
      throw new Error('a step can be altered only where the machine is the top phase')
    },
    damaged: (choose) => {
      const node = choose(model.nodeCount)
      return withElement(node, choose(trees.model.nodes[node]!.outputElements), 1)
    },
    altersElement: (_, add) => BigInt.asUintN(32, BigInt(add)) !== 0n,
  }
  return { runs, input }
}

/** Where a descriptor says how many elements a tile has. */
const TILE_ELEMENTS_AT = 36

/** What an altered instruction leaves in the output, and where. */
interface Fault {
  readonly offset: number
  readonly bytes: Bytes
}

/** A run of the machine as the joints above see it: what it starts from, or what it came to. */
type MachineEdge =
  | { readonly kind: 'start'; readonly job: Job; readonly firstTile: number; readonly tileCount: number }
  | {
      readonly kind: 'end'
      readonly preimage: Bytes
      readonly slots: readonly Hash[]
      readonly output: Bytes
    }

type MachineEnd = MachineEdge & { kind: 'end' }

const asEnd = (edge: MachineEdge): MachineEnd => {
  if (edge.kind !== 'end') throw new Error('this run of the machine has not ended')
  return edge
}

/** The machine's true run over the tiles of a job. */
const machineRun = ({ code, model }: PlainModel, start: MachineEdge): VmTrace => {
  if (start.kind !== 'start') throw new Error('this run of the machine has not begun')
  const { job, firstTile, tileCount } = start
  const image = Uint8Array.from(code.words.flatMap((word) => [...littleEndian(word, 4)]))
  return new VmTrace({
    code,
    entry: model.program.entry,
    stepLimit: model.stepLimit,
    contents: [
      { address: code.base, bytes: image },
      { address: JOB_ADDRESS, bytes: job.descriptor },
      { address: JOB_RANGE_ADDRESS, bytes: encodeRange(firstTile, tileCount) },
      ...[...job.operands, job.output].map((bytes, i) => ({ address: slotAddress(1 + i), bytes })),
    ],
  })
}

const machine = (plain: PlainModel, { offset, bytes }: Fault): Pick<Storey<MachineEdge>, 'run'> => ({
  run: (start, lie): Run<MachineEdge> => {
    const honest = machineRun(plain, start)
    const address = slotAddress(OUTPUT_SLOT) + offset
    const run = lie?.[0] === undefined ? honest : honest.patched(lie[0] + 1, { address, bytes })
    const output = run.bytesAt(run.length, slotAddress(OUTPUT_SLOT), plain.valueBytes)
    return { ...lastTrace(run), end: { kind: 'end', ...endOf(run), output } }
  },
})

const tileToMachine = ({ plain: { model } }: Toy): Descent<TileState, MachineEdge> => ({
  ...tileToVm(model),
  enter: (state) => ({ kind: 'start', job: state, firstTile: state.tile, tileCount: 1 }),
  exit: (state, end) => ({ ...state, tile: state.tile + 1, output: asEnd(end).output }),
  witness: (state, end) => tileRunWitness(tileRoots(state), asEnd(end).preimage, asEnd(end).slots),
})

const graphToMachine = ({ plain }: Toy): Descent<GraphState, MachineEdge> => ({
  ...graphToVm(plain.model),
  enter: (state) => {
    const job = jobOf(plain, state)
    return { kind: 'start', job, firstTile: 0, tileCount: decodeHead(job.descriptor).tileCount }
  },
  exit: (state, end) => withOutput(plain, state, asEnd(end).output),
  witness: (state, end) =>
    nodeRunWitness(plain.trees, graphRoots(state), asEnd(end).preimage, asEnd(end).slots),
})

const tiles = (toy: Toy, fault: Fault): Storey<TileState> =>
  storey(
    {
      name: 'tile',
      step: ({ tile, output, descriptor, operands }) => ({
        tile: tile + 1,
        output: toyOperator(descriptor, operands, output, tile, 1),
        descriptor,
        operands,
      }),
      commit: (state) => commitTile(tileRoots(state)),
      length: ({ descriptor }) => decodeHead(descriptor).tileCount,
    },
    tileToMachine(toy),
    machine(toy.plain, fault),
  )

const nodes = (toy: Toy, fault: Fault): Storey<GraphState> => {
  const { model } = toy.plain
  const phase = {
    name: 'graph',
    step: (state: GraphState): GraphState => {
      const { descriptor, operands, output } = jobOf(toy.plain, state)
      const { tileCount } = decodeHead(descriptor)
      return withOutput(toy.plain, state, toyOperator(descriptor, operands, output, 0, tileCount))
    },
    commit: (state: GraphState) => commitGraph(graphRoots(state), model.valueHeight),
    length: () => model.nodeCount,
  }
  return model.phases.includes('tile')
    ? storey(phase, graphTileDescent(toy.plain), tiles(toy, fault))
    : storey(phase, graphToMachine(toy), machine(toy.plain, fault))
}

const iterations = (toy: Toy, fault: Fault): Storey<LoopState> => {
  const { model } = toy.plain
  const graph = nodes(toy, fault)
  const descent = loopGraphDescent(toy.plain)
  return storey(
    {
      name: 'loop',
      step: (state) => {
        let values = descent.enter(state)
        for (let node = 0; node < model.nodeCount; node++) values = graph.phase.step(values)
        return descent.exit(state, values)
      },
      commit: (state) => commitLoop(loopRoots(state), model),
      length: () => model.mostIterations,
    },
    descent,
    graph,
  )
}

export const toyRuns = (toy: Toy, input: Bytes): ToyRuns => {
  const { model, trees } = toy.plain
  const { outputSlot } = model
  const start = toyStart(toy, input)
  const claimed = (trace: Trace, seconds: number, output: Bytes, outputWitness: Bytes): InferenceRun => ({
    trace,
    seconds,
    prepared: {
      length: trace.length,
      endRoot: trace.rootsAt([trace.length])[0]!,
      // As many bytes as the model states, whatever a run writes of them.
      output: padded(output, model.outputBytes),
      startWitness: graphStartWitness(trees.model, toy.carry.map(tensorRoot)),
      outputWitness,
    },
  })
  const scratch = Array.from({ length: 2 ** carryHeight(model) }, () => new Uint8Array())
  /** A byte that the program never writes, so that no later store heals it. */
  const unwritten: Fault = { offset: toy.plain.lieByte, bytes: Uint8Array.of(1) }
  const first: GraphState = { node: 0, values: [...start.carry, ...scratch] }

  const run = (lie?: readonly number[], fault = unwritten): InferenceRun => {
    if (model.phases[0] === 'loop') {
      const { value: trace, seconds } = timed(() => iterations(toy, fault).run(start, lie))
      const witness = loopOutputWitness(loopRoots(trace.end), model)
      return claimed(trace, seconds, trace.end.carry[outputSlot]!, witness)
    }
    const { value: trace, seconds } = timed(() => nodes(toy, fault).run(first, lie))
    const witness = graphOutputWitness(trees.model, graphRoots(trace.end))
    return claimed(trace, seconds, trace.end.values[outputSlot]!, witness)
  }
  const stateAt = (iteration: number): LoopState => {
    let state = start
    for (let before = 0; before < iteration; before++) state = iterations(toy, unwritten).phase.step(state)
    return state
  }

  const withElement = (node: number, element: number, add: number, iteration = 0): InferenceRun => {
    const { phase } = nodes(toy, unwritten)
    const { carry } = stateAt(iteration)
    let state: GraphState = { node: 0, values: [...carry, ...scratch] }
    for (let before = 0; before < node; before++) state = phase.step(state)
    const job = jobOf(toy.plain, state)
    const isTiled = model.phases.includes('tile')
    const tile = isTiled ? Math.floor(element / wordAt(job.descriptor, TILE_ELEMENTS_AT)) : 0
    const { tileCount } = decodeHead(job.descriptor)
    const output = isTiled ? toyOperator(job.descriptor, job.operands, job.output, 0, tile) : job.output
    const start: MachineEdge = {
      kind: 'start',
      job: { ...job, output },
      firstTile: tile,
      tileCount: isTiled ? 1 : tileCount,
    }
    const honest = machineRun(toy.plain, start)
    const address = slotAddress(OUTPUT_SLOT) + 4 * element
    const store = honest.lastStoreTo(address, 4)
    if (store === undefined) throw new Error(`node ${node} of the toy never stores element ${element}`)
    const altered = wordAt(honest.bytesAt(honest.length, address, 4), 0) + add
    const path = [...(model.phases[0] === 'loop' ? [iteration] : []), node, ...(isTiled ? [tile] : []), store]
    return run(path, { offset: 4 * element, bytes: littleEndian(BigInt.asUintN(32, BigInt(altered)), 4) })
  }

  return { honest: once(() => run()), withLie: (path) => run(path), withElement }
}
