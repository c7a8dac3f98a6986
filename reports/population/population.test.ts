import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PopulationRecord } from '../../sim/pages.ts'
import { simulationAt } from '../../sim/runs/job.ts'
import { playRun } from '../../sim/simulation/run.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { claimLabel, disputeLabel, taskLabel } from '../../spec/published/documents/labels.ts'
import { findBrowser, looked, withBrowser } from '../browser.fixture.ts'
import { type Lane, taskMaps } from '../figures/taskMap.ts'
import { disputeFigure } from '../figures/tower.ts'
import { readFolder } from '../index/folder.ts'
import { played } from '../played.fixture.ts'
import { disputesOf } from '../sections/story.ts'
import { positionsOf } from '../stepper/positions.ts'
import { rowsAbout } from '../stepper/subjects.ts'
import { pageOf } from '../writePage.ts'
import { disputePage } from './disputePage.ts'
import { type PopulationStage, populationStage } from './populationStage.ts'
import { writePopulation } from './writePopulation.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

/** Two lies and the truth on one task, each of them disputed by whoever gets something else. */
const DATA = {
  scenario: 'rivals',
  title: 'Two liars and an honest server on one task, watched by two verifiers',
  seed: 3,
  runs: 1,
  task: { model: 'alphabet', lengths: [16, 16, 256] },
  game: { claimBondWei: '1000000000000000000' },
  chain: { load: 0, baseFeeGwei: 1 },
  expect: { falseFinals: 0, disputes: { atLeast: 1 } },
  actors: [
    { name: 'sam', role: 'server', strategy: 'honest' },
    { name: 'mal', role: 'attacker', strategy: 'rivals', claims: 2 },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
    { name: 'victor', role: 'verifier', strategy: 'honest' },
  ],
}

let folder: string
let record: PopulationRecord
let stage: PopulationStage
let path: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opml-population-'))
  const simulation = simulationAt(DATA, {})
  const contentHash = 'ab'.repeat(32)
  record = {
    file: 'rivals.yaml',
    contentHash,
    simulation,
    run: playRun(simulation, 3),
    seconds: 1,
    missed: [],
    expectationsMet: true,
  }
  stage = populationStage(simulation, record.run)
  path = writePopulation(record, folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The state of a lane behind each call, by its spans. */
const statesOf = ({ spans }: Lane, calls: number): readonly (string | undefined)[] =>
  Array.from({ length: calls }, (_, call) => spans.find(({ from, to }) => from <= call && call < to)?.state)

// Rationale: with several claims at once the map is how a reader finds the dispute that matters.
test('MAP-1 the map has every claim and dispute of the task, in the state of the replay behind every call', () => {
  const { rows } = stage
  const [map, ...others] = taskMaps(rows)
  expect(others).toEqual([])
  const end = rows.at(-1)!.after
  expect(map!.claims.map(({ id }) => id)).toEqual([...end.claims.keys()])
  const disputes = map!.claims.flatMap((claim) => claim.disputes)
  expect(new Set(disputes.map(({ id }) => id))).toEqual(new Set(end.disputes.keys()))
  expect([map!.claims.length, disputes.length]).toEqual([3, 4])
  const expected = (label: (state: typeof end) => string) =>
    rows.map(({ after }) => label(after)).map((state) => (state === 'none' ? undefined : state))
  expect(statesOf(map!, rows.length)).toEqual(expected(({ tasks }) => taskLabel(tasks.get(map!.id))))
  for (const claim of map!.claims)
    expect(statesOf(claim, rows.length)).toEqual(expected(({ claims }) => claimLabel(claims.get(claim.id))))
  for (const dispute of disputes)
    expect(statesOf(dispute, rows.length)).toEqual(
      expected((state) => disputeLabel(state.disputes.get(dispute.id))),
    )
  const reached = new Set(
    [map!, ...map!.claims, ...disputes].flatMap(({ spans }) => spans.map(({ state }) => state)),
  )
  expect(reached.size).toBeGreaterThanOrEqual(10)
})

/** Each claim with its disputes, as the map has them from top to bottom. */
const disputesInOrder = (): readonly (readonly [claim: Id, dispute: Id])[] =>
  taskMaps(stage.rows)[0]!.claims.flatMap(({ id, disputes }) =>
    disputes.map((dispute) => [id, dispute.id] as const),
  )

const disputePaths = (): readonly string[] => {
  const apart = path.replace(/\.html$/, '')
  return readdirSync(apart)
    .sort()
    .map((name) => join(apart, name))
}

// Rationale: a page that grows with the square of the calls is never opened; one that leaves roots out audits nothing.
test('MAP-4 each dispute has a small page with all of its calls and roots, and the run’s page has every call once', () => {
  const disputes = [...stage.rows.at(-1)!.after.disputes.keys()]
  expect(disputePaths()).toHaveLength(disputes.length)
  const positions = positionsOf(stage.rows, stage)
  let roots = 0
  for (const [i, file] of disputePaths().entries()) {
    const text = readFileSync(file, 'utf8')
    expect(text.length).toBeLessThan(150_000)
    for (const row of rowsAbout(stage.rows, disputes[i]!)) {
      expect(text).toContain(`id="at-${row.entry.seq}"`)
      expect(text).toContain(`id="call-${row.entry.seq}"`)
      for (const { root } of positions[row.entry.seq]!.roots) {
        expect(text).toContain(`<code>${root}</code>`)
        roots++
      }
    }
  }
  expect(roots).toBeGreaterThanOrEqual(150)
  const run = readFileSync(path, 'utf8')
  expect(run.length).toBeLessThan(250_000)
  for (const { entry } of stage.rows) expect(run.split(`id="call-${entry.seq}"`)).toHaveLength(2)
  expect(run).not.toContain('class="roots"')
})

browserTest(
  'MAP-2 each dispute opens from the map, which has as many marks as there are states and asks nothing of a network',
  async () => {
    const url = pathToFileURL(path).href
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage()
      const [faults, requests]: [string[], string[]] = [[], []]
      tab.on('console', (message) => faults.push(message.text()))
      tab.on('pageerror', (error) => faults.push(String(error)))
      tab.on('request', (asked) => requests.push(asked.url()))
      await tab.goto(url)
      const [map] = taskMaps(stage.rows)
      const lanes: readonly Lane[] = [map!, ...map!.claims.flatMap((claim) => [claim, ...claim.disputes])]
      expect(await tab.locator('svg.map .lane').count()).toBe(lanes.length)
      expect(await tab.locator('svg.map .during').count()).toBe(lanes.flatMap(({ spans }) => spans).length)
      const links = tab.locator('svg.map a')
      expect(await links.count()).toBe(4)
      await tab.click('[data-step="first"]')
      expect(await tab.locator('svg.map g[data-from]:not(.is-later)').count()).toBe(1)
      expect({ faults, requests }).toEqual({ faults: [], requests: [url] })
      await tab.click('[data-step="last"]')
      for (let i = 0; i < 4; i++) {
        const [claim, dispute] = disputesInOrder()[i]!
        await links.nth(i).click()
        await tab.waitForURL(/dispute-\d\.html$/)
        expect(await tab.isVisible('svg.tower')).toBe(true)
        expect(await tab.textContent('.verdict')).toContain(stage.isTrue(claim) ? 'was true' : 'was FALSE')
        expect(await tab.locator('.position').count()).toBe(rowsAbout(stage.rows, dispute).length)
        expect(await tab.textContent('#stepper output')).toContain('call ')
        await tab.click('header a')
        await tab.waitForSelector('svg.map')
      }
      expect(faults).toEqual([])
      expect(await looked(browser, url, 'map')).toEqual([])
      expect(await looked(browser, pathToFileURL(disputePaths()[0]!).href, 'map-dispute')).toEqual([])
    })
  },
  120_000,
)

