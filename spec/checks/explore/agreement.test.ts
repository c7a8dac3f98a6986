import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Id, keccak, type StateRoot } from '../../commitments/hash.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import type { Party } from '../../game/clocks.ts'
import { type Dispute, move, segmentAt, timeout } from '../../game/dispute.ts'
import { openSegment } from '../../game/position.ts'
import type { Reply, Segment } from '../../game/reply.ts'
import { accept, type Result } from '../../result.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call } from '../../service/calls.ts'
import { registerRules } from '../../service/registry.ts'
import { isReply } from '../../service/shapes.ts'
import { initialService, type ServiceState } from '../../service/state.ts'
import type { Address } from '../../service/task.ts'
import { malformed, wellFormed } from './anyReply.ts'
import { instancesOf } from './disputeInstances.ts'
import { type Arena, arenaOf } from './instance.ts'

/**
 * The explorer keeps a dispute of its own, without money, ids and hashes. Here the whole service plays the same
 * moves over the same symbolic towers, with its hashes and its escrow, and must say the same of every one.
 */
const MODEL: Id = keccak(new Uint8Array([1]))
const ADDRESSES: Readonly<Record<Party, Address>> = {
  asserter: `0x${'2'.repeat(40)}`,
  challenger: `0x${'3'.repeat(40)}`,
}
const OUTPUT = new Uint8Array([42])
const START = 1_000
const BOND = 1_000n

const call = (state: ServiceState, sender: Address, made: Call, valueWei: bigint, now: number) =>
  applyCall(state, made, { sender, valueWei, now })

const must = <Value>(result: Result<Value>): Value => {
  if (!result.ok) throw new Error(result.rejection.reason)
  return result.value
}

/** A claim about a symbolic tower's run. What the output is plays no part in a dispute, so any will do. */
const claimed = ({ instance, rules }: Arena, length: number, endRoot: StateRoot) => {
  const top = { ...rules.top, outputRoot: () => accept(tensorRoot(OUTPUT)) }
  const tower = { ...rules, outputBytes: OUTPUT.length, top }
  const parameters = {
    ...instance.clocks,
    arity: instance.arity,
    windowSeconds: 100,
    claimBondWei: BOND,
    disputeBondWei: BOND,
    burnBasisPoints: 5000,
    disputesAtOnce: 4,
    mostMoves: 200,
    inclusionSeconds: 0,
  }
  const registered = must(registerRules(initialService(parameters), MODEL, tower)).state
  const asked = must(
    call(
      registered,
      ADDRESSES.asserter,
      {
        kind: 'Request',
        nonce: 0,
        modelId: MODEL,
        input: OUTPUT,
        iterations: 0,
        attentionWei: 0n,
        deadline: START + 50,
      },
      1n,
      START,
    ),
  )
  const empty = new Uint8Array()
  return must(
    call(
      asked.state,
      ADDRESSES.asserter,
      {
        kind: 'Claim',
        taskId: asked.id!,
        nonce: 0,
        length,
        endRoot,
        output: OUTPUT,
        startWitness: empty,
        outputWitness: empty,
      },
      BOND,
      START,
    ),
  )
}

interface Tried {
  readonly picked: number
  readonly reply: Reply
}

const repliesTo = (dispute: Dispute, replies: (segment: Segment) => Iterable<Reply>): readonly Tried[] => {
  if (dispute.kind !== 'Running') return []
  const { position } = dispute
  return position.roots
    .slice(1)
    .flatMap((_, picked) => [...replies(segmentAt(position, picked))].map((reply) => ({ picked, reply })))
}

const reasonOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.rejection.reason)

/** What both have to say of a dispute: the explorer's view of the service's. */
const viewOf = (state: ServiceState, id: Id) => {
  const dispute = state.disputes.get(id)!
  if (dispute.kind === 'Running')
    return { kind: dispute.kind, position: dispute.position, clocks: dispute.clocks }
  if (dispute.kind === 'Drawn') throw new Error('a lone dispute cannot be void')
  return { kind: dispute.kind, winner: dispute.winner, by: dispute.by }
}

