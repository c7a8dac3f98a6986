import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, bigEndian } from '../../commitments/bytes.ts'
import { type Id, keccak, type StateRoot } from '../../commitments/hash.ts'
import { maxMoves } from '../../game/bounds.ts'
import type { Party } from '../../game/clocks.ts'
import { applyCall } from '../../service/apply.ts'
import { registeredService } from '../../service/registration.ts'
import type { ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { requesterActs, requesterFor, serverActs, verifierActs } from '../../strategies/parties.ts'
import type { Intent, View } from '../../strategies/sight.ts'
import { modelId, type PhaseName } from '../../tower/model.ts'
import { pathInto } from '../../tower/storey.ts'
import type { Trace } from '../../tower/tower.ts'
import { choices, forgingPlayer } from '../properties/adversary.ts'
import { parametersOf, REQUESTER, SERVER, START, VERIFIER } from '../properties/alphabetGame.ts'
import { disputeFault, escrowFault } from '../properties/invariants.ts'
import { type Player, play } from '../properties/play.ts'
import { toyForger } from './toyForger.ts'
import { ENOUGH_STEPS, inputs, toys } from './toyModel.arbitrary.ts'
import { type Toy, type ToyRun, tilesOf, toyRun } from './toyModel.ts'

/** Whole games on the shipped phases, down to an instruction of a real program, at k = 2 to 4. */
const TOWERS: readonly (readonly PhaseName[])[] = [
  ['graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['loop', 'graph', 'tile', 'vm'],
]

interface Table {
  readonly toy: Toy
  readonly input: Bytes
  readonly arity: number
  readonly truth: ToyRun
}

const tables = (phases: readonly PhaseName[]): fc.Arbitrary<Table> =>
  fc
    .record({
      // At times the step limit cuts runs off: then its state is what a tile or a node makes of its output.
      toy: toys(phases, fc.constantFrom(ENOUGH_STEPS, ENOUGH_STEPS, 40)),
      input: inputs,
      arity: fc.oneof(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 64 })),
    })
    .map(({ toy, input, arity }) => ({ toy, input, arity, truth: toyRun(toy, input) }))

const lies = fc.array(fc.nat(), { minLength: 4, maxLength: 4 })

/** A run that is false from one instruction on. */
const lyingRun = ({ toy, input, truth }: Table, steps: readonly number[]): ToyRun =>
  toyRun(toy, input, pathInto(truth.trace, steps))

const server = (task: Id, { trace, prepared }: ToyRun): Player => ({
  address: SERVER,
  act: (view) => serverActs(view, { address: SERVER, task, trace, prepared }),
})

const verifier = (task: Id, trace: Trace): Player => ({
  address: VERIFIER,
  act: (view) => verifierActs(view, { address: VERIFIER, task, traceAgainst: () => trace }),
})

/** Longest runs, coarsest first. */
const lengthsOf = ({ model, trees }: Toy['plain']): readonly number[] => {
  const longest: Readonly<Record<PhaseName, number>> = {
    loop: model.mostIterations,
    graph: model.nodeCount,
    tile: Math.max(...trees.model.nodes.map(({ descriptor }) => tilesOf(descriptor))),
    vm: model.stepLimit,
  }
  return model.phases.map((phase) => longest[phase])
}

const playToy = (
  { toy, input, arity, truth }: Table,
  honest: 'asserter' | 'challenger',
  players: (task: Id) => readonly Player[],
): ServiceState => {
  const { model } = toy.plain
  const asked = {
    nonce: 0,
    modelId: modelId(model),
    iterations: model.mostIterations,
    feeWei: 100n,
    attentionWei: 0n,
    deadline: START + 50_000,
  }
  const requester = requesterFor(REQUESTER, asked, input)
  const { task } = requester
  const start = registeredService(parametersOf(arity), model)
  const asking: Player = { address: REQUESTER, act: (view) => requesterActs(view, requester) }
  return play(start, START, task, [...players(task), asking], ({ applied }) => {
    expect(escrowFault(applied.state)).toBeUndefined()
    for (const dispute of applied.state.disputes.values()) {
      expect(dispute.moves).toBeLessThanOrEqual(maxMoves(lengthsOf(toy.plain), arity) + 1)
      if (dispute.kind === 'Running')
        expect(disputeFault(dispute.position, dispute.clocks.turn !== honest, truth.trace)).toBeUndefined()
    }
  })
}

