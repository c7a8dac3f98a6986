import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BlockChain, openBlockChain } from '../../onChain/blockChain.ts'
import { playOnChain } from '../../onChain/playOnChain.ts'
import { hashOfLines, playJob, type SimulationData, seedOf, simulationAt } from '../../runs/job.ts'
import type { FieldFault } from '../../scenario/fault.ts'
import { isSimulation } from '../../scenario/kind.ts'
import { checkSimulation } from '../../scenario/simulation.ts'
import { simulatedLines } from '../../simulation/journal.ts'
import { actor, play, populationFile } from '../played.fixture.ts'

const DORA = actor('dora', 'delegate', 'honest')
const EVE = actor('eve', 'delegate', 'treacherous')
const LIZ = actor('liz', 'server', 'wrong-anywhere')
const FRED = actor('fred', 'verifier', 'frivolous', { disputes: 2 })
const sam = (options: object = {}) => actor('sam', 'server', 'honest', options)
const vera = (options: object = {}) => actor('vera', 'verifier', 'honest', options)

const TO_DORA = { delegate: 'dora' }
const TO_EVE = { delegate: 'eve' }
const DAY = 86_400

const summaryOf = ({ figures }: ReturnType<typeof play>) => {
  const { claims, honestLosses, outsideAssumptions } = figures
  return { falseFinals: claims.falseFinals, honestLosses, outsideAssumptions }
}

const SAFE = { falseFinals: 0, honestLosses: 0, outsideAssumptions: null }

describe('delegates', () => {
  let chain: BlockChain
  beforeAll(async () => {
    chain = await openBlockChain(undefined)
  }, 60_000)
  afterAll(() => chain?.close())

  // Rationale: a party that sleeps, or whose key is locked away, plays by somebody else; whoever that is must be enough.
  test('DELEGATES-1 an honest delegate makes all moves of its parties, who lose nothing; what comes out is what came without', () => {
    const others = [LIZ, FRED, actor('bob', 'server', 'wrong-anywhere')]
    let moves = 0
    for (let seed = 1; seed <= 6; seed++) {
      const alone = play([sam(), vera(), ...others], {}, seed)
      const run = play([sam(TO_DORA), vera(TO_DORA), DORA, ...others], {}, seed)
      expect([seed, summaryOf(run)]).toEqual([seed, SAFE])
      expect(run.figures.claims).toEqual(alone.figures.claims)
      expect(run.by('sam', 'Move').length + run.by('vera', 'Move').length).toBe(0)
      expect(run.by('sam', 'Delegate')).toHaveLength(1)
      // A dispute may be over before a move about it is there.
      expect(run.by('dora', 'Move')).toHaveLength(run.by('dora').length)
      moves += run.by('dora').filter(({ outcome }) => outcome === 'accepted').length
    }
    expect(moves).toBeGreaterThan(30)
  })

  test('DELEGATES-2 who is away for days keeps its claim by its delegate, and loses it without', () => {
    const away = { offline: [{ from: 60, to: 5 * DAY }] }
    expect(play([sam({ ...away, ...TO_DORA }), DORA, FRED]).figures.honestLosses).toBe(0)
    expect(play([sam(away), DORA, FRED]).figures.honestLosses).toBe(1)
  })

  // Rationale: stated as A8 of the specification; a count of losses that does not show it would count nothing.
  test('DELEGATES-3 a treacherous delegate loses its parties’ disputes, a true claim and a false one’s, and gets nothing of theirs', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const server = play([sam(TO_EVE), EVE, FRED], {}, seed)
      expect(server.claimsOf('sam').map(({ kind }) => kind)).toEqual(['Refuted'])
      expect(server.figures.honestLosses).toBe(1)
      const verifier = play([LIZ, vera(TO_EVE), EVE], {}, seed)
      expect(verifier.figures).toMatchObject({ honestLosses: 1, claims: { falseFinals: 1 } })
      expect(verifier.by('eve', 'Move').length).toBeGreaterThan(0)
      for (const { figures } of [server, verifier]) {
        expect(figures.outsideAssumptions).toMatch(/let eve make its moves, which did not play as it would$/)
        // Gas alone.
        expect(figures.parties['eve']!.profitWei).toBe(-figures.parties['eve']!.gasWei)
      }
      // One step inside.
      expect(summaryOf(play([sam(TO_DORA), DORA, EVE, FRED], {}, seed))).toEqual(SAFE)
      expect(summaryOf(play([LIZ, vera(TO_DORA), DORA, EVE], {}, seed))).toEqual(SAFE)
      // Named, and with nothing to move in.
      expect(summaryOf(play([sam(TO_EVE), EVE], {}, seed))).toEqual(SAFE)
    }
  })

  test('DELEGATES-4 the contracts take a delegate’s moves as the specification does', async () => {
    const actors = [sam(TO_DORA), vera(TO_EVE), DORA, EVE, LIZ, FRED]
    const data = populationFile(actors) as SimulationData
    expect(isSimulation({ data: { ...data, task: { model: 'toy' }, chain: undefined } })).toBe(true)
    const simulation = simulationAt(data, {})
    const modelled = playJob(simulation, { point: 0, run: 0, at: {} })
    const run = await playOnChain(simulation, seedOf(0, 0), chain)
    expect(hashOfLines(simulatedLines(run.journal))).toBe(modelled.journalHash)
    expect(modelled.figures.parties['eve']!.gasWei).toBeGreaterThan(0n)
  }, 60_000)

  test('DELEGATES-5 a delegate that nobody is, or a crowd, or a liar’s, is bad input', () => {
    const faultsOf = (actors: readonly object[], change = {}): readonly string[] => {
      const faults: FieldFault[] = []
      checkSimulation(populationFile(actors, change), (fault) => faults.push(fault))
      return faults.map(({ path, reason }) => `${path.join('.')}: ${reason}`)
    }
    expect(faultsOf([sam({ delegate: 'nora' }), DORA])).toEqual([
      'actors.0.delegate: is "nora"; allowed: dora',
    ])
    expect(faultsOf([vera(TO_DORA), { ...DORA, count: 2 }, sam({ delegate: 'vera' })])).toEqual([
      'actors.0.delegate: is "dora"; allowed: an actor of role delegate, of which there is none here',
      expect.stringMatching(/^actors.2.delegate: is "vera"/),
    ])
    expect(faultsOf([{ ...LIZ, ...TO_DORA }, DORA])).toEqual([
      expect.stringMatching(/^actors.0.delegate: unknown key/),
    ])
    expect(faultsOf([sam({ delegate: 7 }), DORA])).toEqual([
      'actors.0.delegate: is 7; allowed: the name of an actor of role delegate',
    ])
    const vic = actor('vic', 'verifier', 'watcher', TO_DORA)
    expect(faultsOf([vic, vera(TO_DORA), sam(TO_DORA), DORA], { game: { attention: {} } })).toEqual([])
  })
})
