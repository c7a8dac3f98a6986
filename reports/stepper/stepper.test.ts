import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { count } from '../../sim/format.ts'
import type { RunRecord } from '../../sim/record.ts'
import diagrams from '../../spec/published/documents/diagrams.json' with { type: 'json' }
import { modelId } from '../../spec/tower/model.ts'
import { findBrowser, overlapsIn, SCROLLING, withBrowser } from '../browser.fixture.ts'
import { chronicle } from '../chronicle.ts'
import { explained } from '../explain/explained.fixture.ts'
import { played, withTransactions } from '../played.fixture.ts'
import { dollars, gasWei, pricesOf } from '../prices.ts'
import { pageOf, servedMainOf, writePage } from '../writePage.ts'
import { positionsOf } from './positions.ts'
import { SUBJECTS } from './subjects.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-stepper-'))
  folders.push(folder)
  return folder
}
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** In each drawing of states: which is marked, and how many there are; text, since it runs in the browser. */
const MARKED = `[...document.querySelectorAll('svg.states')].map((drawing) => ({
  marked: [...drawing.querySelectorAll('.state.is-current')].map((state) => state.dataset.state),
  states: drawing.querySelectorAll('.state').length,
  arrows: drawing.querySelectorAll('path.arrow').length,
}))`

interface Drawing {
  readonly marked: readonly string[]
  readonly states: number
  readonly arrows: number
}

// Rationale: the diagram is the rules' own; a mark on another state than the replay's would teach wrong rules.
browserTest(
  'REPORT-28 the state diagrams are the specification’s, and mark the state of its replay at every call',
  async () => {
    for (const name of ['mnist-wrong-logit', 'mnist-silent-server']) {
      const record = await played(name)
      const path = await writePage(record, newFolder())
      const positions = positionsOf(chronicle(record), record)
      await withBrowser(findBrowser()!, async (started) => {
        const tab = await started.newPage()
        await tab.goto(`${pathToFileURL(path).href}#at-0`)
        for (const { labels } of positions) {
          const drawn = await tab.evaluate<readonly Drawing[]>(MARKED)
          const expected = SUBJECTS.map((subject) => ({
            marked: labels[subject] === 'none' ? [] : [labels[subject]],
            states: diagrams[subject].states.length,
            arrows: diagrams[subject].arrows.length,
          }))
          expect(drawn).toEqual(expected)
          await tab.keyboard.press('ArrowRight')
        }
        // All of the rules and of the calls are in sight on a screen of a usual width, and no words stand over others.
        expect(await tab.evaluate(overlapsIn('svg.states'))).toEqual([])
        expect(await tab.evaluate(SCROLLING)).toEqual([])
      })
      const passed = new Set(positions.flatMap(({ labels }) => Object.values(labels)))
      expect(passed.size).toBeGreaterThanOrEqual(9)
    }
  },
)

// Rationale: an auditor goes from the picture to the bytes and back; one way alone leaves her searching.
browserTest(
  'REPORT-29 sequence diagram and stepper link to each other, and each call has its gas, transaction and block',
  async () => {
    const record = withTransactions(await played('mnist-wrong-logit'))
    const path = await writePage(record, newFolder())
    await withBrowser(findBrowser()!, async (started) => {
      const tab = await started.newPage()
      await tab.goto(pathToFileURL(path).href)
      for (const { seq, transaction } of record.story.journal.slice(2, 5).toReversed()) {
        // Later calls are hidden, so this goes backwards.
        await tab.click(`#message-${seq} a`)
        // The page hears of a new address a moment after the click.
        await tab.waitForSelector(`#at-${seq}`, { state: 'visible' })
        expect(await tab.$$eval('.position:not([hidden])', (shown) => shown.map(({ id }) => id))).toEqual([
          `at-${seq}`,
        ])
        const text = (await tab.textContent(`#at-${seq}`))!
        for (const said of [transaction!.hash, count(transaction!.gasUsed), String(transaction!.block)])
          expect(text).toContain(said)
        await tab.click(`#at-${seq} a[href="#message-${seq}"]`)
        expect(tab.url()).toMatch(new RegExp(`#message-${seq}$`))
        expect(await tab.isVisible(`#message-${seq}`)).toBe(true)
      }
    })
  },
)

// Rationale: what somebody paid, and where the contracts stood, is what a page is opened for a year later.
test('REPORT-30 costs by actor at the stated prices, the deployment, and the files beside the page', async () => {
  const record = withTransactions(await played('mnist-wrong-logit'))
  const path = await writePage(record, newFolder())
  const text = readFileSync(path, 'utf8')
  for (const { name, address } of record.actors) {
    const gas = record.story.journal
      .filter(({ sender }) => sender === address)
      .reduce((sum, { transaction }) => sum + transaction!.gasUsed, 0)
    const row = text
      .slice(text.indexOf('id="costs"'))
      .match(new RegExp(`<tr[^>]*><th[^>]*><span[^>]*>${name}<.*?</tr>`, 's'))![0]
    expect(row).toContain(`>${count(gas)}<`)
    expect(row).toContain(dollars(gasWei(gas, pricesOf({})), pricesOf({})))
  }
  for (const said of [
    'id 31337',
    record.place!.service,
    record.place!.registry,
    modelId(record.model),
    '--world model',
    'What was assumed',
  ])
    expect(text).toContain(said)
  const links = [...text.matchAll(/href="([^"#]+\.jsonl?)"/g)].map(([, href]) => href!)
  expect(links).toHaveLength(2)
  for (const href of links)
    expect(existsSync(fileURLToPath(new URL(href, pathToFileURL(`${dirname(path)}/`))))).toBe(true)
})

// Rationale: a command that somebody copies from a page must find the file, wherever that page and its reader are.
test('REPORT-34 commands on a page name a file of the project from its folder, every other as it is found, and the journal where it lies', async () => {
  const record = await played('mnist-wrong-logit')
  const folder = newFolder()
  const commandsOf = (page: string): readonly string[] =>
    /<pre tabindex="0">(.*?)<\/pre>/s
      .exec(page)![1]!
      .split('\n')
      .map((line) => line.replaceAll('&#39;', "'"))
  const named = (file: string): RunRecord => ({ ...record, scenario: { ...record.scenario, file } })
  const absolute = join(PROJECT_FOLDER, 'scenarios/mnist-wrong-logit.yaml')
  const path = await writePage(named(absolute), folder)
  const [again, told] = commandsOf(readFileSync(path, 'utf8'))
  expect(again).toBe('npm run sim -- scenarios/mnist-wrong-logit.yaml --world model')
  expect(told).toBe(`npm run sim -- explain ${path.replace(/html$/, 'jsonl')}`)
  expect(explained(told!.split(' ').at(-1)!).code).toBe(0)
  const outside = join(folder, 'it’s here.yaml')
  const [moved, inProject] = commandsOf(pageOf(named(outside)))
  expect(moved).toBe(`npm run sim -- '${outside}' --world model`)
  expect(inProject).toMatch(/^npm run sim -- explain reports\/out\/[\w-]+\.jsonl$/)
  // A page that is served has no files beside it, and links to none.
  const served = servedMainOf(record)
  expect(served).not.toMatch(/href="[^#]/)
  expect(served).toContain('are kept as files when all is over')
})
