import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { progressOf } from '../explore/progress.ts'
import { type Mutant, plant, staleness } from './mutant.ts'
import { outcomeOf, type Survivor, survivorOf, type TestReport } from './verdict.ts'

const INTERRUPTED = 130

/** A test of the specification takes seconds; one that takes this long goes round in circles. */
const LIMIT_MS = 300_000

/** What became of the planted mutants; with faults, none was tried. */
export interface PlantedReport {
  readonly faults: readonly string[]
  readonly total: number
  readonly survivors: readonly Survivor[]
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/**
 * Plants each mutant in a private copy and runs the test that must fail.
 *
 * @param copied files and folders that the copy is made of
 */
export const runPlanted = async (
  root: string,
  copied: readonly string[],
  mutants: readonly Mutant[],
): Promise<PlantedReport> => {
  const copy = mkdtempSync(join(tmpdir(), 'opml-mutants-'))
  const reportPath = join(copy, 'report.json')
  let running: ChildProcess | undefined

  const clean = (): void => rmSync(copy, { recursive: true, force: true })
  const interrupted = (): void => {
    running?.kill('SIGKILL')
    clean()
    process.exit(INTERRUPTED)
  }

  /** Runs the tests of one file whose title contains one of those, in the copy. */
  const runTests = (
    test: string,
    titles: readonly string[],
  ): Promise<{ report: TestReport | undefined; timedOut: boolean }> =>
    new Promise((resolve, reject) => {
      rmSync(reportPath, { force: true })
      const vitest = join(copy, 'node_modules/vitest/vitest.mjs')
      const title = titles.map(escaped).join('|')
      const args = ['run', test, '-t', title, '--bail', '1', '--reporter=json', '--maxWorkers', '1']
      const child = spawn(process.execPath, [vitest, ...args, `--outputFile=${reportPath}`], {
        cwd: copy,
        stdio: 'ignore',
      })
      running = child
      let timedOut = false
      const timer = setTimeout(() => {
        timedOut = true
        child.kill('SIGKILL')
      }, LIMIT_MS)
      child.on('error', reject)
      child.on('exit', () => {
        clearTimeout(timer)
        running = undefined
        const report = existsSync(reportPath)
          ? (JSON.parse(readFileSync(reportPath, 'utf8')) as TestReport)
          : undefined
        resolve({ report, timedOut })
      })
    })

  /** A test that fails, or is not there, before anything is broken would count every mutant as dead or none. */
  const unfit = async (): Promise<readonly string[]> => {
    const faults: string[] = []
    for (const mutant of mutants) {
      const fault = staleness(readFileSync(join(copy, mutant.file), 'utf8'), mutant)
      if (fault !== undefined) faults.push(`${mutant.file}, ${mutant.name}: ${fault}`)
    }
    for (const test of new Set(mutants.map((mutant) => mutant.test))) {
      const properties = new Set(mutants.filter((mutant) => mutant.test === test).map((m) => m.killedBy))
      const { report } = await runTests(test, [...properties])
      for (const killedBy of properties) {
        const outcome = outcomeOf(report, killedBy)
        if (outcome !== 'passed') faults.push(`${test}, ${killedBy}: ${outcome} before anything is broken`)
      }
    }
    return faults
  }

  const tryOut = async (mutant: Mutant): Promise<Survivor | undefined> => {
    const path = join(copy, mutant.file)
    const source = readFileSync(path, 'utf8')
    writeFileSync(path, plant(source, mutant))
    const { report, timedOut } = await runTests(mutant.test, [mutant.killedBy])
    writeFileSync(path, source)
    return survivorOf(mutant, outcomeOf(report, mutant.killedBy), timedOut)
  }

  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    for (const name of copied) cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const faults = await unfit()
    if (faults.length > 0) return { faults, total: mutants.length, survivors: [] }
    const progress = progressOf(process.stderr, mutants.length, 'planted mutants', () => performance.now())
    const survivors: Survivor[] = []
    for (const [index, mutant] of mutants.entries()) {
      const survivor = await tryOut(mutant)
      if (survivor) survivors.push(survivor)
      progress.done(index + 1)
    }
    return { faults, total: mutants.length, survivors }
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    clean()
  }
}
