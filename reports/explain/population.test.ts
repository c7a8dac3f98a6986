import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../../sim/exitCode.ts'
import type { SimulationData } from '../../sim/runs/job.ts'
import { simulationAt } from '../../sim/runs/job.ts'
import { playRun } from '../../sim/simulation/run.ts'
import { writePopulation } from '../population/writePopulation.ts'
import { rowsAbout } from '../stepper/subjects.ts'
import { explained, words } from './explained.fixture.ts'
import { readRun } from './readRun.ts'
import { standings } from './standing.ts'

/** Lies and the truth on two tasks; and a deployment that asks for attention, whose rounds take blocks' hashes. */
const RUNS: Readonly<Record<string, SimulationData>> = {
  rivals: {
    scenario: 'rivals',
    task: { model: 'alphabet', lengths: [16, 40, 300], count: 2 },
    game: { claimBondWei: '1000000000000000000' },
    chain: { load: 0, baseFeeGwei: 1 },
    actors: [
      { name: 'sam', role: 'server', strategy: 'honest' },
      { name: 'mal', role: 'attacker', strategy: 'rivals', claims: 2 },
      { name: 'vera', role: 'verifier', strategy: 'honest' },
      { name: 'eve', role: 'verifier', strategy: 'frivolous' },
    ],
  },
  attention: {
    scenario: 'attention',
    task: { model: 'alphabet', lengths: [4, 4], count: 2, everySeconds: 20_000 },
    game: {
      claimBondWei: '1000000000000000000',
      attention: { answerSeconds: 3600, revealSeconds: 43_200, stakeWei: '1000000000000000000', oneIn: 1 },
    },
    chain: { load: 0, baseFeeGwei: 1 },
    actors: [
      { name: 'sam', role: 'server', strategy: 'honest', sealed: true },
      { name: 'vera', role: 'verifier', strategy: 'watcher' },
    ],
  },
}

