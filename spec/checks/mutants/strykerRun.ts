import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { MutantResult, PartialStrykerOptions } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { CHECKED, type Checked } from './compileChecker.ts'
import { editOf, type Generated } from './generated.ts'
import { BUG_MESSAGES, COMPILES, PROGRESS } from './strykerPlugins.ts'

/** What Stryker mutates, and how it is tested. Paths are below the root. */
export interface Mutated {
  /** All files that mutants are made of. */
  readonly files: readonly string[]
  /** Vitest's configuration of the tests that may kill them. */
  readonly suite: string
  /** The compiler's, of the files and of what they import. */
  readonly tsconfig: string
  /** What of the repository neither files nor tests need. */
  readonly leftOut: readonly string[]
  /** What became of every mutant in the last run, here: only what has changed since is tried again. */
  readonly working: string
  /** The same, compressed and committed, where it is. */
  readonly recorded?: string
}

/** Which mutants are tried. */
export interface Tries {
  /** Whether the mutants of a file are asked for. */
  readonly has: (file: string) => boolean
  /** Every mutant, whatever is known of it. */
  readonly afresh: boolean
  /** So many of them, drawn by `seed`; all where absent. Nothing is kept of a sample. */
  readonly sample?: number | undefined
  readonly seed: number
}

/** Added to the time that the tests of a mutant take: loops are mostly caught by counting, before it is over. */
const PATIENCE_MS = 5_000

const optionsFor = (
  mutated: Mutated,
  files: readonly string[],
  { afresh, sample, seed }: Tries,
): PartialStrykerOptions => ({
  mutate: [...files],
  ignorePatterns: [...mutated.leftOut],
  testRunner: 'vitest',
  vitest: { configFile: mutated.suite, related: false },
  // A mutant that does not compile is none that could be committed: it is neither killed nor does it survive.
  checkers: [COMPILES],
  coverageAnalysis: 'perTest',
  // At two on two cores, a mutant that waits for its turn would count as one that does not end.
  concurrency: 1,
  timeoutMS: PATIENCE_MS,
  incremental: sample === undefined,
  incrementalFile: mutated.working,
  force: afresh,
  tempDirName: '.cache/mutants/sandbox',
  [CHECKED]: { tsconfig: mutated.tsconfig, ...(sample !== undefined && { sample, seed }) } satisfies Checked,
  plugins: ['@stryker-mutator/vitest-runner', join(import.meta.dirname, 'strykerPlugins.ts')],
  reporters: [PROGRESS],
  ignorers: [BUG_MESSAGES],
  // It would speak on standard output; what goes wrong is thrown.
  logLevel: 'off' as NonNullable<PartialStrykerOptions['logLevel']>,
})

const OUTCOMES: Readonly<Partial<Record<MutantResult['status'], Generated['outcome']>>> = {
  Killed: 'killed',
  Timeout: 'killed',
  Survived: 'survived',
  NoCoverage: 'survived',
}

const generatedOf = (root: string, mutant: MutantResult): Generated | undefined => {
  const outcome = OUTCOMES[mutant.status]
  if (outcome === undefined) return undefined
  const { start, end } = mutant.location
  return {
    file: relative(root, mutant.fileName),
    line: start.line,
    mutator: mutant.mutatorName,
    ...editOf(readFileSync(mutant.fileName, 'utf8'), start, end, mutant.replacement),
    outcome,
  }
}

interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>
}

/**
 * A survivor's fate is forgotten, so that it is tried again: Stryker would do so only where a new test reaches it, and
 * a test that has become better, or a literal that no test runs, is none.
 */
const withoutSurvivors = (report: Report): Report => ({
  ...report,
  files: Object.fromEntries(
    Object.entries(report.files).map(([name, file]) => [
      name,
      {
        ...file,
        mutants: file.mutants.filter(
          ({ status }) => OUTCOMES[status as MutantResult['status']] !== 'survived',
        ),
      },
    ]),
  ),
})

/** Of a report what the next run needs: not where it was made, nor why each mutant died, which is long. */
const slim = (report: string): string => {
  const { schemaVersion, thresholds, files, testFiles } = JSON.parse(report) as Record<string, unknown>
  return JSON.stringify({ schemaVersion, thresholds, files, testFiles }, (key, value) =>
    key === 'statusReason' ? undefined : value,
  )
}

/** Makes this run's results those that the next one starts from, here and for everybody else. */
export const record = (root: string, { recorded, working }: Mutated): void => {
  if (recorded === undefined) throw new Error('nothing is recorded of these')
  writeFileSync(join(root, recorded), gzipSync(slim(readFileSync(join(root, working), 'utf8')), { level: 9 }))
}

/** Mutates the files and runs, for each mutant, the tests of the suite that reach it. */
export const runStryker = async (
  root: string,
  mutated: Mutated,
  tries: Tries,
): Promise<readonly Generated[]> => {
  process.chdir(root)
  const files = mutated.files.filter(tries.has)
  const { recorded, working } = mutated
  const known = existsSync(working)
    ? readFileSync(working, 'utf8')
    : recorded !== undefined && existsSync(recorded) && gunzipSync(readFileSync(recorded)).toString()
  if (known) {
    mkdirSync(dirname(working), { recursive: true })
    writeFileSync(working, JSON.stringify(withoutSurvivors(JSON.parse(known) as Report)))
  }
  const results = await new Stryker(optionsFor(mutated, files, tries)).runMutationTest()
  return results
    .filter(({ fileName }) => files.includes(relative(root, fileName)))
    .flatMap((mutant) => generatedOf(root, mutant) ?? [])
}