// Rationale: what a run of a population came to must be found where all runs are, a false final first of all.
test('MAP-3 the run is in the index with its verdict, the runner’s truth marks its towers', async () => {
  const { runs, faults } = readFolder(folder)
  expect(faults).toEqual([])
  // Without the pages of its disputes the run is there, and the index says what is not.
  const apart = path.replace(/\.html$/, '')
  renameSync(apart, `${apart}-away`)
  const without = readFolder(folder)
  renameSync(`${apart}-away`, apart)
  expect(without.runs).toEqual(runs)
  expect(without.faults).toEqual([
    {
      file: `${basename(apart)}/`,
      reason: 'is missing: the folder of a run’s 4 dispute pages; play it again',
    },
  ])
  expect(runs).toMatchObject([
    {
      scenario: 'rivals',
      verdict: 'Claims: 1 final, 2 refuted; disputes: 4',
      truth: 'every final claim was true',
      alarm: null,
      calls: stage.rows.length,
      expectationsMet: true,
      expectations: [
        { key: 'falseFinals', expected: '0', came: '0', isMet: true },
        { key: 'disputes', expected: 'at least 1', came: 'at least 1', isMet: true },
      ],
    },
  ])
  const text = disputePaths()
    .map((file) => readFileSync(file, 'utf8'))
    .join('')
  expect(text.match(/class="cell [^"]*first-false/g)!.length).toBeGreaterThanOrEqual(8)
  expect(pageOf(await played('mnist-wrong-logit'))).not.toContain('svg class="map"')
})

