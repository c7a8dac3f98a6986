import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { anvilsBelow, areGone, sim } from '../../sim/command.fixture.ts'
import { scenarioText } from '../../sim/scenarios.fixture.ts'
import { findBrowser, looked, withBrowser } from '../browser.fixture.ts'
import { chronicle } from '../chronicle.ts'
import { testFolder } from '../folder.fixture.ts'
import { played, withTransactions } from '../played.fixture.ts'
import { liveMain, livePage } from './livePage.ts'
import { serveLive } from './server.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

const folder = testFolder('live')

/** A dispute of some twenty moves. */
const LONG = scenarioText({
  phases: '[vm]',
  arity: '2',
  actors: [
    '{ name: sam, role: server, strategy: wrong-step, at: { step: 250000 } }',
    '{ name: vera, role: verifier, strategy: honest }',
  ],
})

/** What stands on a page; text, since it runs in the browser. */
const SHOWN = `({
  calls: document.querySelectorAll('#moves tbody tr').length,
  positions: document.querySelectorAll('.position').length,
  visible: [...document.querySelectorAll('.position:not([hidden])')].map(({ id }) => id),
  verdict: document.querySelector('.verdict')?.textContent.trim().replaceAll(/\\s+/g, ' ') ?? '',
})`

/** What a page shows, whenever that changes, until it is the run as a whole. */
const WATCHED = `new Promise((resolve) => {
  const seen = []
  const look = () => {
    const [shown, last] = [${SHOWN}, seen.at(-1)]
    if (shown.calls !== last?.calls || shown.verdict !== last?.verdict) seen.push(shown)
    if (/^(The claim is|No claim)/.test(shown.verdict)) resolve(seen)
  }
  new MutationObserver(look).observe(document.querySelector('main'), { childList: true })
  look()
})`

interface Shown {
  readonly calls: number
  readonly positions: number
  readonly visible: readonly string[]
  readonly verdict: string
}

// Rationale: a page that is filled by another way than the one that is kept could tell another story.
browserTest(
  'LIVE-1 --watch serves a page that fills while the run goes on, and that is in the end the page that is kept',
  async () => {
    const file = join(folder(), 'long.yaml')
    writeFileSync(file, LONG)
    const [faults, requests]: [string[], string[]] = [[], []]
    const seen: Shown[] = []
    await withBrowser(findBrowser()!, async (browser) => {
      const tab = await browser.newPage()
      tab.on('console', (message) => faults.push(message.text()))
      tab.on('pageerror', (error) => faults.push(String(error)))
      tab.on('request', (asked) => requests.push(asked.url()))
      let [watched, origin]: [Promise<void> | undefined, string] = [undefined, '']
      const watch = async (): Promise<void> => {
        await tab.goto(origin)
        seen.push(...(await tab.evaluate<Shown[]>(WATCHED)))
        // One more reader, who comes when all is over.
        const late = await browser.newPage()
        await late.goto(origin)
        expect(await late.evaluate<Shown>(SHOWN)).toEqual(seen.at(-1))
      }
      const { code, stdout } = await sim([file, '--world', 'anvil', '--watch', '--out', folder()], {
        onError: (text, child) => {
          const url = /watch it in a browser: (\S+)\n/.exec(text)?.[1]
          if (url === undefined || watched !== undefined) return
          origin = url
          watched = watch().finally(() => child.kill('SIGINT'))
        },
      })
      await watched
      expect(code).toBe(0)
      expect(new Set(requests)).toEqual(new Set([origin, `${origin}events`]))
      const kept = await browser.newPage()
      const path = /report: (.+\.html)/.exec(stdout)![1]!
      await kept.goto(pathToFileURL(path).href)
      expect(seen.at(-1)).toEqual(await kept.evaluate<Shown>(SHOWN))
      expect(readFileSync(path, 'utf8')).not.toContain('connect-src')
    })
    expect(faults).toEqual([])
    const calls = seen.map((shown) => shown.calls)
    expect(calls).toEqual([...calls].sort((a, b) => a - b))
    expect(new Set(calls).size).toBeGreaterThanOrEqual(4)
    for (const shown of seen.filter(({ calls: some }) => some > 0)) {
      expect(shown.positions).toBe(shown.calls)
      expect(shown.visible).toEqual([`at-${shown.calls - 1}`])
    }
  },
  120_000,
)

const asked = (
  url: string,
  options: Parameters<typeof request>[1] = {},
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const call = request(url, options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode!, text }))
    })
    call.on('error', reject)
    call.end()
  })

browserTest(
  'LIVE-4 axe finds nothing on the page of a run that goes on, at three sizes and in two schemes; it says when nobody plays on',
  async () => {
    const record = withTransactions(await played('mnist-wrong-logit'))
    const main = liveMain(record, chronicle(record).slice(0, 6))
    const server = await serveLive({ main: () => main, page: () => livePage('a run', main) })
    try {
      await withBrowser(findBrowser()!, async (browser) => {
        expect(await looked(browser, server.url, 'live')).toEqual([])
        const tab = await browser.newPage()
        await tab.goto(server.url)
        await tab.waitForSelector('.position:not([hidden])')
        expect(await tab.locator('.lost').count()).toBe(0)
        // The same reader, when whoever played it is gone.
        server.close()
        await tab.waitForSelector('.lost[role="alert"]')
        expect(await tab.textContent('.verdict')).toBe('Running: 6 calls so far.')
      })
      expect(main).toContain('Running: 6 calls so far.')
    } finally {
      server.close()
    }
  },
)

// Rationale: a page elsewhere on the web, or a neighbour on the network, has no business in somebody's run.
test('LIVE-2 the page is for this machine alone, changes nothing, and is served no longer than somebody asks', async () => {
  const server = await serveLive({ main: () => '<p>main</p>', page: () => '<main></main>' }, 1500)
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  expect(await asked(server.url)).toEqual({ status: 200, text: '<main></main>' })
  expect((await asked(server.url, { headers: { host: 'example.org' } })).status).toBe(403)
  expect((await asked(server.url, { method: 'POST' })).status).toBe(405)
  expect((await asked(`${server.url}other`)).status).toBe(404)
  const over = server.over()
  const last = performance.now()
  expect((await asked(server.url)).status).toBe(200)
  await over
  expect(performance.now() - last).toBeGreaterThanOrEqual(1500)
  await expect(asked(server.url)).rejects.toThrow()
})

test('LIVE-3 an interruption while the page is served leaves nothing running', async () => {
  let anvils: readonly number[] = []
  const { code, stderr } = await sim(
    ['scenarios/mnist-wrong-logit.yaml', '--world', 'anvil', '--watch', '--out', folder()],
    {
      onOutput: (output, child) => {
        if (anvils.length > 0 || !/ claim /.test(output)) return
        anvils = anvilsBelow(child.pid!)
        child.kill('SIGINT')
      },
    },
  )
  expect(stderr).toContain('watch it in a browser: http://127.0.0.1:')
  expect(code).toBe(130)
  expect(anvils).toHaveLength(1)
  expect(areGone(anvils)).toBe(true)
})
