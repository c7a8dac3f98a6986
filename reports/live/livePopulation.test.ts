import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { simulationAt } from '../../sim/runs/job.ts'
import { canonical, simulatedLines } from '../../sim/simulation/journal.ts'
import { playRun, playShown } from '../../sim/simulation/run.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import { findBrowser, withBrowser } from '../browser.fixture.ts'
import { testFolder } from '../folder.fixture.ts'
import { PAGES } from '../pages.ts'
import { mainOf, watchedToTheEnd, withoutFiles } from './watched.fixture.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

const folder = testFolder('live-population')

/** A lie and the truth, disputed by two; the last block is replaced now and then. */
const DATA = {
  scenario: 'rivals',
  task: { model: 'alphabet', lengths: [16, 256] },
  game: { claimBondWei: '1000000000000000000' },
  chain: { load: 0, baseFeeGwei: 1, reorgs: { every: 100, depth: 1 } },
  actors: [
    { name: 'sam', role: 'server', strategy: 'honest' },
    { name: 'mal', role: 'attacker', strategy: 'rivals', claims: 1 },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
    { name: 'eve', role: 'verifier', strategy: 'frivolous' },
  ],
}

test('LIVE-10 a run that is shown is the run that is not, and what is shown is the chain as it stands', async () => {
  const simulation = simulationAt(DATA, {})
  const run = playRun(simulation, 4)
  let [shown, replaced] = [0, 0]
  const watched = await playShown(simulation, 4, async ({ journal, state }) => {
    shown++
    const calls = canonical(journal)
    if (calls.length > 0) expect(calls.at(-1)!.after).toBe(state)
    if (journal.at(-1)!.kind === 'Reorganisation') replaced++
  })
  expect(simulatedLines(watched.journal)).toBe(simulatedLines(run.journal))
  expect(stateHash(watched.state)).toBe(stateHash(run.state))
  expect(watched.accounts).toEqual(run.accounts)
  expect(shown).toBeGreaterThanOrEqual(8)
  expect(replaced).toBeGreaterThanOrEqual(1)
})

// Rationale: a page that is filled by another way than the one that is kept could tell another story.
browserTest(
  'LIVE-9 the page of a population’s run fills call by call, its disputes open while it goes on, and in the end it is the kept one',
  async () => {
    const simulation = simulationAt(DATA, {})
    const about = { file: 'rivals.yaml', contentHash: '2'.repeat(64), simulation }
    const watch = await PAGES.openPopulationWatch(about)
    const faults: string[] = []
    let [looks, opened] = [0, 0]
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage()
      tab.on('console', (message) => faults.push(message.text()))
      tab.on('pageerror', (error) => faults.push(String(error)))
      await tab.goto(watch.url)
      const run = await playShown(simulation, 4, async (soFar) => {
        await watch.show(soFar)
        const calls = canonical(soFar.journal).length
        const last = soFar.journal.at(-1)!
        if (last.kind !== 'Call' || calls < 4 * (looks + 1)) return
        looks++
        await tab.waitForSelector(`#moves tbody tr:nth-child(${calls}):last-child`)
        expect(await tab.textContent('[role=status]')).toContain(`Running: ${calls} calls so far`)
        expect(await tab.locator('.position').count()).toBe(calls)
        const [dispute] = await tab.$$eval('svg.map a', (links) =>
          links.map((link) => link.getAttribute('href')!),
        )
        if (dispute === undefined || dispute.startsWith('#')) return
        const answer = await fetch(new URL(dispute, watch.url))
        opened++
        expect([answer.status, await answer.text()]).toEqual([
          200,
          expect.stringContaining('svg class="tower"'),
        ])
      })
      const record = { ...about, run, missed: [], expectationsMet: null, seconds: 1 }
      const path = PAGES.writePopulation(record, folder())
      const ended = watch.over(record)
      await tab.waitForSelector('#costs')
      const kept = await browser.newPage()
      await kept.goto(pathToFileURL(path).href)
      const text = `document.querySelector('main').textContent.trim()`
      const whole = await tab.evaluate<string>(text)
      expect(whole).not.toContain('.jsonl')
      expect(withoutFiles(whole)).toBe(withoutFiles(await kept.evaluate<string>(text)))
      const late = await (await fetch(watch.url)).text()
      expect(withoutFiles(mainOf(late))).toBe(withoutFiles(mainOf(readFileSync(path, 'utf8'))))
      watch.close()
      await ended
    })
    expect(faults).toEqual([])
    expect(looks).toBeGreaterThanOrEqual(3)
    expect(opened).toBeGreaterThanOrEqual(1)
  },
  120_000,
)

test('LIVE-11 --watch of a file with one run serves that run, and keeps both pages', async () => {
  const file = join(folder(), 'rivals.yaml')
  writeFileSync(file, JSON.stringify(DATA))
  const { code, stdout, served } = await watchedToTheEnd(
    [file, '--workers', '1', '--out', folder()],
    /the run: .*\n/,
  )
  expect(code).toBe(0)
  expect(stdout).toMatch(/report: .+\.html/)
  const path = new URL(/the run: (\S+)/.exec(stdout)![1]!)
  expect(withoutFiles(mainOf(served))).toBe(withoutFiles(mainOf(readFileSync(path, 'utf8'))))
}, 120_000)