/** Rationale: what is exhausted must be the game that is deployed, or its exhaustion says nothing. */
test('AGREE-1 the explored dispute and the service say the same of every call, refusals included', () => {
  const seen = new Set<string>()
  const instances = instancesOf('small').filter(({ right }) => right !== undefined)
  fc.assert(
    fc.property(
      fc.constantFrom(...instances),
      fc.nat(),
      fc.array(fc.record({ choice: fc.nat(), patient: fc.nat(), wander: fc.nat({ max: 9 }) }), {
        minLength: 1,
        maxLength: 20,
      }),
      (instance, which, turns) => {
        const arena = arenaOf(instance)
        const first = arena.claims[which % arena.claims.length]!
        const made = claimed(arena, first.length, first.roots[1]!)
        let { state } = made
        let id: Id | undefined
        let now = START
        let dispute: Dispute = {
          kind: 'Running',
          position: first,
          clocks: {
            turn: 'challenger',
            turnSince: START,
            left: { asserter: arena.seconds, challenger: arena.seconds },
          },
        }
        for (const { choice, patient, wander } of turns) {
          if (dispute.kind !== 'Running') {
            // ABSORB-1: the service has its own word for each call to a dispute that is over.
            const late: Call = { kind: 'Timeout', disputeId: id! }
            const after = call(state, ADDRESSES.asserter, late, 0n, now)
            expect([reasonOf(after), reasonOf(timeout(dispute, now))]).toEqual(['DisputeOver', 'DisputeOver'])
            seen.add('DisputeOver')
            return
          }
          const { position, clocks }: Dispute & { kind: 'Running' } = dispute
          // Opening is the challenger's first move, and its clock starts with it.
          if (id !== undefined) now = clocks.turnSince + (patient % (clocks.left[clocks.turn] + 2))
          const judge = ({ picked, reply }: Tried) =>
            arena.applyReply(arena.rules, instance.arity, segmentAt(position, picked), reply)
          // What fits no call is refused before the game sees it.
          const all = repliesTo(dispute, (segment) =>
            wander === 0
              ? [...malformed(arena.tower, segment, instance.arity)].filter(isReply)
              : wellFormed(arena.tower, arena.alphabet, segment, instance.arity),
          )
          // Random replies are mostly refused, and then a game never gets deep.
          const accepted = all.filter((tried) => judge(tried).ok)
          const pool = wander > 1 && accepted.length > 0 ? accepted : all
          const tried = pool[choice % pool.length]!
          const mover = wander === 9 && id !== undefined ? 'asserter' : clocks.turn
          const here: Result<Dispute> = move(dispute, mover, () => judge(tried), now)
          const moved: Call =
            id === undefined
              ? { kind: 'Open', claimId: made.id!, nonce: 0, reply: tried.reply }
              : {
                  kind: 'Move',
                  disputeId: id,
                  opening: openSegment(position, tried.picked),
                  reply: tried.reply,
                }
          const there = call(state, ADDRESSES[mover], moved, id === undefined ? BOND : 0n, now)
          expect(reasonOf(there)).toBe(reasonOf(here))
          seen.add(reasonOf(here))
          if (id !== undefined) {
            const timeUp: Call = { kind: 'Timeout', disputeId: id }
            const late = call(state, ADDRESSES.asserter, timeUp, 0n, now)
            const lateHere = timeout(dispute, now)
            expect(reasonOf(late)).toBe(reasonOf(lateHere))
            if (late.ok && lateHere.ok) {
              expect(viewOf(late.value.state, id)).toEqual(lateHere.value)
              dispute = lateHere.value
              state = late.value.state
              seen.add('timeout')
              continue
            }
          }
          if (!there.ok || !here.ok) continue
          state = there.value.state
          id ??= there.value.id!
          dispute = here.value
          expect(viewOf(state, id)).toEqual(dispute)
        }
      },
    ),
    { numRuns: 2000 },
  )
  // Each of these must have come up, or the comparison has proved little.
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'accepted',
      'timeout',
      'DisputeOver',
      'NotYourTurn',
      'ClockExpired',
      'SameEnd',
      'RootCountMismatch',
      'CannotDissect',
      'CannotDescend',
      'CannotArbitrate',
      'LengthInvalid',
      'EndNotStable',
      'WitnessMalformed',
      'PreStateMismatch',
      'EndMismatch',
    ]),
  )
})
