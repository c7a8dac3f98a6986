import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ROOT, sim } from '../../sim/command.fixture.ts'
import { grid } from '../../sim/runs/grid.ts'
import { playJob, simulationAt } from '../../sim/runs/job.ts'
import { sweep } from '../../sim/runs/sweep.ts'
import { checkSimulation } from '../../sim/scenario/simulation.ts'
import { findBrowser, looked, withBrowser } from '../browser.fixture.ts'
import { testFolder } from '../folder.fixture.ts'
import { PAGES } from '../pages.ts'
import { progressWords } from './liveSweep.ts'
import { mainOf, watchedToTheEnd, withoutFiles } from './watched.fixture.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

const folder = testFolder('live-sweep')

/** Three points of two runs. */
const DATA = {
  scenario: 'small',
  title: 'What do more tasks cost?',
  task: { model: 'alphabet', lengths: [4] },
  chain: { load: 0 },
  actors: [{ name: 'sam', role: 'server', strategy: 'honest' }],
  runs: 2,
  vary: { 'task.count': [1, 2, 3] },
}

const simulation = checkSimulation(DATA, ({ reason }) => {
  throw new Error(reason)
})!
const ABOUT = { file: 'small.yaml', contentHash: '0'.repeat(64), data: DATA, simulation }

const results = grid(simulation.vary).flatMap((at, point) =>
  [0, 1].map((run) => playJob(simulationAt(DATA, at), { point, run, at })),
)

/** What stands on a page; text, since it runs in the browser. */
const SHOWN = `({
  runs: [...document.querySelectorAll('#points tbody tr')].map((row) => Number(row.cells[1].textContent)),
  marks: document.querySelectorAll('#measures figure:first-of-type g[data-part="dot"] title').length,
  value: document.querySelector('progress')?.value,
  text: document.querySelector('main').textContent.trim(),
})`

interface Shown {
  readonly runs: readonly number[]
  readonly marks: number
  readonly value: number | undefined
  readonly text: string
}

const shown = (tab: Page): Promise<Shown> => tab.evaluate<Shown>(SHOWN)

// Rationale: a sweep may take an hour; charts of what there is tell whether it is worth the rest.
browserTest(
  'LIVE-5 the page of a sweep has figures and progress from the runs so far, and in the end what the kept page has',
  async () => {
    const [faults, requests]: [string[], string[]] = [[], []]
    const watch = await PAGES.openSweepWatch(ABOUT)
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage()
      tab.on('console', (message) => faults.push(message.text()))
      tab.on('pageerror', (error) => faults.push(String(error)))
      tab.on('request', (asked) => requests.push(asked.url()))
      await tab.goto(watch.url)
      expect((await shown(tab)).text).toContain('Running: 0 of 6 runs.')
      for (const [i, result] of results.entries()) {
        watch.add(result)
        await tab.waitForSelector(`progress[value="${i + 1}"]`)
        const { runs, marks, text } = await shown(tab)
        const points = Math.floor(i / 2) + 1
        expect(runs).toEqual(Array.from({ length: points }, (_, point) => Math.min(2, i + 1 - 2 * point)))
        expect(marks).toBe(points)
        expect(text).toMatch(new RegExp(`Running: ${i + 1} of 6 runs, [\\d.]+ a second, \\d+ s left\\.`))
      }
      const summary = await sweep({
        ...{ data: DATA, runs: 2, vary: simulation.vary, workers: 1, found: results },
        onResult: () => {},
      })
      const record = { ...ABOUT, summary, missed: [], expectationsMet: null, seconds: 1 }
      const path = PAGES.beginSweepPage(ABOUT, folder()).finish(record)
      const ended = watch.over(record)
      await tab.waitForSelector('#origins')
      const kept = await browser.newPage()
      await kept.goto(pathToFileURL(path).href)
      const whole = await shown(tab)
      expect(whole.text).not.toContain('.jsonl')
      const asKept = await shown(kept)
      expect({ ...whole, text: withoutFiles(whole.text) }).toEqual({
        ...asKept,
        text: withoutFiles(asKept.text),
      })
      const late = await browser.newPage()
      await late.goto(watch.url)
      expect(await shown(late)).toEqual(whole)
      expect(readFileSync(path, 'utf8')).not.toContain('connect-src')
      watch.close()
      await ended
    })
    expect(faults).toEqual([])
    expect(new Set(requests)).toEqual(new Set([watch.url, `${watch.url}events`]))
  },
  120_000,
)

const OVERLOAD = join(ROOT, 'scenarios/questions/overload.yaml')
test('LIVE-6 --watch serves a sweep until nobody looks or somebody interrupts, whether its runs go on or are over', async () => {
  let isStopped = false
  const during = await sim([OVERLOAD, '--workers', '1', '--watch', '--runs', '100000', '--out', folder()], {
    onError: (text, child) => {
      if (isStopped || !/watch it in a browser: http:\/\/127\.0\.0\.1:/.test(text)) return
      isStopped = true
      child.kill('SIGINT')
    },
  })
  expect(during.code).toBe(130)
  const behind = await watchedToTheEnd(
    [OVERLOAD, '--workers', '1', '--runs', '1', '--out', folder()],
    /open it in a browser/,
  )
  expect(behind.code).toBe(0)
  const path = /report: (.+\.html)/.exec(behind.stdout)![1]!
  expect(withoutFiles(mainOf(behind.served))).toBe(withoutFiles(mainOf(readFileSync(path, 'utf8'))))
}, 120_000)

test('LIVE-7 progress says how far it is, how fast it goes and how long it has left', () => {
  expect(progressWords({ done: 0, total: 40, found: 0, seconds: 0 })).toBe('0 of 40 runs')
  expect(progressWords({ done: 1010, total: 2010, found: 10, seconds: 100 })).toBe(
    '1,010 of 2,010 runs, 10.0 a second, 100 s left',
  )
})

browserTest(
  'LIVE-8 axe finds nothing on the page of a sweep that goes on, at three sizes and in two schemes',
  async () => {
    const watch = await PAGES.openSweepWatch(ABOUT)
    try {
      watch.resume(results.slice(0, 3))
      const found = await withBrowser(findBrowser()!, (browser) => looked(browser, watch.url, 'live-sweep'))
      expect(found).toEqual([])
    } finally {
      watch.close()
    }
  },
  120_000,
)
