import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { duration, ether } from '../sim/format.ts'
import { journalLines } from '../sim/journal.ts'
import { findBrowser, looked, withBrowser } from './browser.fixture.ts'
import { chronicle } from './chronicle.ts'
import { disputeFigure } from './figures/tower.ts'
import { played, withRefusal, withTransactions } from './played.fixture.ts'
import { positionsOf } from './stepper/positions.ts'
import { writePage } from './writePage.ts'

const browser = findBrowser()
if (browser === undefined) console.log('skipped: no Chromium, so no page is opened in a browser')
const browserTest = test.skipIf(browser === undefined)

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-report-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** Opens a page from its file and says what a reader would meet. */
const opened = (path: string) =>
  withBrowser(browser!, async (started) => {
    const tab = await started.newPage()
    const faults: string[] = []
    const requests: string[] = []
    tab.on('console', (message) => faults.push(message.text()))
    tab.on('pageerror', (error) => faults.push(String(error)))
    tab.on('request', (request) => requests.push(request.url()))
    await tab.goto(pathToFileURL(path).href)
    await tab.waitForSelector('#story svg')
    const texts = (selector: string) =>
      tab.$$eval(selector, (found) => found.map(({ textContent }) => textContent ?? ''))
    return {
      faults,
      requests,
      messages: (await texts('#story svg .message text')).join('\n'),
      crosses: (await tab.$$('#story svg .arrow.refused')).length,
      rows: (await tab.$$('#moves tbody tr')).length,
      scripts: (await tab.$$('script')).length,
    }
  })

// Rationale: names of scenarios are free text; a page must not leave its folder, and nobody may see half of one.
test('REPORT-13 page, journal and run file stand beside each other under a safe name', async () => {
  const folder = newFolder()
  const record = await played('mnist-honest')
  const path = await writePage(
    {
      ...record,
      scenario: { ...record.scenario, scenario: '../../a b/ü', contentHash: `01234567${'8'.repeat(56)}` },
    },
    folder,
  )
  expect(dirname(path)).toBe(folder)
  const stem = 'mnist-honest-a-b-model-1-01234567'
  expect(basename(path)).toBe(`${stem}.html`)
  expect(readdirSync(folder).sort()).toEqual([`${stem}.html`, `${stem}.json`, `${stem}.jsonl`])
  expect(readFileSync(join(folder, `${stem}.jsonl`), 'utf8')).toBe(journalLines(record.story.journal))
})

// Rationale: the story is the page's heart; it must be there in the reader's browser, not only in the file.
browserTest('REPORT-14 a page opens from its file, without network', async () => {
  const record = withRefusal(await played('mnist-wrong-logit'))
  const path = await writePage(record, newFolder())
  const { messages, ...met } = await opened(path)
  const calls = record.story.journal.length
  expect(met).toEqual({
    faults: [],
    requests: [pathToFileURL(path).href],
    crosses: 1,
    rows: calls,
    scripts: 1,
  })
  expect(messages).toContain('#7')
  expect(messages).toContain('refused as NothingToWithdraw')
})

interface Shown {
  readonly positions: readonly string[]
  readonly said: string
  readonly vectors: number
  readonly arrows: number
  readonly address: string
}

/** What a reader sees of the stepper; text, since it runs in the browser. */
const SHOWN = `({
  positions: [...document.querySelectorAll('.position:not([hidden])')].map(({ id }) => id),
  said: document.querySelector('#stepper output').textContent,
  vectors: document.querySelectorAll('.vector:not(.is-later)').length,
  arrows: document.querySelectorAll('#story .message:not(.is-later)').length,
  address: location.hash,
})`

const shown = (tab: Page): Promise<Shown> => tab.evaluate<Shown>(SHOWN)

