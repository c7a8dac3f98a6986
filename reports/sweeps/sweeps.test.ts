import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { simCommand } from '../../sim/command.ts'
import { grid } from '../../sim/runs/grid.ts'
import { type PointSummary, PointTotals } from '../../sim/runs/points.ts'
import { ResultFile } from '../../sim/runs/results.ts'
import { findBrowser, looked, withBrowser } from '../browser.fixture.ts'
import { escapeText } from '../html.ts'
import { readFolder } from '../index/folder.ts'
import { indexPage } from '../index/indexPage.ts'
import { PAGES } from '../pages.ts'
import { rivalsPage } from '../rivals/rivalsPage.ts'
import { simulatedAttacks } from '../rivals/simulated.ts'
import { layoutOf } from './layout.ts'
import type { SweepFile } from './sweepFile.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

/** Simulations that ship, at a small size. */
const SHIPPED = ['capital', 'claim-bond', 'overload', 'attack-budget'] as const

let folder: string
const stems = new Map<string, string>()

/** Plays a file as a user would. @returns what `--json` printed */
const simulate = async (file: string, ...args: readonly string[]): Promise<Record<string, unknown>> => {
  const printed: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((text: string) => void printed.push(text))
  const error = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    await simCommand([file, '--workers', '1', '--json', '--out', folder, ...args], PAGES)
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
  return JSON.parse(printed.join(''))
}

