import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  parametersOf,
  REQUESTER,
  SERVER,
  START,
  VERIFIER,
} from '../../spec/checks/properties/alphabetGame.ts'
import { escrowFault } from '../../spec/checks/properties/invariants.ts'
import { type Player, play } from '../../spec/checks/properties/play.ts'
import { maxMoves } from '../../spec/game/bounds.ts'
import { registeredService } from '../../spec/service/registration.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { MAX_ARITY, MIN_ARITY } from '../../spec/setting/parameters.ts'
import {
  type Requester,
  requesterActs,
  requesterFor,
  serverActs,
  verifierActs,
} from '../../spec/strategies/parties.ts'
import { type Model, modelId } from '../../spec/tower/model.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import { loadModel } from '../models/catalogue.ts'
import { imageOf, testDigits } from '../models/mnist/data.ts'
import { anyMover, choices } from './anyMove.fixture.ts'
import { type InferenceRun, type ModelRuns, modelRuns } from './runs.ts'

const FEE_WEI = 100n
const INPUT = imageOf(testDigits(), 42)
const TOWERS = [
  modelRuns(loadModel('mnist-mlp'), ['graph', 'vm'], INPUT),
  modelRuns(loadModel('mnist-mlp'), ['vm'], INPUT),
] as const

/** A contract that knows the model, and the request for the image. */
const setTable = (model: Model, arity: number): { state: ServiceState; requester: Requester } => {
  const asked = {
    nonce: 0,
    modelId: modelId(model),
    iterations: 0,
    attentionWei: 0n,
    feeWei: FEE_WEI,
    deadline: START + 50_000,
  }
  return {
    state: registeredService(parametersOf(arity), model),
    requester: requesterFor(REQUESTER, asked, INPUT),
  }
}

type Seat = (task: Requester['task']) => Player

const server =
  ({ prepared, trace }: InferenceRun): Seat =>
  (task) => ({
    address: SERVER,
    act: (view) => serverActs(view, { address: SERVER, task, prepared, trace }),
  })

const verifier =
  (trace: Trace): Seat =>
  (task) => ({
    address: VERIFIER,
    act: (view) => verifierActs(view, { address: VERIFIER, task, traceAgainst: () => trace }),
  })

/** Plays a task to its end and checks, after every call, what must hold whoever plays. */
const game = (model: Model, arity: number, asserter: Seat, challenger: Seat) => {
  const { state, requester } = setTable(model, arity)
  const lengths = model.phases[0] === 'vm' ? [model.stepLimit] : [model.nodeCount, model.stepLimit]
  const bound = maxMoves(lengths, arity)
  const players = [
    asserter(requester.task),
    challenger(requester.task),
    { address: REQUESTER, act: (view) => requesterActs(view, requester) } satisfies Player,
  ]
  const end = play(state, START, requester.task, players, ({ applied }) => {
    // ESCROW-1
    expect(escrowFault(applied.state)).toBeUndefined()
    // BOUND-1; a timeout may take the place of any move, after the last one too.
    for (const dispute of applied.state.disputes.values())
      expect(dispute.moves).toBeLessThanOrEqual(
        bound + (dispute.kind === 'Decided' && dispute.by === 'timeout' ? 1 : 0),
      )
  })
  const dispute = [...end.disputes.values()][0]
  return {
    claim: [...end.claims.values()][0]?.kind,
    winner: dispute?.kind === 'Decided' ? dispute.winner : undefined,
    by: dispute?.kind === 'Decided' ? dispute.by : undefined,
  }
}

/** A run with a random fault: any step, or any element of any node and any addend, also one that wraps. */
const falseRun = (runs: ModelRuns, seed: number): InferenceRun => {
  const choose = choices(seed)
  if (runs.model.phases[0] === 'vm') return runs.damaged(choose)
  const node = choose(runs.graph.nodes.length)
  const add = choose(2) === 0 ? 1 - 2 * choose(2) : choose(2 ** 34) - 2 ** 33
  const element = choose(runs.graph.nodes[node]!.outputElements)
  return runs.withElement(node, element, runs.altersElement(node, add) ? add : 1)
}

const towers = fc.constantFrom(...TOWERS)
const arities = fc.integer({ min: MIN_ARITY, max: MAX_ARITY })
const seeds = fc.nat()

describe('the game on MNIST, in the modelled chain', () => {
  // Rationale: the properties of the alphabet tower must hold where each root is one of the real engine's.
  test('SAFE-1 an honest asserter is never refuted by a challenger that plays from a damaged run', () => {
    fc.assert(
      fc.property(towers, arities, seeds, (runs, arity, seed) => {
        const { trace } = falseRun(runs, seed)
        expect(game(runs.model, arity, server(runs.honest()), verifier(trace))).toEqual({
          claim: 'Final',
          winner: 'asserter',
          by: 'arbitration',
        })
      }),
      { numRuns: 25 },
    )
  })

  test('SAFE-2 an honest challenger always refutes a server that claims from a damaged run', () => {
    fc.assert(
      fc.property(towers, arities, seeds, (runs, arity, seed) => {
        const damaged = falseRun(runs, seed)
        expect(game(runs.model, arity, server(damaged), verifier(runs.honest().trace))).toEqual({
          claim: 'Refuted',
          winner: 'challenger',
          by: 'arbitration',
        })
      }),
      { numRuns: 25 },
    )
  })

  test('SAFE-1 an honest asserter is never refuted by a challenger that makes any moves it likes', () => {
    const ends = new Set<string | undefined>()
    fc.assert(
      fc.property(towers, arities, seeds, (runs, arity, seed) => {
        const known = [runs.honest().trace, falseRun(runs, seed).trace]
        const any: Seat = () => anyMover(VERIFIER, 'challenger', known, arity, seed)
        const { claim, winner, by } = game(runs.model, arity, server(runs.honest()), any)
        expect([claim, winner ?? 'asserter']).toEqual(['Final', 'asserter'])
        ends.add(by)
      }),
      { numRuns: 40 },
    )
    // It gets as far as an instruction, in some of its games.
    expect(ends).toContain('arbitration')
  })

  test('SAFE-2 an honest challenger always refutes a server that makes any moves it likes', () => {
    const ends = new Set<string | undefined>()
    fc.assert(
      fc.property(towers, arities, seeds, (runs, arity, seed) => {
        const damaged = falseRun(runs, seed)
        const known = [runs.honest().trace, damaged.trace]
        // It claims as a liar does, plays as it likes, and leaves the rest to the liar's strategy.
        const any: Seat = (task) => {
          const [claimant, mover] = [server(damaged)(task), anyMover(SERVER, 'asserter', known, arity, seed)]
          return {
            address: SERVER,
            act: (view) =>
              ([...view.state.disputes.values()].some(({ kind }) => kind === 'Running')
                ? mover
                : claimant
              ).act(view),
          }
        }
        const { claim, winner, by } = game(runs.model, arity, any, verifier(runs.honest().trace))
        expect([claim, winner]).toEqual(['Refuted', 'challenger'])
        ends.add(by)
      }),
      { numRuns: 40 },
    )
    expect(ends).toContain('arbitration')
  })

  test('SAFE-3 an honest verifier leaves a true claim alone', () => {
    for (const runs of TOWERS)
      expect(game(runs.model, 16, server(runs.honest()), verifier(runs.honest().trace))).toEqual({
        claim: 'Final',
        winner: undefined,
        by: undefined,
      })
  })
})
