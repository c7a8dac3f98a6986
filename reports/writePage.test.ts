import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { journalLines } from '../sim/journal.ts'
import { findBrowser, withBrowser } from './browser.ts'
import { chronicle } from './chronicle.ts'
import { diagramSource } from './diagram.ts'
import { played, withRefusal } from './played.fixture.ts'
import { renderDiagram } from './renderDiagram.ts'
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

/** A machine without any browser. */
const hideBrowser = (): void => {
  vi.stubEnv('CHROMIUM_PATH', join(tmpdir(), 'no-chromium-here'))
}

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
    await tab.waitForSelector('#story-figure svg')
    const texts = (selector: string) =>
      tab.$$eval(selector, (found) => found.map(({ textContent }) => textContent ?? ''))
    return {
      faults,
      requests,
      messages: (await texts('#story-figure svg text.messageText')).join('\n'),
      crosses: (await tab.$$('#story-figure svg [marker-end*="crosshead"]')).length,
      rows: (await tab.$$('#moves tbody tr')).length,
      scripts: (await tab.$$('script')).length,
    }
  })

// Rationale: names of scenarios are free text; a page must not leave its folder, and nobody may see half of one.
test('REPORT-13 page and journal stand beside each other under a safe name', async () => {
  hideBrowser()
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

// Rationale: the diagram is the page's heart; it must be there in the reader's browser, not only in ours.
browserTest('REPORT-14 a drawn page opens from its file, without script or network', async () => {
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

// Rationale: where pages are written there may be no browser at all; then the reader's draws.
browserTest('REPORT-15 a page that was written without a browser draws itself, without network', async () => {
  hideBrowser()
  const record = withRefusal(await played('mnist-wrong-logit'))
  const path = await writePage(record, newFolder())
  expect(existsSync(path)).toBe(true)
  const { messages, ...met } = await opened(path)
  const calls = record.story.journal.length
  expect(met).toEqual({
    faults: [],
    requests: [pathToFileURL(path).href],
    crosses: 1,
    rows: calls,
    scripts: 2,
  })
  expect(messages).toContain('refused as NothingToWithdraw')
})

// Rationale: two runs of one scenario are compared by their pages; a diagram that differs by chance hides the rest.
browserTest('REPORT-16 a diagram is drawn the same way each time', async () => {
  const record = await played('mnist-honest')
  const source = diagramSource(chronicle(record), record)
  const drawn = await renderDiagram(source)
  expect(drawn.kind).toBe('Drawn')
  expect(await renderDiagram(source)).toEqual(drawn)
})

// Rationale: the page is worth having even where the browser breaks; it says why it has to draw itself.
test('REPORT-17 a browser that fails leaves a page to be drawn when opened', async () => {
  vi.stubEnv('CHROMIUM_PATH', process.execPath)
  expect(await renderDiagram('sequenceDiagram\n')).toMatchObject({
    kind: 'Undrawn',
    reason: expect.stringContaining('Chromium failed'),
  })
})