const summaryOf = (stem: string): SweepFile => JSON.parse(readFileSync(`${stem}.json`, 'utf8'))

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opml-sweeps-'))
  for (const name of SHIPPED) {
    const { reportPath } = await simulate(
      join(PROJECT_FOLDER, 'scenarios/questions', `${name}.yaml`),
      '--runs',
      '2',
    )
    stems.set(name, String(reportPath).replace(/\.html$/, ''))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const stemOf = (name: string): string => stems.get(name)!
const pageOf = (name: string): string => readFileSync(`${stemOf(name)}.html`, 'utf8')

describe('the page of a simulation', () => {
  // Rationale: a chart is worth what its figures can be traced to.
  test.each(SHIPPED)('SWEEP-1 %s: every figure is recomputed from the lines beside the page', (name) => {
    const { points, runs } = summaryOf(stemOf(name))
    const [head, ...lines] = readFileSync(`${stemOf(name)}.jsonl`, 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.length).toBe(runs)
    const { scenario } = JSON.parse(head!)
    const results = ResultFile.open(`${stemOf(name)}.jsonl`, scenario, true)
    const totals = points.map((point) => new PointTotals(point.at as PointSummary['at'], undefined))
    for (const { point, figures } of results.found) totals[point]!.add(figures)
    results.close()
    for (const [index, total] of totals.entries())
      expect(points[index]).toMatchObject({
        ...total.summary(),
        outsideAssumptions: points[index]!['outsideAssumptions'],
      })
  })

  test('SWEEP-2 the summary on standard output, the page and the file beside it tell the same', async () => {
    const printed = await simulate(join(PROJECT_FOLDER, 'scenarios/questions/capital.yaml'), '--runs', '2')
    const { points, journalHash, answer, expectationsMet } = summaryOf(stemOf('capital'))
    expect(printed).toMatchObject({ journalHash, expectationsMet, reportPath: `${stemOf('capital')}.html` })
    expect(points).toEqual(
      (printed['points'] as PointSummary[]).map((point, index) => ({
        ...point,
        bonds: points[index]!['bonds'],
      })),
    )
    expect(pageOf('capital')).toContain(escapeText(answer))
  })

  // Rationale: an answer that says the same whatever came would be a sentence and no answer.
  test('SWEEP-3 an answer is made of the numbers', () => {
    const { points: told, answer } = summaryOf(stemOf('capital'))
    const points = told as unknown as readonly PointSummary[]
    const claims = (point: PointSummary) => point.at['actors.mal.claims'] as number
    const held = points.filter(({ claims: { falseFinals } }) => falseFinals === 0).map(claims)
    const broken = points.find(({ claims: { falseFinals } }) => falseFinals > 0)!
    expect([held, claims(broken)]).toEqual([[1, 2, 3, 4, 5], 6])
    expect(answer).toBe(
      `The formula says 5, and in the runs none of up to 5 became final, and of 6 at once some did in ${broken.claims.falseFinals} cases of 2 runs; the attack pays from 28 lies at once on.`,
    )
    expect(summaryOf(stemOf('claim-bond')).answer).toMatch(
      /^A lie that gains 1\.001 ether stops to pay with a bond of 0\.25 ether above a probability of 0\.8002 .* 4 ether above a probability of 0\.2002 /,
    )
  })

  // Rationale: where every server lies no task is settled, and a page that asks for the time of that is no page.
  test('SWEEP-10 the question of arity is answered though nothing is settled', async () => {
    const apart = join(folder, 'apart')
    const file = join(PROJECT_FOLDER, 'scenarios/questions/arity.yaml')
    const { reportPath } = await simulate(file, '--runs', '1', '--out', apart)
    const { answer } = summaryOf(String(reportPath).replace(/\.html$/, ''))
    expect(answer).toMatch(/^Least gas at .*; no task was settled\.$/)
    rmSync(apart, { recursive: true })
  })

  test('SWEEP-4 a file that has the name of a question and not its cast is told as any other', async () => {
    const file = join(folder, 'capital.yaml')
    writeFileSync(
      file,
      'scenario: capital\ntitle: "<b>x</b>"\ntask: { model: alphabet, lengths: [4] }\nchain: { load: 0 }\nactors:\n  - { name: sam, role: server, strategy: honest }\n',
    )
    const { reportPath } = await simulate(file)
    const page = readFileSync(String(reportPath), 'utf8')
    expect(page).toContain('In 1 runs no false claim became final, and honest parties lost no bond.')
    expect(page).toContain('<h1>&lt;b&gt;x&lt;/b&gt;</h1>')
    expect(page).toContain('script-src &#39;none&#39;')
    expect(page).not.toContain('<script')
    for (const ending of ['html', 'json', 'jsonl']) rmSync(String(reportPath).replace(/html$/, ending))
    rmSync(file)
  })

  test('SWEEP-5 what varies goes along an axis, into series, and into panels, by how many values it has', () => {
    const vary = { 'game.a': [1, 2], 'task.b': [[1], [2], [3], [4]], 'actors.c.d': [1, 2, 3] }
    expect(layoutOf(vary)).toEqual({
      x: 'actors.c.d',
      series: 'game.a',
      panels: grid({ 'task.b': vary['task.b'] }),
    })
    expect(layoutOf({})).toEqual({ x: undefined, series: undefined, panels: [{}] })
  })

  // Rationale: a mark that says "not as expected" and not what was expected sends the reader to the file.
  test('SWEEP-11 what was expected and what came stands on the page and in the index, met or not', async () => {
    const apart = join(folder, 'expected')
    const file = join(folder, 'expected.yaml')
    writeFileSync(
      file,
      'scenario: expected\ntask: { model: alphabet, lengths: [4] }\nchain: { load: 0 }\nruns: 2\nactors:\n  - { name: sam, role: server, strategy: honest }\nvary: { task.count: [1, 2] }\nexpect: { falseFinals: 0, final: { atMost: 3 } }\n',
    )
    const { reportPath } = await simulate(file, '--out', apart)
    const page = readFileSync(String(reportPath), 'utf8')
    const section = /<section id="expected">.*?<\/section>/s
      .exec(page)![0]
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
    expect(section).toContain('falseFinals 0 so at every point ✓ met')
    expect(section).toContain('final at most 3 4 at task.count = 2 ✗ not met')
    const index = indexPage(readFolder(apart))
      .replace(/<[^>]+>/g, ' ')
      .replace(/\s+/g, ' ')
    expect(index).toContain('✗ not as expected falseFinals: 0 final: expected at most 3, came 4')
    rmSync(apart, { recursive: true })
    rmSync(file)
  })

  test('SWEEP-6 a report that cannot be written: the runs are played and told all the same', async () => {
    const occupied = join(folder, 'occupied')
    writeFileSync(occupied, '')
    const file = join(PROJECT_FOLDER, 'scenarios/questions/attack-budget.yaml')
    expect(await simulate(file, '--runs', '1', '--out', occupied)).toMatchObject({ reportPath: null })
    rmSync(occupied)
  })
})

describe('figures', () => {
  browserTest(
    'SWEEP-7 have as many marks as data, need no script, and open without a message or a request',
    async () => {
      await withBrowser(findBrowser()!, async (browser) => {
        for (const name of SHIPPED) {
          const tab = await browser.newPage({ javaScriptEnabled: false })
          const seen: string[] = []
          tab.on('console', (message) => seen.push(message.text()))
          tab.on('request', (request) => seen.push(request.url()))
          const url = pathToFileURL(`${stemOf(name)}.html`).href
          await tab.goto(url)
          expect(seen).toEqual([url])
          const points = summaryOf(stemOf(name)).points.length
          const figure = tab.locator('#measures figure', { hasText: 'Gas of all calls' })
          // A mark is a symbol with its words; what is drawn of it shows its point's figure while a pointer rests on it.
          expect(await figure.locator('g[data-part="dot"] title').count()).toBe(points)
          expect(await tab.locator('#points tbody tr').count()).toBe(points)
          await tab.close()
        }
      })
    },
  )

  browserTest('SWEEP-8 pages of simulations, of rivals and their index are for every reader', async () => {
    const rivals = join(folder, 'rivals.html')
    const index = join(folder, 'index.html')
    const found = readFolder(folder)
    writeFileSync(rivals, rivalsPage(found.sweeps.flatMap((sweep) => simulatedAttacks(sweep.name, sweep))))
    writeFileSync(index, indexPage(found))
    await withBrowser(findBrowser()!, async (browser) => {
      const names = { sweep: `${stemOf('capital')}.html`, rivals, simulations: index }
      for (const [name, path] of Object.entries(names))
        expect(await looked(browser, pathToFileURL(path).href, name)).toEqual([])
    })
    rmSync(rivals)
    rmSync(index)
  })
})

describe('the index', () => {
  browserTest('SWEEP-12 filters and sorts simulations as it does runs', async () => {
    const path = join(folder, 'index.html')
    const found = readFolder(folder)
    writeFileSync(path, indexPage(found))
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage()
      await tab.goto(pathToFileURL(path).href)
      const shown = (): Promise<string[]> =>
        tab.$$eval('#simulations tbody tr:not([hidden]) td:first-child .quiet', (cells) =>
          cells.map(({ textContent }) => textContent ?? ''),
        )
      await tab.click('#simulations th:first-child button')
      expect(await shown()).toEqual([...SHIPPED].sort())
      await tab.click('#simulations th:first-child button')
      expect(await shown()).toEqual([...SHIPPED].sort().toReversed())
      await tab.fill('#words', 'overload frivolous')
      expect(await shown()).toEqual(['overload'])
      expect(await tab.textContent('.filter output')).toBe(
        `1 of ${found.runs.length + found.sweeps.length} shown`,
      )
    })
    rmSync(path)
  })

  test('SWEEP-9 lists simulations with their answers, and says which are not whole', () => {
    const whole = readFolder(folder)
    expect(whole.sweeps.map(({ scenario }) => scenario).sort()).toEqual([...SHIPPED].sort())
    const text = indexPage(whole)
    for (const { name, answer } of whole.sweeps) {
      expect(text).toContain(`href="${name}.html"`)
      expect(text).toContain(escapeText(answer))
    }
    const lines = `${stemOf('overload')}.jsonl`
    const before = readFileSync(lines, 'utf8')
    appendFileSync(lines, '{}\n')
    expect(readFolder(folder).faults).toEqual([
      { file: basename(lines), reason: expect.stringContaining('is cut off, or no journal of 10 runs') },
    ])
    writeFileSync(lines, before)
    expect(readdirSync(folder).filter((name) => /\.\d+$/.test(name))).toEqual([])
  })
})
