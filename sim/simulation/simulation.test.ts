import { describe, expect, test } from 'vitest'
import {
  liePath,
  parametersOf,
  REQUESTER,
  SERVER,
  serverOf,
  setTable,
  VERIFIER,
  verifierOf,
} from '../../spec/checks/properties/alphabetGame.ts'
import { account } from '../../spec/checks/properties/oneTask.ts'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { keccak } from '../../spec/commitments/hash.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { requesterActs, serverActs, verifierActs } from '../../spec/strategies/parties.ts'
import { nextDeadline, type View } from '../../spec/strategies/sight.ts'
import { constantFee } from '../chain/fees.ts'
import { chanceOf } from '../chance.ts'
import type { Agent } from './agent.ts'
import { canonical } from './journal.ts'
import { simulate } from './simulation.ts'
import type { Terms } from './world.ts'

const START = 1_000
const GWEI = 10n ** 9n

const terms = (given: Partial<Terms> = {}): Terms => ({
  startTime: START,
  endTime: START + 10_000_000,
  blockSeconds: 12,
  blockGas: 30_000_000,
  load: 0,
  baseFee: constantFee(10),
  inclusionSeconds: 0,
  isCensored: () => false,
  reorganisations: undefined,
  gasOf: () => 50_000,
  hashOf: (block) => keccak(bigEndian(block, 6)),
  chance: chanceOf(1, 'chain', 'blocks'),
  callsNeeded: 5,
  ...given,
})

const table = setTable({
  tower: { lengths: [6, 5], lastLengths: [9, 12], stepLimit: 20 },
  parameters: parametersOf(4),
  seed: 3,
})

const agent = (given: Pick<Agent, 'name' | 'role' | 'address' | 'act'> & Partial<Agent>): Agent => ({
  fundsWei: 10n ** 18n,
  latencySeconds: 1,
  tipGwei: 1,
  isOnline: () => true,
  wakesAt: (view: View) => nextDeadline(view, table.task),
  workSeconds: () => 0,
  bidsWei: 0n,
  powers: {},
  ...given,
})

const cast = (lie?: readonly number[], given: Partial<Record<'sam' | 'vera', Partial<Agent>>> = {}) => {
  const server = serverOf(table, lie)
  const verifier = verifierOf(table)
  return [
    agent({
      name: 'sam',
      role: 'server',
      address: SERVER,
      act: (view) => serverActs(view, server),
      ...given.sam,
    }),
    agent({
      name: 'vera',
      role: 'verifier',
      address: VERIFIER,
      act: (view) => verifierActs(view, verifier),
      ...given.vera,
    }),
    agent({
      name: 'rita',
      role: 'requester',
      address: REQUESTER,
      act: (view) => requesterActs(view, table.requester),
    }),
  ]
}

const lie = liePath(table, [2, 3, 4])

const endOf = (state: ServiceState) => [...state.claims.values()].map(({ kind }) => kind)