let folder: string
const journals = new Map<string, string>()

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opml-explain-population-'))
  for (const [name, data] of Object.entries(RUNS)) {
    const simulation = simulationAt({ ...data, runs: 1 }, {})
    const about = {
      file: `${name}.yaml`,
      contentHash: 'cd'.repeat(32),
      seconds: 1,
      missed: [],
      expectationsMet: null,
    }
    const path = writePopulation({ ...about, simulation, run: playRun(simulation, 5) }, folder)
    journals.set(name, path.replace(/html$/, 'jsonl'))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

// Rationale: of many disputes at once the advice of one must not be told of another.
test('EXPLAIN-6 in a population, at every call, what each dispute’s next must show is what the move that came did show', () => {
  const { setting, rows } = readRun(journals.get('rivals')!)
  const followed = new Map<string, number>()
  let atOnce = 0
  rows.forEach((row, i) => {
    const { reply, segment, entry } = row
    if (entry.call.kind !== 'Move' || entry.outcome !== 'accepted') return
    const running = standings(rows.slice(0, i), setting)
    atOnce = Math.max(atOnce, running.length)
    const standing = running.find(({ dispute }) => dispute === row.dispute)!
    const next = standing.next.find(({ segmentLength }) => segmentLength === segment!.length)!
    expect(standing.toMove.name).toBe(entry.actor)
    expect(next.reply).toBe(reply!.kind)
    if (reply!.kind === 'Dissect') expect(next.roots).toBe(reply!.roots.length)
    followed.set(reply!.kind, (followed.get(reply!.kind) ?? 0) + 1)
  })
  expect(atOnce).toBeGreaterThanOrEqual(4)
  for (const kind of ['Dissect', 'Descend', 'Arbitrate']) expect(followed.get(kind)).toBeGreaterThanOrEqual(4)
})

test('EXPLAIN-7 who claims what, who disputes it and each dispute’s moves are told; --dispute tells one alone', () => {
  const file = journals.get('rivals')!
  const { rows, run } = readRun(file)
  const whole = words(explained(file).out)
  const end = rows.at(-1)!.after
  expect([end.tasks.size, end.claims.size]).toEqual([2, 6])
  for (const { entry, name } of rows) expect(whole).toContain(`#${entry.seq} ${entry.actor}: ${name} (`)
  expect(whole).toContain(`${run.verdict}; ${run.truth}.`)
  expect(whole).toMatch(/sam’s claim on task 2 that the run ends in 0x[0-9a-f]{10}… is final\./)
  const disputes = [...end.disputes.keys()]
  for (const i of [0, disputes.length - 1]) {
    const dispute = disputes[i]!
    const { code, out } = explained(file, '--dispute', String(i + 1), '--json')
    expect(code).toBe(EXIT.met)
    const told = JSON.parse(out)
    expect(told.calls.map(({ seq }: { seq: number }) => seq)).toEqual(
      rowsAbout(rows, dispute).map(({ entry }) => entry.seq),
    )
    expect(new Set(told.calls.map((call: { dispute: number | null }) => call.dispute))).toEqual(
      new Set([null, i + 1]),
    )
    expect(told.stands.filter((sentence: string) => /^(The d|D)ispute /.test(sentence))).toEqual([
      expect.stringMatching(new RegExp(`^Dispute ${i + 1} of \\S+ against \\S+ (is decided|ended)`)),
    ])
  }
  const opened = rowsAbout(rows, disputes[2]!).find(({ dispute }) => dispute !== undefined)!
  const early = words(explained(file, '--dispute', '3', '--at', String(opened.entry.seq)).out)
  expect(early).toContain(`In dispute 3 of ${opened.entry.actor} against`)
  expect(early).toMatch(/is to move, within .* else \S+ wins/)
  expect(early).toContain('Next came call')
  for (const [number, reason] of [
    [disputes.length + 1, `is ${disputes.length + 1}; allowed: a dispute, 1 to ${disputes.length}`],
    [0, 'is 0; allowed: a dispute, 1 to'],
  ] as const) {
    const { code, faults, out } = explained(file, '--dispute', String(number))
    expect({ code, out }).toEqual({ code: EXIT.badInput, out: '' })
    expect(faults).toContain(`--dispute: ${reason}`)
  }
})

// Rationale: a round's randomness is a block's hash, which the journal must bring along.
test('EXPLAIN-8 a run with attention is played once more from its journal; a journal that was changed is refused', () => {
  const file = journals.get('attention')!
  const { code, out } = explained(file)
  expect(code).toBe(EXIT.met)
  for (const said of ['binds itself to an answer', 'is on record: it says who is asked', 'has its pay'])
    expect(words(out)).toContain(said)
  const changed = join(folder, 'changed.jsonl')
  writeFileSync(changed.replace(/jsonl$/, 'json'), readFileSync(file.replace(/jsonl$/, 'json')))
  const lines = readFileSync(file, 'utf8')
  for (const [from, to, reason] of [
    [/"closing":"0x../, '"closing":"0x00', /changed\.jsonl:\d+: is damaged, or of another version/],
    [/"stateHash":"0x../, '"stateHash":"0x00', /changed\.jsonl:1: .*state is 0x00/],
    [/"accepted"/, '"TaskExpired"', /changed\.jsonl:1: .*call 0 was TaskExpired, but is accepted/],
  ] as const) {
    expect(lines).toMatch(from)
    writeFileSync(changed, lines.replace(from, to))
    expect(explained(changed)).toMatchObject({
      code: EXIT.badInput,
      out: '',
      faults: expect.stringMatching(reason),
    })
  }
})

test('EXPLAIN-9 ways to go on that are the same but for the length are one sentence with all lengths', () => {
  const file = journals.get('rivals')!
  const { setting, rows } = readRun(file)
  const before = rows.findIndex((_, i) =>
    standings(rows.slice(0, i), setting).some(
      ({ next }) => next.length > 1 && next.every(({ roots }) => roots === 16),
    ),
  )
  expect(before).toBeGreaterThan(0)
  const standing = standings(rows.slice(0, before), setting).find(
    ({ next }) => next.length > 1 && next.every(({ roots }) => roots === 16),
  )!
  const lengths = standing.next.map(({ segmentLength }) => segmentLength)
  const out = words(explained(file, '--at', String(before - 1)).out)
  expect(out).toContain(
    `, of ${lengths.join(' or ')} steps: ${standing.toMove.name} must dissect it, and show its own 16 roots`,
  )
})
