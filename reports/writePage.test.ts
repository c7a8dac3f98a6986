import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { journalLines } from '../sim/journal.ts'
import { findBrowser, withBrowser } from './browser.fixture.ts'
import { played, withRefusal } from './played.fixture.ts'
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
  vi.unstubAllEnvs()
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
test('REPORT-13 page and journal stand beside each other under a safe name', async () => {
  const folder = newFolder()
  const record = await played('mnist-honest')
  const path = await writePage(
    { ...record, scenario: { ...record.scenario, scenario: '../../a b/ü' } },
    folder,
  )
  expect(dirname(path)).toBe(folder)
  expect(basename(path)).toBe('a-b-model.html')
  expect(readdirSync(folder).sort()).toEqual(['a-b-model.html', 'a-b-model.jsonl'])
  expect(readFileSync(join(folder, 'a-b-model.jsonl'), 'utf8')).toBe(journalLines(record.story.journal))
})

// Rationale: the story is the page's heart; it must be there in the reader's browser, not only in the file.
browserTest('REPORT-14 a page opens from its file, without script or network', async () => {
  const record = withRefusal(await played('mnist-wrong-logit'))
  const path = await writePage(record, newFolder())
  const { messages, ...met } = await opened(path)
  const calls = record.story.journal.length
  expect(met).toEqual({
    faults: [],
    requests: [pathToFileURL(path).href],
    crosses: 1,
    rows: calls,
    scripts: 0,
  })
  expect(messages).toContain('#7')
  expect(messages).toContain('refused as NothingToWithdraw')
})