// Rationale: an auditor walks through a dispute and sends somebody a link to one move of it; both must find it.
browserTest(
  'REPORT-15 the stepper works by mouse, by key and by link, and hides what came later',
  async () => {
    const record = await played('mnist-wrong-logit')
    const path = await writePage(record, newFolder())
    const rows = chronicle(record)
    const dispute = [...rows.at(-1)!.after.disputes.keys()][0]!
    const { vectors } = disputeFigure(rows, dispute)!
    const expected = (seq: number) => ({
      positions: [`at-${seq}`],
      said: `call ${seq} of ${rows.length - 1}`,
      vectors: vectors.filter((vector) => vector.seq <= seq).length,
      arrows: seq + 1,
    })
    await withBrowser(browser!, async (started) => {
      const tab = await started.newPage()
      await tab.goto(pathToFileURL(path).href)
      expect(await shown(tab)).toMatchObject(expected(rows.length - 1))
      await tab.click('[data-step="first"]')
      expect(await shown(tab)).toMatchObject({ ...expected(0), address: '#at-0' })
      for (const seq of [1, 2, 3]) {
        await tab.keyboard.press('ArrowRight')
        expect(await shown(tab)).toMatchObject({ ...expected(seq), address: `#at-${seq}` })
      }
      await tab.keyboard.press('ArrowLeft')
      expect(await shown(tab)).toMatchObject(expected(2))
      await tab.click('#call-5 a')
      // The page hears of a new address a moment after the click.
      await tab.waitForSelector('#at-5', { state: 'visible' })
      expect(await shown(tab)).toMatchObject({ ...expected(5), address: '#at-5' })
      await tab.keyboard.press('End')
      expect(await shown(tab)).toMatchObject(expected(rows.length - 1))
      const other = await started.newPage()
      await other.goto(`${pathToFileURL(path).href}#at-4`)
      expect(await shown(other)).toMatchObject(expected(4))
    })
  },
)

/** Who has what, as it is shown; text, since it runs in the browser. */
const PURSES = `[...document.querySelectorAll('#purses tbody tr:not([hidden])')].map((row) =>
  [...row.cells].filter((cell) => !cell.classList.contains('calls')).map((cell) => cell.textContent.trim()))`

// Rationale: the page is kept for auditors; what it says of each call must be what the specification says, not a script.
browserTest(
  'REPORT-16 each position says the clocks, states and balances of the specification’s replay',
  async () => {
    const record = await played('mnist-wrong-logit')
    const path = await writePage(record, newFolder())
    const positions = positionsOf(chronicle(record), record)
    await withBrowser(browser!, async (started) => {
      const tab = await started.newPage()
      await tab.goto(`${pathToFileURL(path).href}#at-0`)
      for (const { row, clocks, states, purses, contractWei, burnedWei } of positions) {
        const text = (await tab.textContent(`#at-${row.entry.seq}`))!.replaceAll(/\s+/g, ' ')
        for (const { left, whole } of clocks)
          expect(text).toContain(`${duration(left)} left of ${duration(whole)}`)
        for (const { of, state } of states) expect(text).toContain(`${of}: ${state}`)
        expect(await tab.evaluate<string[][]>(PURSES)).toEqual([
          ...purses.map(({ name, sentWei, takenWei, standingWei, creditWei }) => [
            name,
            ...[sentWei, takenWei, standingWei, creditWei].map(ether),
          ]),
          ['contract', `holds ${ether(contractWei)} ETH, ${ether(burnedWei)} of it burned`],
        ])
        await tab.keyboard.press('ArrowRight')
      }
      expect(positions.some(({ clocks }) => clocks.length === 2)).toBe(true)
    })
  },
)

// Rationale: whoever cannot see the page, or uses no mouse, must be able to use it too.
browserTest(
  'REPORT-17 axe finds nothing on the page and nothing sticks out, at three sizes and in two schemes',
  async () => {
    const record = withTransactions(withRefusal(await played('mnist-wrong-logit')))
    const path = await writePage(record, newFolder())
    const found = await withBrowser(browser!, (started) =>
      looked(started, pathToFileURL(path).href, 'dispute'),
    )
    expect(found).toEqual([])
  },
  120_000,
)

test('REPORT-18 a page of a dispute stays under 300 kB, at any k', async () => {
  for (const name of ['mnist-wrong-logit', 'toy-four-phases', 'llama-tiny-wrong-token']) {
    const path = await writePage(withTransactions(await played(name)), newFolder())
    expect(statSync(path).size).toBeLessThan(300_000)
  }
})
