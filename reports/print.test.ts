import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { grid } from '../sim/runs/grid.ts'
import { playJob, simulationAt } from '../sim/runs/job.ts'
import { sweep } from '../sim/runs/sweep.ts'
import { checkSimulation } from '../sim/scenario/simulation.ts'
import { playRun } from '../sim/simulation/run.ts'
import { findBrowser, withBrowser } from './browser.fixture.ts'
import { readFolder } from './index/folder.ts'
import { indexPage } from './index/indexPage.ts'
import { PAGES } from './pages.ts'
import { played, withRefusal, withTransactions } from './played.fixture.ts'
import { rivalsPage } from './rivals/rivalsPage.ts'
import { writePage } from './writePage.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

/** Width of an A4 sheet between the margins that pages ask for, in CSS pixels. */
const SHEET = Math.floor(((210 - 2 * 12) / 25.4) * 96)

const DATA = {
  scenario: 'rivals',
  task: { model: 'alphabet', lengths: [16, 256] },
  chain: { load: 0, baseFeeGwei: 1 },
  actors: [
    { name: 'sam', role: 'server', strategy: 'honest' },
    { name: 'mal', role: 'attacker', strategy: 'rivals', claims: 1 },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
  ],
  runs: 1,
  vary: { 'actors.mal.claims': [1, 2] },
}

const playedSweep = async (folder: string): Promise<string> => {
  const simulation = checkSimulation(DATA, () => {})!
  const found = grid(simulation.vary).map((at, point) =>
    playJob(simulationAt(DATA, at), { point, run: 0, at }),
  )
  const about = { file: 'rivals.yaml', contentHash: '1'.repeat(64), data: DATA, simulation }
  const summary = await sweep({
    ...{ data: DATA, runs: 1, vary: simulation.vary, workers: 1, found },
    onResult: () => {},
  })
  const page = PAGES.beginSweepPage(about, folder)
  for (const result of found) page.add(result)
  return page.finish({ ...about, summary, missed: [], expectationsMet: null, seconds: 1 })
}

let folder: string
/** A page of each kind. */
const pages: Record<string, string> = {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opml-print-'))
  const story = withTransactions(withRefusal(await played('mnist-wrong-logit')))
  const simulation = simulationAt(DATA, { 'actors.mal.claims': 2 })
  const run = { simulation, run: playRun(simulation, 3), seconds: 1, missed: [], expectationsMet: null }
  pages['story'] = await writePage(story, folder)
  pages['language'] = await writePage(await played('llama-tiny-wrong-token'), folder)
  pages['population'] = PAGES.writePopulation(
    { file: 'rivals.yaml', contentHash: '1'.repeat(64), ...run },
    folder,
  )
  pages['dispute'] = join(pages['population'].replace(/\.html$/, ''), 'dispute-1.html')
  pages['sweep'] = await playedSweep(folder)
  pages['index'] = join(folder, 'index.html')
  pages['rivals'] = join(folder, 'rivals.html')
  writeFileSync(pages['index'], indexPage(readFolder(folder)))
  writeFileSync(pages['rivals'], rivalsPage([]))
})
afterAll(() => rmSync(folder, { recursive: true }))

/**
 * What would be lost or in the way on paper: text beyond the sheet's edge, boxes that scroll, bars that stay in place,
 * controls, what is folded or waits for a step. Text, since it runs in the browser.
 */
const FAULTS = `(() => {
  const shown = [...document.querySelectorAll('body *')].filter((element) => element.checkVisibility())
  const name = (element) => element.tagName + '#' + element.id + '.' + (element.getAttribute('class') ?? '') + ' ' + element.textContent.trim().slice(0, 40)
  const inDrawing = (element) => element.closest('svg') !== null && element.tagName !== 'svg'
  const wide = shown.filter((element) => !inDrawing(element) && element.getBoundingClientRect().right > innerWidth + 1)
  const cut = shown.filter((element) => !inDrawing(element) && element.scrollWidth > element.clientWidth + 1
    && element.clientWidth > 0 && getComputedStyle(element).overflowX !== 'visible')
  const fixed = shown.filter((element) => ['fixed', 'sticky'].includes(getComputedStyle(element).position))
  const controls = shown.filter((element) => element.matches('.steps, .steps *, .filter, input'))
  const hidden = [...document.querySelectorAll('.position, #purses tr, details > *, .message, .vector')]
    .filter((element) => !element.checkVisibility({ visibilityProperty: true }))
  return Object.entries({ wide, cut, fixed, controls, hidden }).flatMap(([fault, elements]) =>
    elements.map((element) => fault + ': ' + name(element)))
})()`

// Rationale: a page is kept on paper, or as PDF, where nobody can scroll, unfold or step.
browserTest(
  'PRINT-1 every kind of page stands on A4 whole: nothing beyond the edge, nothing folded, no controls',
  async () => {
    await withBrowser(findBrowser()!, async (browser) => {
      for (const [kind, path] of Object.entries(pages)) {
        const tab = await browser.newPage({ viewport: { width: SHEET, height: 1000 } })
        await tab.goto(pathToFileURL(path).href)
        if (kind === 'story') await tab.click('[data-step="first"]')
        await tab.emulateMedia({ media: 'print' })
        expect({ kind, faults: await tab.evaluate<readonly string[]>(FAULTS) }).toEqual({ kind, faults: [] })
        const pdf = await tab.pdf({ preferCSSPageSize: true })
        // The sheet's size in points, as the file itself has it.
        expect(pdf.toString('latin1')).toMatch(/\/MediaBox \[0 0 59[45]\.?\d* 84[12]\.?\d*\]/)
        await tab.close()
      }
    })
    expect(Object.keys(pages)).toHaveLength(7)
  },
  180_000,
)