// Rationale: a page that does not say where its journal is, and how to play it again, cannot be audited.
test('MAP-6 the pages of a run and of its disputes have the deployment, the files and the commands, and every link leads to a file', () => {
  const files = [path, ...disputePaths()]
  expect(files).toHaveLength(5)
  const journal = path.replace(/html$/, 'jsonl')
  let links = 0
  for (const [i, file] of files.entries()) {
    const text = readFileSync(file, 'utf8')
    expect(text).toContain('npm run sim -- rivals.yaml --world model --runs 1\n')
    const dispute = i === 0 ? '' : ` --dispute ${i}`
    expect(text).toContain(`npm run sim -- explain ${journal}${dispute}</pre>`)
    for (const [, href] of text.matchAll(/href="([^"]+)"/g)) {
      const { pathname, hash } = new URL(href!, pathToFileURL(file))
      if (pathname.endsWith('/index.html')) continue
      const linked = fileURLToPath(`file://${pathname}`)
      expect(existsSync(linked)).toBe(true)
      if (hash !== '') expect(readFileSync(linked, 'utf8')).toContain(`id="${hash.slice(1)}"`)
      links++
    }
    expect(text).toMatch(/<a href="(\.\.\/)?[\w-]+-run\.jsonl">/)
  }
  // Of a dispute its own parties and callers stand there, and nobody else.
  const { disputes } = stage.rows.at(-1)!.after
  for (const [i, file] of files.slice(1).entries()) {
    const contest = [...disputes.values()][i]!
    const rows = rowsAbout(stage.rows, [...disputes.keys()][i]!)
    const expected = stage.actors.filter(
      ({ name, address }) =>
        rows.some(({ entry }) => entry.actor === name) ||
        [contest.asserter, contest.challenger].includes(address),
    )
    expect(expected.length).toBeLessThan(stage.actors.length)
    const heads = readFileSync(file, 'utf8').match(/<rect class="head (?!contract)/g)
    expect(heads).toHaveLength(2 * expected.length)
  }
  expect(links).toBeGreaterThanOrEqual(250)
  const run = readFileSync(path, 'utf8')
  for (const said of [
    'id="costs"',
    'id="deployment"',
    'What was assumed',
    '<dt>claim bond</dt>',
    '<dt>fee</dt>',
  ])
    expect(run).toContain(said)
  for (const file of files.slice(1))
    expect(readFileSync(file, 'utf8')).toContain('-run.html#costs">who paid what')
  // What the simulated chain charged for is the run's gas.
  const gas = [...stage.gasBy.values()].reduce((sum, spent) => sum + spent.gas, 0)
  expect(gas).toBeGreaterThan(1_000_000)
  expect(readFolder(folder).runs[0]!.gas).toBe(gas)
})

// Rationale: a dispute of a month of tasks is as short as any other, and its page must open as fast.
test('MAP-7 the only dispute of a long run has its own small page, and the index misses it where it is not there', () => {
  const data = {
    ...{ scenario: 'long', title: 'Many tasks, one dispute', seed: 1, chain: { load: 0 } },
    task: { model: 'alphabet', lengths: [16, 16, 256], count: 20, everySeconds: 600 },
    actors: [
      { name: 'sam', role: 'server', strategy: 'honest' },
      { name: 'fred', role: 'verifier', strategy: 'frivolous', disputes: 1, leaves: 590 },
    ],
  }
  const simulation = simulationAt(data, {})
  const run = playRun(simulation, 1)
  const { rows } = populationStage(simulation, run)
  const apart = join(folder, 'long')
  const file = writePopulation({ ...record, file: 'long.yaml', simulation, run }, apart)
  expect([disputesOf(rows).length, rows.length > 60]).toEqual([1, true])
  const page = join(file.replace(/\.html$/, ''), 'dispute-1.html')
  expect(readFileSync(page, 'utf8').length).toBeLessThan(150_000)
  expect(readFileSync(page, 'utf8')).toContain('svg class="tower"')
  expect(readFileSync(file, 'utf8')).not.toContain('svg class="tower"')
  expect(readFolder(apart).faults).toEqual([])
  rmSync(page)
  expect(readFolder(apart).faults.map(({ reason }) => reason)).toEqual([
    'is missing: the folder of a run’s dispute page; play it again',
  ])
  rmSync(apart, { recursive: true })
})

// Rationale: a move is its party's, whoever made it: else its vectors and its clock are nobody's.
test('MAP-5 moves that a delegate makes stand as its party’s on the pages', () => {
  const actors = [
    { name: 'sam', role: 'server', strategy: 'honest', delegate: 'dora' },
    { name: 'dora', role: 'delegate', strategy: 'honest' },
    { name: 'fred', role: 'verifier', strategy: 'frivolous', disputes: 2 },
  ]
  const simulation = simulationAt({ ...DATA, actors }, {})
  const delegated = populationStage(simulation, playRun(simulation, 3))
  const { rows } = delegated
  const made = rows.filter(({ entry }) => entry.actor === 'dora')
  expect(made.length).toBeGreaterThanOrEqual(4)
  for (const { party, clockLeft, entry } of made)
    expect([entry.outcome, party, clockLeft !== undefined]).toEqual(['accepted', 'asserter', true])
  for (const dispute of disputesOf(rows)) {
    const parties = disputeFigure(rows, dispute)!.vectors.map(({ party }) => party)
    expect(parties).toEqual(parties.map((_, i) => (i % 2 === 0 ? 'asserter' : 'challenger')))
    const content = {
      ...{ simulation, stage: delegated, positions: positionsOf(rows, delegated) },
      ...{ seed: 3, file: 'delegated.yaml', name: 'delegated', beside: undefined },
    }
    const page = disputePage(content, dispute, { runPage: 'run.html', beside: undefined })
    expect(page).toContain('fred against sam')
  }
})
