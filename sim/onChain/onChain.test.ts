import { JsonRpcProvider, toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAnvil } from '../../impl/chain/anvil.ts'
import { actor, populationFile } from '../agents/played.fixture.ts'
import { chanceOf } from '../chance.ts'
import { randomPopulation } from '../populations/randomPopulation.ts'
import { StoriesDiffer } from '../replay.ts'
import { hashOfLines, playJob, type SimulationData, seedOf, simulationAt } from '../runs/job.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical, type SimulatedCall, simulatedLines } from '../simulation/journal.ts'
import { playCast, START, staged } from '../simulation/population.ts'
import { type BlockChain, openBlockChain } from './blockChain.ts'
import { beginOnChain, type ChainRun, playOnChain } from './playOnChain.ts'

const ETHER = String(10n ** 18n)

let chain: BlockChain

beforeAll(async () => {
  chain = await openBlockChain(undefined)
}, 60_000)

afterAll(() => chain?.close())

const at = (data: object) => simulationAt(data as SimulationData, {})

const playedOf = async (data: object, run = 0) => {
  const simulation = at(data)
  return { simulation, run: await playOnChain(simulation, seedOf(simulation.seed, run), chain) }
}

/** How often each kind of call was accepted, in blocks that were replaced too. */
const count = (
  reached: Record<string, number>,
  { journal, chain: { refused, replaced } }: ChainRun,
): void => {
  const add = (key: string, times: number) => (reached[key] = (reached[key] ?? 0) + times)
  add('refused', refused)
  add('replaced', replaced)
  for (const entry of journal)
    if (entry.kind === 'Call' && entry.outcome === 'accepted') add(entry.call.kind, 1)
}

const SEALED = populationFile(
  [
    actor('sam', 'server', 'honest', { sealed: true }),
    actor('liz', 'server', 'wrong-anywhere'),
    actor('cole', 'server', 'copier'),
    actor('vera', 'verifier', 'honest'),
    actor('fred', 'verifier', 'frivolous', { disputes: 2 }),
    actor('ron', 'attacker', 'reorganiser', { depth: 2, every: 500 }),
  ],
  {
    game: { claimBondWei: ETHER, seals: { answerSeconds: 600, revealSeconds: 3600 } },
    chain: { load: 0.3, baseFeeGwei: 1, reorgs: { every: 100, depth: 2 } },
  },
)

const ATTENDED = populationFile(
  [
    actor('sam', 'server', 'honest'),
    actor('liz', 'server', 'wrong-anywhere'),
    actor('wanda', 'verifier', 'watcher', { count: 2 }),
    actor('walt', 'verifier', 'watcher', { checks: 0 }),
  ],
  {
    task: { model: 'alphabet', lengths: [8, 8], count: 3, everySeconds: 4000, feeWei: '20000000000000000' },
    game: {
      claimBondWei: ETHER,
      attention: { answerSeconds: 3600, revealSeconds: 7200, oneIn: 1, minFeeWei: '10000000000000000' },
    },
  },
)

/** An honest server alone. */
const SMALL = populationFile([actor('sam', 'server', 'honest')])

