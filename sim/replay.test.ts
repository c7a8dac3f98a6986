import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keccak } from '../spec/commitments/hash.ts'
import type { Intent } from '../spec/strategies/sight.ts'
import { type Actor, assemble } from './actors.ts'
import { ROOT } from './command.fixture.ts'
import type { Entry } from './journal.ts'
import { replay } from './replay.ts'
import { openWorld, prepare } from './run.ts'
import { loadScenario } from './scenario/load.ts'
import { playVariant } from './scenarios.fixture.ts'
import { tell } from './story.ts'

/**
 * Rationale: the replay is what holds a live chain to the specification; one that sees no difference proves nothing,
 * so each kind of difference is planted.
 */
test('REPLAY-1 another outcome, another state, another balance and a call left out are each found', async () => {
  const { start, story } = await playVariant(join(ROOT, 'scenarios', 'mnist-wrong-logit.yaml'), 'anvil')
  const { journal, balances } = story
  expect(replay(start, journal, balances)).toBeUndefined()

  const other = (seq: number, change: Partial<Entry>) =>
    journal.map((entry) => (entry.seq === seq ? { ...entry, ...change } : entry))
  for (const { seq } of journal) {
    expect(replay(start, other(seq, { outcome: 'NotYourTurn' }), balances)).toMatchObject({
      seq,
      what: 'outcome',
    })
    expect(replay(start, other(seq, { stateHash: keccak(new Uint8Array([seq])) }), balances)).toMatchObject({
      seq,
      what: 'state',
    })
    const without = journal.filter((entry) => entry.seq !== seq)
    expect(replay(start, without, balances)).toBeDefined()
  }
  const paid = balances.map((balance, i) => (i === 1 ? { ...balance, after: balance.after + 1n } : balance))
  expect(replay(start, journal, paid)).toMatchObject({
    seq: undefined,
    what: `balance of ${balances[1]!.name}`,
  })
})

/** An actor that sends each of its calls a second time. */
const stubborn = (actor: Actor): Actor => {
  let again: Intent | undefined
  return {
    ...actor,
    act: (view) => {
      const repeated = again
      again = undefined
      if (repeated !== undefined) return repeated
      again = actor.act(view)
      return again
    },
  }
}

/** Rationale: a story is also what was refused, by name; a chain that refuses for another reason is not the spec's. */
test.each(['model', 'anvil'] as const)(
  'REPLAY-2 %s: refused calls are on record by name, and are replayed',
  async (name) => {
    const scenario = { ...loadScenario(join(ROOT, 'scenarios', 'mnist-wrong-logit.yaml')), world: name }
    const prepared = prepare(scenario)
    const world = await openWorld(prepared, undefined)
    try {
      const troupe = assemble(scenario, world.startTime)
      await world.fund(troupe.actors)
      const actors = troupe.actors.map(stubborn)
      const { journal, balances } = await tell(world, { ...troupe, actors }, () => {})
      expect(replay(prepared.start, journal, balances)).toBeUndefined()
      const refused = journal.filter(({ outcome }) => outcome !== 'accepted')
      expect(new Set(refused.map(({ outcome }) => outcome))).toEqual(
        new Set([
          'TaskExists',
          'ClaimExists',
          'TaskNotOpen',
          'DisputeExists',
          'NotYourTurn',
          'StateMismatch',
          'DisputeOver',
          'NothingToWithdraw',
        ]),
      )
    } finally {
      await world.close()
    }
  },
)
