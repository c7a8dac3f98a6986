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
import { findBrowser, looked, overlapsIn, withBrowser } from '../browser.fixture.ts'
import type { Chart } from '../charts/chart.ts'
import { figureOf } from '../charts/drawChart.ts'
import { axisNumber, ticksOf } from '../charts/ticks.ts'
import { escapeText } from '../html.ts'
import { readFolder } from '../index/folder.ts'
import { indexPage } from '../index/indexPage.ts'
import { PAGES } from '../pages.ts'
import { rivalsPage } from '../rivals/rivalsPage.ts'
import { simulatedAttacks } from '../rivals/simulated.ts'
import { layoutOf } from './layout.ts'
import { inOneReach } from './measureFigure.ts'
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
      `The formula says 5, and in the runs none of up to 5 became final, and of 6 at once some did: ${broken.claims.falseFinals} in 2 runs; the attack pays from 28 lies at once on.`,
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

  // Rationale: a question that is answered by what holds of any simulation is not answered.
  test('SWEEP-15 questions of liars that refute themselves, of copiers and of floods are answered by their own numbers', async () => {
    const apart = join(folder, 'attacks')
    const told = async (name: string) => {
      const file = join(PROJECT_FOLDER, 'scenarios/questions', `${name}.yaml`)
      const { reportPath } = await simulate(file, '--runs', '1', '--out', apart)
      const page = readFileSync(String(reportPath), 'utf8')
      const { answer, points } = summaryOf(String(reportPath).replace(/\.html$/, ''))
      // The answer is the first sentence behind the question.
      expect(page).toMatch(/<header>\s+<p class="kicker">[^<]+<\/p>\n<h1>[^<]+\?<\/h1>\n<p class="verdict">/)
      expect(page).toContain(`<p class="verdict">${escapeText(answer)} `)
      const profits = (points as unknown as readonly PointSummary[]).map(({ parties }) =>
        Object.fromEntries(
          Object.entries(parties).map(([name, { profitWei }]) => [name, Number(profitWei.mean) / 1e18]),
        ),
      )
      return { answer, profits }
    }
    const four = (value: number): string => String(Number(value.toPrecision(4))).replace('-', '−')
    const copying = await told('fee-by-copying')
    const [sealed, open] = copying.profits as [Record<string, number>, Record<string, number>]
    expect(sealed['sam']).toBeGreaterThan(0)
    expect(copying.answer).toMatch(
      /^With actors\.sam\.sealed = true sam has it .*, with .* = false fay has it /,
    )
    for (const point of [sealed, open])
      for (const [name, profit] of Object.entries(point).filter(([name]) => name !== 'vera'))
        expect(copying.answer).toContain(`${name} ${four(profit)}`)
    const flood = await told('question-flood')
    expect(flood.answer).toMatch(/^No: neither lost one; ether a run at actors\.mal\.tasks = 1 and .* = 20: /)
    for (const name of ['sam', 'wanda', 'mal'])
      expect(flood.answer).toContain(
        `${four(flood.profits[0]![name]!)} and ${four(flood.profits.at(-1)![name]!)}`,
      )
    const refuted = await told('self-refutation')
    const costs = refuted.profits.map((point) => {
      const own = Object.keys(point).filter((name) => name !== 'vera')
      return (-2 * own.reduce((sum, name) => sum + point[name]!, 0)) / own.length
    })
    const losses = refuted.profits.map((point) => -point['vera']!)
    expect(refuted.answer).toMatch(/^It costs the liar .*; no lie became final\.$/)
    for (const value of [...costs, ...losses].filter((value) =>
      [Math.min(...costs), Math.max(...costs), Math.min(...losses), Math.max(...losses)].includes(value),
    ))
      expect(refuted.answer).toContain(`${four(value)} ether (`)
    rmSync(apart, { recursive: true })
  })

  test('SWEEP-4 a file that has the name of a question and not its cast is told as any other', async () => {
    const file = join(folder, 'capital.yaml')
    writeFileSync(
      file,
      'scenario: capital\ntitle: "<b>x</b>"\ntask: { model: alphabet, lengths: [4] }\nchain: { load: 0 }\nactors:\n  - { name: sam, role: server, strategy: honest }\n',
    )
    const { reportPath } = await simulate(file)
    // The world that it is in anyhow is no other simulation.
    expect((await simulate(file, '--world', 'model'))['reportPath']).toBe(reportPath)
    const page = readFileSync(String(reportPath), 'utf8')
    expect(page).toContain('In 1 run no false claim became final, and honest parties lost no bond.')
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

  // Rationale: a number that stands over another, or that reads as a millionth of what it is, is worse than none.
  test('SWEEP-16 numbers at an axis are where something was tried or round, and none reads as another', () => {
    expect(ticksOf('log', [2, 64], [2, 4, 16, 64])).toEqual([2, 4, 16, 64])
    expect(ticksOf('linear', [0, 1], [0, 0.1, 0.5, 1])).toEqual([0, 0.1, 0.5, 1])
    expect(ticksOf('linear', [0, 1], [0, 0.01, 0.02, 1])).toBeUndefined()
    expect(ticksOf('log', [1, 1000], [1, 1.05, 1000])).toEqual([1, 10, 100, 1000])
    expect(ticksOf('log', [3, 160])).toEqual([5, 10, 20, 50, 100])
    expect(ticksOf('log', [0.006, 1e6])).toEqual([0.01, 0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6])
    expect([0.01, 2, 1500, 16_777_216].map(axisNumber)).toEqual(['0.01', '2', '1.5k', '16.78M'])
    expect(rivalsPage([])).not.toMatch(/<text[^>]*>\d+m<\/text>/)
  })

  test('SWEEP-17 panels that are compared have one height, and places where nothing was measured keep their place', () => {
    const panel = (y: number): Chart => ({
      ...{ title: 'a', series: ['a'], curves: [] },
      x: { label: 'x', scale: 'steps', values: ['no', 'yes'] },
      y: { label: 'y', scale: 'linear' },
      marks: [{ series: 'a', x: 'yes', y, range: [y - 1, y + 1], words: 'a' }],
    })
    expect(inOneReach([panel(1)])).toEqual([panel(1)])
    const reaches = inOneReach([panel(1), panel(7)]).map(({ y }) => y.reach)
    expect(reaches).toEqual([
      [0, 8],
      [0, 8],
    ])
    const drawn = figureOf(inOneReach([panel(1), panel(7)]), []).markup
    expect(drawn.match(/>8<\/text>/g)).toHaveLength(2)
    expect(drawn.match(/>no<\/text>/g)).toHaveLength(2)
  })

  browserTest('SWEEP-18 no words of a chart stand over others', async () => {
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage({ viewport: { width: 1280, height: 900 } })
      for (const name of SHIPPED) {
        await tab.goto(pathToFileURL(`${stemOf(name)}.html`).href)
        expect(await tab.evaluate<readonly string[]>(overlapsIn('figure.chart .panel svg'))).toEqual([])
      }
    })
  })

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

  // Rationale: a lie that became final where none may is what the index is there to shout, of many runs as of one.
  test('SWEEP-19 a false final inside the assumptions stands on top, one outside of them in its row', () => {
    const found = readFolder(folder)
    const capital = found.sweeps.find(({ scenario }) => scenario === 'capital')!
    expect(capital.falseFinals).toBeGreaterThan(0)
    const outside = indexPage(found)
    expect(outside).not.toContain('class="alarm"')
    expect(outside).toMatch(/false claims became final; outside the assumptions in part</)
    const points = capital.points.map((point) => ({ ...point, outsideAssumptions: null }))
    const sweeps = [...found.sweeps.filter((sweep) => sweep !== capital), { ...capital, points }]
    const inside = indexPage({ ...found, sweeps })
    expect(inside).toContain(
      `<header><p class="alarm" role="alert">${capital.falseFinals} false claims have become final: <a href="${capital.name}.html">`,
    )
    expect(inside).toMatch(/<tr class="is-alarm"><td data-key="capital">/)
    expect(inside).toContain('1 in which the protocol failed')
    const beyond = points.map((point) => ({ ...point, outsideAssumptions: 'low bonds' }))
    const all = { ...capital, points: beyond, outside: beyond.length }
    expect(indexPage({ ...found, sweeps: [all] })).toContain(
      'false claims became final; outside the assumptions<',
    )
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
