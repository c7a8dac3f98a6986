import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { keccak, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { applyCall } from '../../spec/service/apply.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import { figuresOf } from '../simulation/figures.ts'
import { canonical, simulatedLines } from '../simulation/journal.ts'
import { Stopped } from '../stopped.ts'
import { hashOfLines, playJob, type SimulationData, simulationAt } from './job.ts'
import { OtherResults, ResultFile, readResults, resultLine } from './results.ts'
import { type OneRun, type SweepOptions, type SweepSummary, sweep } from './sweep.ts'

const ETHER = 10n ** 18n

const folder = mkdtempSync(join(tmpdir(), 'opml-sweep-'))
afterAll(() => rmSync(folder, { recursive: true }))

const data: SimulationData = {
  scenario: 'sweep',
  seed: 11,
  task: { model: 'alphabet', lengths: [8, 8, 64], count: 2 },
  costs: { cheatGainWei: '100000000000000000' },
  chain: { reorgs: { every: 3000, depth: 2 } },
  actors: [
    { name: 'sam', role: 'server', strategy: 'cheat', probability: 0.5 },
    { name: 'vera', role: 'verifier', strategy: 'honest', checks: 0.5 },
  ],
}

const options = (given: Partial<SweepOptions> = {}): SweepOptions => ({
  data,
  runs: 5,
  vary: { 'actors.vera.checks': [0, 1], 'game.arity': [4, 16] },
  workers: 1,
  found: [],
  onResult: () => {},
  ...given,
})

describe('a sweep', () => {
  // Rationale: whoever reruns a file must get the same figures, on any machine.
  test('SWEEP-1 the same file gives the same points and journals, for any number of workers', async () => {
    const alone = await sweep(options())
    expect(await sweep(options())).toEqual(alone)
    expect(await sweep(options({ workers: 2 }))).toEqual(alone)
    expect(alone.points.map(({ at }) => at)).toEqual([
      { 'actors.vera.checks': 0, 'game.arity': 4 },
      { 'actors.vera.checks': 0, 'game.arity': 16 },
      { 'actors.vera.checks': 1, 'game.arity': 4 },
      { 'actors.vera.checks': 1, 'game.arity': 16 },
    ])
    const other = await sweep(options({ data: { ...data, seed: 12 } }))
    expect(other.journalHash).not.toBe(alone.journalHash)
  })

  test('SWEEP-2 where nobody checks lies become final, and where somebody always does none does', async () => {
    const { points } = await sweep(options({ runs: 8 }))
    for (const { at, claims, honestLosses, disputes } of points) {
      expect(honestLosses).toBe(0)
      if (at['actors.vera.checks'] === 0) {
        expect(claims.falseFinals).toBeGreaterThan(0)
        expect(disputes).toBe(0)
      } else {
        expect(claims.falseFinals).toBe(0)
        expect(claims.refuted).toBeGreaterThan(0)
      }
    }
  })

  // Rationale: a long sweep that is stopped must not be lost, nor count anything twice when it goes on.
  test('SWEEP-3 one that is stopped goes on where it stopped, and comes to the same', async () => {
    const whole = await sweep(options())
    const path = join(folder, 'stopped.jsonl')
    const stop = new AbortController()
    const first = ResultFile.open(path, 'hash', false)
    const stopped = sweep(
      options({
        signal: stop.signal,
        onResult: (result, done) => {
          first.add(result)
          if (done === 7) stop.abort()
        },
      }),
    )
    await expect(stopped).rejects.toBeInstanceOf(Stopped)
    first.close()
    writeFileSync(path, readFileSync(path, 'utf8').concat('{"point":1,"ru'))
    const second = ResultFile.open(path, 'hash', true)
    expect(second.found).toHaveLength(7)
    const rest: SweepSummary = await sweep(
      options({ found: second.found, onResult: (result) => second.add(result) }),
    )
    second.close()
    expect(rest).toEqual(whole)
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(1 + whole.runs)
    expect(() => ResultFile.open(path, 'another', true)).toThrow(OtherResults)
  })

  // Rationale: an attack that cost nothing has a factor that JSON has no number for; resumed or by a queue it was lost.
  test('SWEEP-13 a run is the same again behind its line, infinite factors and amounts included', () => {
    const worst = {
      ...({ role: 'server', strategy: 'lazy', options: {}, round: 0 } as const),
      ...{ harmWei: 10n ** 30n, costWei: 0n, factor: Number.POSITIVE_INFINITY, honestLosses: 0 },
    }
    const search = { actor: 'mal', log: [worst], worst, boundFactor: 0.5 }
    const [first] = readResults(
      resultLine({ ...playJob(simulationAt(data, {}), { point: 0, run: 0, at: {} }), searches: [search] }),
    )
    expect(first!.searches).toEqual([search])
  })

  // Rationale: what is drawn is drawn by hash, so that a run that was played twice, by two hashings, is two runs.
  test('SWEEP-14 a run that is alone is played once, with hashes: the figures are those of the run that its page tells', async () => {
    const attended: SimulationData = {
      scenario: 'attended',
      task: { model: 'alphabet', lengths: [8, 8], count: 3, everySeconds: 4000, feeWei: String(ETHER / 50n) },
      game: {
        claimBondWei: String(ETHER),
        attention: { answerSeconds: 3600, revealSeconds: 7200, oneIn: 2, minFeeWei: String(ETHER / 100n) },
      },
      actors: [
        { name: 'sam', role: 'server', strategy: 'honest' },
        { name: 'wanda', role: 'verifier', strategy: 'watcher', count: 3 },
      ],
    }
    const played: OneRun[] = []
    const single = options({ data: attended, runs: 1, vary: {}, onRun: (one) => played.push(one) })
    const alone = await sweep(single)
    expect(await sweep({ ...single, workers: 2 })).toEqual(alone)
    expect(played).toHaveLength(2)
    for (const { simulation, run } of played) {
      expect(keccak(ZERO_HASH, hashOfLines(simulatedLines(run.journal)))).toBe(alone.journalHash)
      expect(alone.points[0]!.gas.total).toBe(figuresOf(simulation, run).gas)
      // Real hashes: a call of the run is what the specification says of it, once more.
      const [first] = canonical(run.journal)
      const { call, sender, valueWei, time: now } = first!
      const again = applyCall(run.start, call, { sender, valueWei, now })
      expect(again.ok && stateHash(again.value.state)).toBe(stateHash(first!.after))
    }
    const many = options({ data: attended, runs: 2, vary: {}, onRun: (one) => played.push(one) })
    await sweep(many)
    expect(played).toHaveLength(2)
  })

  // Rationale: whoever mistypes the file of --jsonl must not lose what stands there; what was changed by hand is no fault of ours.
  test('SWEEP-15 what is no file of results, or a damaged one, is named and left as it is', () => {
    for (const [text, resume] of [
      ['scenario: mine\n', false],
      ['scenario: mine\n', true],
      ['{"scenario":"hash"}\n{"point":0,"ru\n', true],
    ] as const) {
      const path = join(folder, 'other.yaml')
      writeFileSync(path, text)
      expect(() => ResultFile.open(path, 'hash', resume)).toThrow(OtherResults)
      expect(readFileSync(path, 'utf8')).toBe(text)
    }
  })
})