describe('a simulated run', () => {
  test('SIMULATION-1 a true claim becomes final and a false one falls, whatever the chain’s pace and everybody’s latency', () => {
    for (const inclusionSeconds of [0, 1, 30])
      for (const latencySeconds of [0, 1, 7]) {
        const paced = { latencySeconds }
        const play = (path?: readonly number[]) =>
          simulate(table.state, cast(path, { sam: paced, vera: paced }), terms({ inclusionSeconds }))
        expect(endOf(play().state)).toEqual(['Final'])
        expect(endOf(play(lie).state)).toEqual(['Refuted'])
      }
  })

  test('SIMULATION-2 the same run twice is the same journal, entry for entry', () => {
    const play = () =>
      simulate(table.state, cast(lie), terms({ load: 0.5, chance: chanceOf(5, 'chain', 'blocks') }))
    expect(play().journal).toEqual(play().journal)
  })

  // Rationale: what somebody pays somebody else has, or the contract, or nobody ever more.
  test('SIMULATION-3 every wei is somewhere: funds before are balances, gas and the contract’s balance after', () => {
    for (const path of [undefined, lie]) {
      const { state, accounts } = simulate(table.state, cast(path), terms())
      const before = 3n * 10n ** 18n
      const after = [...accounts.values()].reduce(
        (sum, { balanceWei, gasWei }) => sum + balanceWei + gasWei,
        0n,
      )
      expect(after + state.balanceWei).toBe(before)
    }
  })

  test('SIMULATION-4 who cannot pay is refused by name, and pays nothing', () => {
    const { state, journal, accounts } = simulate(
      table.state,
      cast(lie, { vera: { fundsWei: 500n } }),
      terms({ gasOf: () => 0 }),
    )
    expect(
      canonical(journal).filter(({ outcome }) => outcome === 'InsufficientFunds').length,
    ).toBeGreaterThan(0)
    expect(accounts.get('vera')).toEqual({ balanceWei: 500n, gasWei: 0n, bidWei: 0n })
    expect(endOf(state)).toEqual(['Final'])
  })

  test('SIMULATION-5 gas is paid at the price of the block that holds the call', () => {
    const { journal } = simulate(table.state, cast(lie), terms())
    for (const entry of canonical(journal)) expect(entry.gasWei).toBe(50_000n * 11n * GWEI)
  })

  // Rationale: the assumption that the game stands on, and one step past it.
  test('SIMULATION-6 a verifier that is censored for a part of its clock still wins, and for all of it loses', () => {
    const { clockSeconds, descentSeconds, windowSeconds } = table.state.parameters
    const censored = (seconds: number) =>
      simulate(
        table.state,
        cast(lie),
        terms({ isCensored: (name, time) => name === 'vera' && time > START && time < START + seconds }),
      )
    expect(endOf(censored(windowSeconds / 2).state)).toEqual(['Refuted'])
    expect(endOf(censored(2 * (windowSeconds + clockSeconds + 2 * descentSeconds)).state)).toEqual(['Final'])
  })

  test('SIMULATION-7 blocks that are replaced cost time and calls, and never the honest party’s stake', () => {
    let replaced = 0
    for (let seed = 0; seed < 20; seed++) {
      const { state, journal } = simulate(
        table.state,
        cast(lie),
        terms({
          reorganisations: { every: 50, depth: 1 + (seed % 4) },
          chance: chanceOf(seed, 'chain', 'blocks'),
          endTime: START + 100_000,
        }),
      )
      replaced += journal.filter(({ kind }) => kind === 'Reorganisation').length
      expect(endOf(state)).toEqual(['Refuted'])
      const winners = [...state.disputes.values()].map(
        (dispute) => dispute.kind === 'Decided' && dispute.winner,
      )
      expect(winners).toEqual(['challenger'])
    }
    expect(replaced).toBeGreaterThan(20)
  })

  test('SIMULATION-8 work takes its time, one thing after the other', () => {
    const slow = { workSeconds: () => 100 }
    const { journal } = simulate(table.state, cast(lie, { vera: slow }), terms())
    const calls = canonical(journal).filter(({ actor }) => actor === 'vera')
    const others = canonical(journal).filter(({ actor }) => actor !== 'vera')
    for (const call of calls) {
      const before = others.filter(({ time }) => time < call.time).at(-1)!
      expect(call.time - before.time).toBeGreaterThanOrEqual(100)
    }
    expect(calls.length).toBeGreaterThan(2)
  })

  // Rationale: nothing need happen on the chain while somebody is away, so that nobody else would make it look.
  test('SIMULATION-9 who joins late, or was away when there was something to do, does it when it is there', () => {
    const back = START + 600
    const away = (times: readonly (readonly [number, number])[]): Partial<Agent> => ({
      isOnline: (time) => times.every(([from, to]) => time < from || time >= to),
      // A deadline passes while it is away, and it says once more when it is back.
      wakesAt: ({ now }) => [START + 300, back].find((time) => time > now),
    })
    for (const times of [[[START, back]], [[START + 5, back]]] as const) {
      const { journal } = simulate(table.state, cast(undefined, { sam: away(times) }), terms())
      const [claimed] = canonical(journal).filter(({ call }) => call.kind === 'Claim')
      expect(claimed?.actor).toBe('sam')
      expect(claimed!.time).toBeGreaterThanOrEqual(back)
      expect(claimed!.time).toBeLessThan(back + 30)
    }
  })

  // Rationale: most calls leave most agents nothing to say, and whoever is not asked must not have had anything.
  test('SIMULATION-10 agents that are asked about what concerns them alone say what they say when asked about everything', () => {
    let calls = 0
    for (const inclusionSeconds of [0, 30])
      for (const latencySeconds of [1, 17]) {
        const play = (overlooksBystanding: boolean) => {
          const given = { overlooksBystanding, latencySeconds }
          const second = { ...verifierOf(table), address: account(0x77) }
          const act: Agent['act'] = (view) => verifierActs(view, second)
          const victor = agent({ name: 'victor', role: 'verifier', address: second.address, act, ...given })
          const reorganisations = { every: 200, depth: 2 }
          return simulate(
            table.state,
            [...cast(lie, { sam: given, vera: given }), victor],
            terms({ inclusionSeconds, reorganisations }),
          ).journal
        }
        const journal = play(true)
        expect(journal).toEqual(play(false))
        calls += canonical(journal).length
      }
    expect(calls).toBeGreaterThan(40)
  })

  // Rationale: whoever came to move is asked for that move alone; the other dispute's clock would run for nothing.
  test('SIMULATION-12 who comes to move in two disputes between two looks moves in both, whichever is the more urgent', () => {
    // Away while the first dispute waits, so that its clock is the shorter one; the second verifier's replies come first
    // in their blocks, for their tips.
    const [awayFrom, backAt, secondFrom] = [START + 30, START + 300, START + 200]
    const play = (overlooksBystanding: boolean) => {
      const self = { ...verifierOf(table), address: account(0x77) }
      const victor = agent({
        name: 'victor',
        role: 'verifier',
        address: self.address,
        tipGwei: 2,
        act: (view) => (view.now < secondFrom ? undefined : verifierActs(view, self)),
        wakesAt: (view) => (view.now < secondFrom ? secondFrom : nextDeadline(view, table.task)),
      })
      const sam: Partial<Agent> = {
        overlooksBystanding,
        latencySeconds: 17,
        isOnline: (time) => time < awayFrom || time >= backAt,
        wakesAt: (view) => (view.now < backAt ? backAt : nextDeadline(view, table.task)),
      }
      return simulate(table.state, [...cast(lie, { sam }), victor], terms({})).journal
    }
    const journal = play(true)
    expect(journal).toEqual(play(false))
    const moves = canonical(journal).filter(({ actor, call }) => actor === 'sam' && call.kind === 'Move')
    const inOneBlock = moves.filter(({ block }, i) => moves[i + 1]?.block === block)
    expect(inOneBlock.length).toBeGreaterThan(1)
  })

  // Rationale: what blocks held is there twice or is said again; where blocks are replaced all the time it once grew without end.
  test('SIMULATION-11 however often blocks are replaced, no block has many copies of one call', () => {
    const reorganisations = { every: 5, depth: 32 }
    const { journal } = simulate(table.state, cast(lie), terms({ endTime: START + 1200, reorganisations }))
    const copies = new Map<string, number>()
    let replaced = 0
    for (const entry of journal)
      if (entry.kind === 'Call') {
        const { block, actor, call } = entry
        const key = `${block} ${actor} ${call.kind}`
        copies.set(key, (copies.get(key) ?? 0) + 1)
      } else replaced++
    expect(replaced).toBeGreaterThan(50)
    expect(Math.max(...copies.values())).toBeLessThan(10)
  })
})