const outcome = (state: ServiceState) => ({
  claim: [...state.claims.values()][0]?.kind,
  dispute: [...state.disputes.values()][0],
})

const RUNS = 16

describe.each(TOWERS.map((phases) => ({ phases, name: phases.join(', ') })))(
  'games on toys of $name',
  ({ phases }) => {
    /** Rationale: the server that computed every iteration, node, tile and instruction keeps its bond. */
    test('SAFE-1 an honest asserter is never refuted by a challenger with a false run', () => {
      let disputed = 0
      fc.assert(
        fc.property(tables(phases), lies, (table, steps) => {
          const liar = lyingRun(table, steps).trace
          const state = playToy(table, 'asserter', (task) => [
            server(task, table.truth),
            verifier(task, liar),
          ])
          const { claim, dispute } = outcome(state)
          expect(claim).toBe('Final')
          if (dispute === undefined) return
          expect(dispute).toMatchObject({ kind: 'Decided', winner: 'asserter', by: 'arbitration' })
          disputed++
        }),
        { numRuns: RUNS },
      )
      expect(disputed).toBeGreaterThan(RUNS / 4)
    })

    /** Rationale: one honest verifier is enough, wherever in the tower the claim begins to be false. */
    test('SAFE-2 an honest challenger refutes every claim whose end is false', () => {
      let refuted = 0
      fc.assert(
        fc.property(tables(phases), lies, (table, steps) => {
          const liar = lyingRun(table, steps)
          const state = playToy(table, 'challenger', (task) => [
            server(task, liar),
            verifier(task, table.truth.trace),
          ])
          const isTrue = liar.prepared.endRoot === table.truth.prepared.endRoot
          expect(outcome(state).claim).toBe(isTrue ? 'Final' : 'Refuted')
          if (!isTrue) refuted++
        }),
        { numRuns: RUNS },
      )
      expect(refuted).toBeGreaterThan(RUNS / 4)
    })

    /**
     * Rationale: a liar need not have a run behind its roots. Roots that no run leads to, and true ones of another
     * step, at any phase, leave it without a descent or an arbitration that the rules take.
     */
    test('SAFE-1 an honest asserter is never refuted by roots that no run leads to', () => {
      let disputed = 0
      fc.assert(
        fc.property(tables(phases), lies, fc.nat(), (table, steps, salt) => {
          const depth = 1 + (salt % phases.length)
          const path = pathInto(table.truth.trace, steps).slice(0, depth)
          const liar = stray(table.truth.trace, path, salt)
          const state = playToy(table, 'asserter', (task) => [
            server(task, table.truth),
            silencedByRefusal(verifier(task, liar)),
          ])
          const { claim, dispute } = outcome(state)
          expect(claim).toBe('Final')
          // Over a top run of one step such a challenger has no opening either.
          if (dispute === undefined) return
          expect(dispute).toMatchObject({ kind: 'Decided', winner: 'asserter' })
          disputed++
        }),
        { numRuns: RUNS },
      )
      expect(disputed).toBeGreaterThan(RUNS / 4)
    })

    test('SAFE-2 an honest challenger refutes a false claim that is defended by roots that no run leads to', () => {
      let refuted = 0
      fc.assert(
        fc.property(tables(phases), lies, fc.nat(), (table, steps, salt) => {
          const path = pathInto(table.truth.trace, steps)
          const liar = lyingRun(table, steps)
          fc.pre(liar.prepared.endRoot !== table.truth.prepared.endRoot)
          // A claim's own end must open; what defends it need not.
          const trace = strayBelow(liar.trace, path.slice(0, 2 + (salt % (phases.length - 1))), salt)
          const state = playToy(table, 'challenger', (task) => [
            silencedByRefusal(server(task, { ...liar, trace })),
            verifier(task, table.truth.trace),
          ])
          expect(outcome(state)).toMatchObject({
            claim: 'Refuted',
            dispute: { kind: 'Decided', winner: 'challenger' },
          })
          refuted++
        }),
        { numRuns: RUNS },
      )
      expect(refuted).toBe(RUNS)
    })

    /** Rationale: an adversary need play no trace at all: it forges ends of runs, jobs, memories, as it likes. */
    test('SAFE-1 an honest asserter is never refuted by an adversary that makes up ends of runs', () => {
      let disputed = 0
      fc.assert(
        fc.property(tables(phases), fc.nat(), (table, seed) => {
          const state = playToy(table, 'asserter', (task) => [
            server(task, table.truth),
            forging(table, VERIFIER, 'challenger', seed),
          ])
          const { claim, dispute } = outcome(state)
          expect(claim).toBe('Final')
          expect(dispute).toMatchObject({ kind: 'Decided', winner: 'asserter' })
          if (dispute!.kind === 'Decided' && dispute!.by === 'arbitration') disputed++
        }),
        { numRuns: RUNS },
      )
      expect(disputed).toBeGreaterThan(RUNS / 4)
    })

    test('SAFE-2 an honest challenger refutes a false claim whose defender makes up ends of runs', () => {
      fc.assert(
        fc.property(tables(phases), lies, fc.nat(), (table, steps, seed) => {
          const liar = lyingRun(table, steps)
          fc.pre(liar.prepared.endRoot !== table.truth.prepared.endRoot)
          const forger = forging(table, SERVER, 'asserter', seed)
          const state = playToy(table, 'challenger', (task) => [
            // It claims as the liar does, and answers as it likes.
            { address: SERVER, act: (view) => forger.act(view) ?? whileUndisputed(server(task, liar), view) },
            verifier(task, table.truth.trace),
          ])
          expect(outcome(state)).toMatchObject({
            claim: 'Refuted',
            dispute: { kind: 'Decided', winner: 'challenger' },
          })
        }),
        { numRuns: RUNS },
      )
    })
  },
)