describe('a population on a live chain', () => {
  // Rationale: figures of simulations are about the contracts only if these do the same, block by block.
  test('ONCHAIN-2 the same file and seed has the same journal and figures on a chain as on the modelled one', async () => {
    const reached: Record<string, number> = {}
    const random = [2, 3].map((seed) => randomPopulation(chanceOf(seed, 'chain', 'population')))
    for (const [i, data] of [...random, SEALED].entries()) {
      const { simulation, run } = await playedOf(data)
      const modelled = playJob(simulation, { point: 0, run: 0, at: {} })
      expect([i, figuresOf(simulation, run)]).toEqual([i, modelled.figures])
      expect([i, hashOfLines(simulatedLines(run.journal))]).toEqual([i, modelled.journalHash])
      count(reached, run)
    }
    const { refused = 0, replaced = 0, Move = 0 } = reached
    expect([refused > 5, replaced > 1, Move > 20]).toEqual([true, true, true])
    for (const kind of ['Seal', 'Reveal', 'Open', 'Timeout', 'Draw', 'Finalize', 'PassClaim', 'Withdraw'])
      expect([kind, reached[kind]]).toEqual([kind, expect.any(Number)])
  }, 240_000)

  // Rationale: what is drawn is by the hashes of the chain's own blocks, which no model knows.
  test('ONCHAIN-3 with attention the chain draws, and whoever answers rightly is paid there', async () => {
    const reached: Record<string, number> = {}
    const { simulation, run } = await playedOf(ATTENDED)
    count(reached, run)
    const { claims, honestLosses } = figuresOf(simulation, run)
    expect([claims.falseFinals, honestLosses]).toEqual([0, 0])
    expect(claims.refuted).toBeGreaterThan(0)
    for (const kind of ['Enroll', 'CloseRound', 'RecordRound', 'Attend', 'Reward', 'Slash'])
      expect([kind, reached[kind]]).toEqual([kind, expect.any(Number)])
  }, 240_000)

  // Rationale: a comparison that nothing fails compares nothing.
  test('ONCHAIN-4 a chain on which anything is otherwise than in the simulation is told apart', async () => {
    const simulation = at(SMALL)
    const stage = staged(simulation, 1)
    const calls = canonical(playCast(simulation, 1).journal)
    const blocks = Map.groupBy(calls, ({ block }) => block)
    const told = async (change: (call: SimulatedCall, index: number) => SimulatedCall): Promise<string> => {
      const played = await beginOnChain(chain, stage)
      try {
        for (const block of blocks.values())
          await played.mine(block.map((call) => change(call, calls.indexOf(call))))
        const { name, address, fundsWei } = stage.agents[0]!
        await played.compareBalance(name, address, fundsWei)
        return 'nothing'
      } catch (error) {
        if (!(error instanceof StoriesDiffer)) throw error
        return error.message
      }
    }
    const last = calls.length - 1
    const is = (index: number, changed: Partial<SimulatedCall>) => (call: SimulatedCall, at: number) =>
      at === index ? { ...call, ...changed } : call
    expect(await told((call) => call)).toMatch(/the balance of sam/)
    expect(await told(is(0, { outcome: 'TaskUnknown' }))).toMatch(
      /at call 0: .*request is TaskUnknown .*accepted/,
    )
    expect(await told(is(1, { valueWei: 1n }))).toMatch(/at call 1: .*claim is accepted .* BondMismatch/)
    expect(await told(is(last, { after: calls[last - 1]!.after }))).toMatch(/the state behind block/)
  }, 240_000)

  test('ONCHAIN-5 a chain of somebody else’s is left as it was, and one whose time is over is not played on', async () => {
    const anvil = await startAnvil({ timestamp: START - 100_000 })
    const provider = new JsonRpcProvider(anvil.url, 31_337, { staticNetwork: true, cacheTimeout: -1 })
    try {
      const before = await provider.getBlock('latest')
      const theirs = await openBlockChain(anvil.url)
      const simulation = at(SMALL)
      expect((await playOnChain(simulation, 1, theirs)).chain.calls).toBeGreaterThan(3)
      await theirs.close()
      expect((await provider.getBlock('latest'))?.hash).toBe(before?.hash)
      expect(await provider.send('anvil_getAutomine', [])).toBe(true)
      await provider.send('evm_setNextBlockTimestamp', [toQuantity(START)])
      await provider.send('evm_mine', [])
      const late = await openBlockChain(anvil.url)
      await expect(playOnChain(simulation, 1, late)).rejects.toThrow(
        /its time is .* start one with an earlier time/,
      )
      await late.close()
    } finally {
      provider.destroy()
      await anvil.stop()
    }
  }, 120_000)
})
