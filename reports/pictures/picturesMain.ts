import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Command } from 'commander'
import type { Page } from 'playwright-core'
import { PeerError } from '../../impl/bench/infer/peerFolder.ts'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import { simCommand } from '../../sim/command.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { complain } from '../../sim/terminal.ts'
import { findBrowser, withBrowser } from '../headlessBrowser.ts'
import { reportCommand } from '../index/command.ts'
import { readFolder } from '../index/folder.ts'
import { PAGES } from '../pages.ts'
import { drawDiagrams } from './diagrams.ts'

/** A picture that a README shows: of which page, and what of it. */
interface Picture {
  readonly name: string
  /** The scenario whose page it is; undefined for the page of rivals. */
  readonly scenario: string | undefined
  /** Where the page is opened, as a link does. */
  readonly hash?: string
  /** What is shown; undefined for what a window shows. */
  readonly element?: string
  /** Of the window, where more is to be seen. */
  readonly height?: number
}

const PICTURES: readonly Picture[] = [
  { name: 'dispute', scenario: 'mnist-wrong-logit' },
  { name: 'stepper', scenario: 'mnist-wrong-logit', hash: '#at-6', element: '#stepper' },
  { name: 'simulation', scenario: 'claim-bond', height: 1080 },
  { name: 'rivals', scenario: undefined, element: '#attacks figure' },
]

const SCENARIOS = [
  'scenarios/mnist-wrong-logit.yaml',
  'scenarios/questions/claim-bond.yaml',
  'scenarios/questions/attack-budget.yaml',
]

const WINDOW = { width: 1200, height: 900 }

const take = async (page: Page, { name, element }: Picture): Promise<string> => {
  const path = join(import.meta.dirname, `${name}.png`)
  if (element === undefined) await page.screenshot({ path })
  else await page.locator(element).first().screenshot({ path })
  return path
}

/** Plays what the pictures show, and takes them. @returns the exit code */
const takeAll = async (executablePath: string): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-pictures-'))
  try {
    const files = SCENARIOS.map((file) => join(PROJECT_FOLDER, file))
    const code = await simCommand([...files, '--out', folder], PAGES)
    if (code !== EXIT.met) return code
    await reportCommand(['--out', folder])
    const { runs, sweeps } = readFolder(folder)
    const names = new Map([...runs, ...sweeps].map(({ scenario, name }) => [scenario, name]))
    await withBrowser(executablePath, async (browser) => {
      for (const picture of PICTURES) {
        const page = await browser.newPage({
          viewport: { ...WINDOW, height: picture.height ?? WINDOW.height },
          colorScheme: 'light',
        })
        const name = picture.scenario === undefined ? 'rivals' : names.get(picture.scenario)!
        await page.goto(`${pathToFileURL(join(folder, `${name}.html`)).href}${picture.hash ?? ''}`)
        console.log(await take(page, picture))
        await page.close()
      }
    })
    return EXIT.met
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const command = new Command('pictures')
  .description(
    'Draws the specification’s state diagrams and takes the pictures that READMEs show: plays the scenarios they are of, and opens the pages in a browser',
  )
  .option('--diagrams', 'draw the state diagrams alone')
  .addHelpText(
    'after',
    '\nmermaid-cli draws the diagrams: it is installed into the folder of caches the first time, 450 MB.' +
      '\n\nExit codes:\n  0  all are taken\n  2  there is no Chromium, or mermaid-cli cannot be had\n  others: as of npm run sim',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? EXIT.met : EXIT.badInput))
  .action(async ({ diagrams }: { diagrams?: true }) => {
    const browser = findBrowser()
    if (browser === undefined) {
      complain("error: no Chromium is here; Debian's package chromium has it, or CHROMIUM_PATH names one")
      process.exitCode = EXIT.badInput
      return
    }
    try {
      for (const path of await drawDiagrams(browser)) console.log(path)
    } catch (error) {
      if (!(error instanceof PeerError)) throw error
      complain(`error: ${error.message}`)
      process.exitCode = EXIT.badInput
      return
    }
    if (!diagrams) process.exitCode = await takeAll(browser)
  })

await command.parseAsync()