const forging = ({ toy, arity, truth }: Table, address: Address, party: Party, seed: number): Player => {
  const choose = choices(seed)
  const forge = toyForger(toy.plain.model, truth.trace, arity, choose)
  return forgingPlayer(address, party, forge, choose, 0)
}

const whileUndisputed = (player: Player, view: View): Intent | undefined =>
  [...view.state.disputes.values()].some(({ kind }) => kind === 'Running') ? undefined : player.act(view)

/** A trace whose roots behind a step are forged, or those of the step before, in each phase along a path. */
const stray = (trace: Trace, [from, ...rest]: readonly number[], salt: number): Trace => {
  if (from === undefined) return trace
  const rootsAt = (steps: readonly number[]): readonly StateRoot[] =>
    steps.map((step) => {
      if (step <= from) return trace.rootsAt([step])[0]!
      return salt % 2 === 0
        ? keccak<StateRoot>(bigEndian(salt, 6), bigEndian(step, 6))
        : trace.rootsAt([step - 1])[0]!
    })
  if (trace.kind === 'last') return { ...trace, rootsAt }
  const descend = (step: number) => {
    const descended = trace.descend(step)
    return step === from ? { ...descended, below: stray(descended.below, rest, salt) } : descended
  }
  return { ...trace, rootsAt, descend }
}

const strayBelow = (trace: Trace, [at, ...rest]: readonly number[], salt: number): Trace => {
  if (trace.kind === 'last') return trace
  return {
    ...trace,
    descend: (step) => {
      const descended = trace.descend(step)
      return step === at ? { ...descended, below: stray(descended.below, rest, salt) } : descended
    },
  }
}

/** Whoever has no call that the rules take has nothing left to do but to let its clock run out. */
const silencedByRefusal = ({ address, act }: Player): Player => ({
  address,
  act: (view) => {
    const intent = act(view)
    if (intent === undefined) return undefined
    const context = { sender: address, valueWei: intent.valueWei, now: view.now }
    return applyCall(view.state, intent.call, context).ok ? intent : undefined
  },
})
