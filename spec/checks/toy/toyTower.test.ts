import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Bytes } from '../../commitments/bytes.ts'
import { decodeHead } from '../../graph/descriptor.ts'
import { carryHeight, type PhaseName } from '../../tower/model.ts'
import type { Storey } from '../../tower/storey.ts'
import type { Descent } from '../../tower/tower.ts'
import {
  type GraphState,
  graphStorey,
  graphTileDescent,
  graphVmDescent,
  jobOf,
  type LoopState,
  loopGraphDescent,
  loopStorey,
  machineStorey,
  type PlainModel,
  type TileState,
  tileStorey,
  tileVmDescent,
} from './plainStoreys.ts'
import { inputs, toys } from './toyModel.arbitrary.ts'
import { type Toy, toyOperator, toyStart } from './toyModel.ts'

/**
 * The law of the tower, joint by joint, on random toys. What a step of each phase makes of its state is said here once
 * more, by the operator's formula and without a machine; a reached state is one that this comes to from the start.
 */
const native = {
  tile: ({ tile, output, descriptor, operands }: TileState): TileState => ({
    tile: tile + 1,
    output: toyOperator(descriptor, operands, output, tile, 1),
    descriptor,
    operands,
  }),
  graph: ({ trees, ...plain }: PlainModel, state: GraphState): GraphState => {
    const { descriptor, operands, output } = jobOf({ trees, ...plain }, state)
    const { outputSlot, tileCount } = decodeHead(descriptor)
    return {
      node: state.node + 1,
      values: state.values.with(
        outputSlot % state.values.length,
        toyOperator(descriptor, operands, output, 0, tileCount),
      ),
    }
  },
  loop: (plain: PlainModel, { iteration, carry }: LoopState): LoopState => {
    const end = repeat(plain.model.nodeCount, firstNode(carry), (state) => native.graph(plain, state))
    return { iteration: iteration + 1, carry: end.values.slice(0, 2 ** carryHeight(plain.model)) }
  },
}

const repeat = <State>(times: number, start: State, next: (state: State) => State): State =>
  Array.from({ length: times }).reduce<State>(next, start)

const firstNode = (carry: readonly Bytes[]): GraphState => ({
  node: 0,
  values: [...carry, ...carry.map(() => new Uint8Array())],
})

interface Reached {
  readonly toy: Toy
  readonly input: Bytes
  readonly loop: LoopState
  readonly graph: GraphState
  readonly tile: TileState
}

/** A state of each phase, each in the run that the one above it is about to enter. */
const reached = (phases: readonly PhaseName[]): fc.Arbitrary<Reached> =>
  fc.tuple(toys(phases), inputs, fc.nat({ max: 2 }), fc.nat(), fc.nat()).map(([toy, input, ...steps]) => {
    const { plain } = toy
    const loop = repeat(steps[0], toyStart(toy, input), (state) => native.loop(plain, state))
    const graph = repeat(steps[1] % plain.model.nodeCount, firstNode(loop.carry), (state) =>
      native.graph(plain, state),
    )
    const first: TileState = { tile: 0, ...jobOf(plain, graph) }
    const tile = repeat(steps[2] % decodeHead(first.descriptor).tileCount, first, native.tile)
    return { toy, input, loop, graph, tile }
  })

/** step(s) = exit(s, run(enter(s))), of states and of their roots. */
const expectLaw = <Above, Below>(
  above: Storey<Above>,
  descent: Descent<Above, Below>,
  below: Storey<Below>,
  state: Above,
  next: Above,
): void => {
  const { commit } = above.phase
  const run = below.run(descent.enter(state))
  expect(commit(above.phase.step(state))).toBe(commit(next))
  const [start, end] = run.rootsAt([0, run.length])
  const witness = descent.witness(state, run.end)
  expect(descent.enterRoot(commit(state), witness)).toEqual({ ok: true, value: start })
  expect(descent.exitRoot(commit(state), end!, run.length, witness)).toEqual({
    ok: true,
    value: commit(next),
  })
}

const RUNS = 60

/**
 * Rationale: a dispute goes from phase to phase by roots alone; were they not those of the run below, an honest party
 * would be held to a computation that is not the one in dispute.
 */
describe('the law of the tower on toys', () => {
  test('LAW-1 graph over vm: a node is the machine’s run over all its tiles', () => {
    fc.assert(
      fc.property(reached(['graph', 'vm']), ({ toy: { plain }, graph }) => {
        const next = native.graph(plain, graph)
        expectLaw(graphStorey(plain), graphVmDescent(plain), machineStorey(plain), graph, next)
      }),
      { numRuns: RUNS },
    )
  })

  test('LAW-2 graph over tile: a node is the run of its tiles', () => {
    fc.assert(
      fc.property(reached(['graph', 'tile', 'vm']), ({ toy: { plain }, graph }) => {
        const next = native.graph(plain, graph)
        expectLaw(graphStorey(plain), graphTileDescent(plain), tileStorey(plain), graph, next)
      }),
      { numRuns: RUNS },
    )
  })

  test('LAW-3 tile over vm: a tile is the machine’s run over this tile', () => {
    fc.assert(
      fc.property(reached(['graph', 'tile', 'vm']), ({ toy: { plain }, tile }) => {
        const next = native.tile(tile)
        expectLaw(tileStorey(plain), tileVmDescent(plain), machineStorey(plain), tile, next)
      }),
      { numRuns: RUNS },
    )
  })

  test('LAW-4 loop over graph: an iteration is the run of the graph, whose left half goes over', () => {
    fc.assert(
      fc.property(reached(['loop', 'graph', 'tile', 'vm']), ({ toy: { plain }, loop }) => {
        const next = native.loop(plain, loop)
        expectLaw(
          loopStorey(plain, plain.model.mostIterations),
          loopGraphDescent(plain),
          graphStorey(plain),
          loop,
          next,
        )
      }),
      { numRuns: RUNS },
    )
  })
})
