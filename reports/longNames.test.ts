import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'
import { simCommand } from '../sim/command.ts'
import { findBrowser, withBrowser } from './browser.fixture.ts'
import { readFolder } from './index/folder.ts'
import { indexPage } from './index/indexPage.ts'
import { PAGES } from './pages.ts'

const browserTest = test.skipIf(findBrowser() === undefined)

/** A text of so many characters with no place to break it, and with what would be markup. */
const LONG = `</title><script>alert(1)</script>${'x'.repeat(500)}`

const head = `scenario: "${LONG}"\ntitle: "${LONG}"\n`
const liar = 'strategy: wrong-anywhere'
const actors = (strategy: string) => `actors:
  - { name: ${'s'.repeat(32)}, role: server, ${strategy} }
  - { name: ${'v'.repeat(32)}, role: verifier, strategy: honest }
`
const FILES = {
  story: `${head}task: { model: toy, seed: 3 }\n${actors('strategy: wrong-value, at: { node: 1, element: 0 }')}`,
  run: `${head}task: { model: alphabet, lengths: [8, 8] }\n${actors(liar)}`,
  sweep: `${head}task: { model: alphabet, lengths: [8, 8] }\nvary: { game.arity: [2, 4] }\n${actors(liar)}`,
}

/** Names in a tower that reach into its cells; text, since it runs in the browser. */
const REACHING = `[...document.querySelectorAll('svg.tower .vector')].flatMap((vector) => {
  const name = vector.querySelector('text.who')
  const cell = vector.querySelector('.cell')
  return name.getBoundingClientRect().right > cell.getBoundingClientRect().left ? [name.textContent] : []
})`

const play = async (folder: string): Promise<void> => {
  const silent = vi.spyOn(console, 'log').mockImplementation(() => {})
  const progress = vi.spyOn(process.stderr, 'write').mockImplementation(() => true)
  try {
    for (const [name, text] of Object.entries(FILES)) {
      const file = join(folder, `${name}.yaml`)
      writeFileSync(file, text)
      // A story takes no workers.
      const workers = name === 'story' ? [] : ['--workers', '1']
      expect(await simCommand([file, '--json', '--out', folder, ...workers], PAGES)).toBe(0)
    }
  } finally {
    silent.mockRestore()
    progress.mockRestore()
  }
}

// Rationale: scenario files come from anybody; a page that a title makes six thousand pixels wide is read by nobody.
browserTest(
  'REPORT-33 no title and no name makes a page wider than its window, on all kinds of pages',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'opml-long-'))
    try {
      await play(folder)
      writeFileSync(join(folder, 'index.html'), indexPage(readFolder(folder)))
      const pages = readdirSync(folder, { recursive: true }).map(String)
      const html = pages.filter((page) => page.endsWith('.html'))
      expect(html.length).toBeGreaterThanOrEqual(5)
      await withBrowser(findBrowser()!, async (browser) => {
        const tab = await browser.newPage()
        const said: string[] = []
        tab.on('dialog', (dialog) => void said.push(dialog.message()))
        tab.on('console', (message) => said.push(message.text()))
        for (const page of html)
          for (const width of [400, 1280]) {
            await tab.setViewportSize({ width, height: 900 })
            await tab.goto(pathToFileURL(join(folder, page)).href)
            const wide = await tab.evaluate<number>('document.documentElement.scrollWidth')
            expect([page, wide]).toEqual([page, width])
            expect(await tab.evaluate(REACHING)).toEqual([])
          }
        expect(said).toEqual([])
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  },
)
