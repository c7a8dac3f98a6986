import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { cachedFile } from '../../impl/models/catalogue.ts'
import type { RunRecord } from '../../sim/record.ts'
import { findBrowser, looked, SCROLLING, withBrowser } from '../browser.fixture.ts'
import { played } from '../played.fixture.ts'
import { writePage } from '../writePage.ts'
import { reportCommand } from './command.ts'
import { readFolder } from './folder.ts'
import { indexPage, indexSentence } from './indexPage.ts'
import { parseRunFile, runFileOf, runFileText, VERSION } from './runFile.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

let folder: string
let record: RunRecord
let stem: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opml-index-'))
  record = await played('mnist-wrong-logit')
  stem = (await writePage(record, folder)).replace(/\.html$/, '')
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The same run under another name, with another run file. */
const another = (name: string, change: Readonly<Record<string, unknown>>): void => {
  for (const ending of ['.html', '.jsonl']) copyFileSync(`${stem}${ending}`, join(folder, `${name}${ending}`))
  const run = JSON.parse(readFileSync(`${stem}.json`, 'utf8'))
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...run, ...change }))
}

const command = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'reportMain.ts'), '--out', folder, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })

/** The same without a process of its own, which costs seconds. */
const reported = async (...args: readonly string[]) => {
  const [out, faults]: [string[], string[]] = [[], []]
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text) => void out.push(String(text))),
    vi.spyOn(console, 'error').mockImplementation((text) => void faults.push(String(text))),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => faults.push(String(text)) > 0),
  ]
  try {
    const status = await reportCommand(['--out', folder, ...args])
    return { status, stdout: out.join('\n'), stderr: faults.join('\n') }
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

// Rationale: the index knows a run by this file alone.
test('INDEX-1 a run file says what the run came to, and reads back the same', () => {
  const run = runFileOf(record, new Date(0))
  expect(parseRunFile(runFileText(run))).toEqual(run)
  expect(run).toMatchObject({
    scenario: record.scenario.scenario,
    calls: record.story.journal.length,
    moves: record.outcome.moves,
    claimIsTrue: false,
    alarm: null,
    expectationsMet: true,
    date: '1970-01-01T00:00:00.000Z',
  })
  expect(run.expectations.every(({ expected, came, isMet }) => isMet && expected === came)).toBe(true)
  expect(run.commit ?? '').toMatch(/^([0-9a-f]{12,40}(-dirty)?)?$/)
  const unmet = runFileOf({ ...record, unmet: ['winner'] }, new Date(0))
  expect(unmet.expectations.filter(({ isMet }) => !isMet).map(({ key }) => key)).toEqual(['winner'])
})

// Rationale: the one event that the protocol exists to prevent is what the index must shout, wherever the run stands.
browserTest(
  'INDEX-2 newest first, filtered by words, sorted by a click, a false final above all',
  async () => {
    another('old-run', {
      date: '2000-01-01T00:00:00.000Z',
      scenario: 'zebra',
      title: '<b>striped</b>',
      moves: 3,
    })
    another('bad-run', {
      date: '1999-01-01T00:00:00.000Z',
      alarm: 'a false claim has become final',
      moves: 5,
    })
    const { status, stdout, stderr } = command([])
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain('3 runs: 3 as expected, 0 not as expected, 1 in which the protocol failed')
    const url = pathToFileURL(join(folder, 'index.html')).href
    await withBrowser(findBrowser()!, async (started) => {
      const tab = await started.newPage({ bypassCSP: false })
      const [faults, requests]: [string[], string[]] = [[], []]
      tab.on('console', (message) => faults.push(message.text()))
      tab.on('pageerror', (error) => faults.push(String(error)))
      tab.on('request', (request) => requests.push(request.url()))
      await tab.goto(url)
      expect(await tab.evaluate(SCROLLING)).toEqual([])
      const moves = (): Promise<string[]> =>
        tab.$$eval('#runs tbody tr:not([hidden]) td:nth-child(8)', (cells) =>
          cells.map(({ textContent }) => textContent ?? ''),
        )
      const own = String(record.outcome.moves)
      expect(await tab.textContent('header p.alarm')).toContain('a false claim has become final')
      expect(await moves()).toEqual([own, '3', '5'])
      await tab.fill('#words', 'STRIPED zebra')
      expect(await moves()).toEqual(['3'])
      expect(await tab.textContent('.filter output')).toBe('1 of 3 shown')
      await tab.fill('#words', '')
      await tab.click('th:nth-child(8) button')
      expect(await moves()).toEqual(['5', '3', own])
      await tab.click('th:nth-child(8) button')
      expect(await moves()).toEqual(['5', own, '3'])
      expect(await tab.getAttribute('th:nth-child(8)', 'aria-sort')).toBe('descending')
      expect(faults).toEqual([])
      expect(requests).toEqual([url])
      await tab.click('#runs tbody tr:nth-child(2) a')
      await tab.waitForURL(pathToFileURL(`${stem}.html`).href)
    })
  },
)

browserTest(
  'INDEX-3 axe finds nothing on the index and nothing sticks out, at three sizes and in two schemes',
  async () => {
    another('bad-run', { alarm: 'a false claim has become final', expectationsMet: false })
    const path = join(folder, 'index.html')
    writeFileSync(
      path,
      indexPage({ ...readFolder(folder), faults: [{ file: 'a.json', reason: 'is cut off' }] }),
    )
    const found = await withBrowser(findBrowser()!, (started) =>
      looked(started, pathToFileURL(path).href, 'index'),
    )
    expect(found).toEqual([])
  },
)

// Rationale: a run that is silently left out looks like one that was never played.
test('INDEX-4 a file that is missing, cut off or of another version has a line, and the others are built', async () => {
  const whole = readFolder(folder).runs.length
  another('cut-page', {})
  writeFileSync(join(folder, 'cut-page.html'), readFileSync(`${stem}.html`, 'utf8').slice(0, -9))
  another('cut-journal', {})
  writeFileSync(join(folder, 'cut-journal.jsonl'), readFileSync(`${stem}.jsonl`, 'utf8').slice(0, -9))
  another('cut-run', {})
  writeFileSync(join(folder, 'cut-run.json'), readFileSync(`${stem}.json`, 'utf8').slice(0, -9))
  another('future', { version: VERSION + 1 })
  another('damaged', { moves: 'many' })
  another('alone', {})
  // A run with pages of disputes is there, and those that are not are told.
  another('apart', { disputePages: 2 })
  another('halved', { disputePages: 3 })
  mkdirSync(join(folder, 'halved'))
  writeFileSync(join(folder, 'halved', 'dispute-2.html'), '')
  rmSync(join(folder, 'alone.json'))
  const { status, stdout, stderr } = await reported('--json')
  expect(status).toBe(2)
  const { runs, faults } = JSON.parse(stdout)
  expect(runs).toHaveLength(whole + 2)
  expect(faults).toEqual([
    { file: 'alone.json', reason: expect.stringMatching(/^is missing/) },
    {
      file: 'apart/',
      reason: 'is missing: the folder of a run’s 2 dispute pages; play it again',
    },
    { file: 'cut-journal.jsonl', reason: expect.stringMatching(/^is cut off/) },
    { file: 'cut-page.html', reason: 'is cut off' },
    { file: 'cut-run.json', reason: expect.stringMatching(/^is cut off/) },
    { file: 'damaged.json', reason: expect.stringMatching(/^is damaged: moves: /) },
    {
      file: 'future.json',
      reason: `is of version ${VERSION + 1}, and not of version ${VERSION}: play it again`,
    },
    {
      file: 'halved/dispute-1.html',
      reason: 'is missing: the first of 2 of a run’s 3 dispute pages; play it again',
    },
  ])
  expect(stderr.trimEnd().split('\n')).toHaveLength(8)
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
  for (const { file } of faults) expect(page).toContain(`<code>${file}</code>`)
})

test('INDEX-5 --open hands the index to the system’s browser, an unknown option is refused, and no folder is no run', async () => {
  const opener = join(folder, 'xdg-open')
  const told = join(folder, 'told')
  writeFileSync(opener, `#!/bin/sh\nprintf %s "$1" > '${told}'\n`)
  chmodSync(opener, 0o755)
  command(['--open'], { PATH: `${folder}:${process.env['PATH']}` })
  // The browser outlives the command, and so may be later.
  await vi.waitFor(
    () => expect(readFileSync(told, 'utf8')).toBe(pathToFileURL(join(folder, 'index.html')).href),
    10_000,
  )
  expect((await reported('--colour')).status).toBe(2)
  const none = readFolder(join(folder, 'none'))
  expect(indexSentence(none)).toBe('0 runs: 0 as expected, 0 not as expected')
})

/** A scenario file of some text. */
const scenario = (name: string, text: string): string => {
  const file = join(folder, `${name}.yaml`)
  writeFileSync(file, text)
  return file
}

// Rationale: whoever shows the project to somebody runs this one command; what it leaves out must be said.
test('INDEX-6 --play plays stories and a small size of questions, names what it skips, and then builds the index', async () => {
  rmSync(folder, { recursive: true })
  mkdirSync(folder)
  const story = join(import.meta.dirname, '../../scenarios/mnist-honest.yaml')
  const question = scenario(
    'question',
    [
      'scenario: question',
      'runs: 500',
      'task: { model: alphabet, lengths: [4, 4] }',
      'actors: [{ name: sam, role: server, strategy: honest }]',
    ].join('\n'),
  )
  const { status, stdout, stderr } = command(['--play', story, question])
  expect(stderr).toMatch(/scenario 1 of 2, .*mnist-honest\.yaml: .*\nscenario 2 of 2, .*about \d+ s left/)
  expect(stdout).toContain('1 point of 1 run')
  expect(status).toBe(0)
  // A question of one run is told as a simulation and as that run.
  const { runs, sweeps } = readFolder(folder)
  expect(runs.map(({ scenario: played }) => played).sort()).toEqual(['mnist-honest', 'question'])
  expect(sweeps.map(({ scenario: played }) => played)).toEqual(['question'])
  expect(readFileSync(join(folder, 'index.html'), 'utf8')).toMatch(
    /href="mnist-honest-anvil-[^"]+\.jsonl">journal</,
  )
  // A model that is fetched would be played, and takes minutes.
  if (!existsSync(cachedFile('smollm2', 'fixed'))) {
    const absent = join(import.meta.dirname, '../../scenarios/llama-honest.yaml')
    const skipped = await reported('--play', absent)
    expect(skipped.status).toBe(0)
    expect(skipped.stderr).toMatch(/skipped .*llama-honest\.yaml: .*npm run models -- fetch smollm2/)
    expect(skipped.stderr).toMatch(/skipped, 1 of 1: .*llama-honest\.yaml/)
  }
  const bad = await reported('--play', scenario('bad', 'scenario: bad'))
  expect(bad.status).toBe(2)
  expect(bad.stdout).toContain('2 runs: 1 as expected, 0 not as expected, 1 simulation')
  expect((await reported(story)).status).toBe(2)
})
