import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { MutantResult, PartialStrykerOptions } from '@stryker-mutator/api/core'
import { Stryker } from '@stryker-mutator/core'
import { editOf, type Generated, isLibrary } from './generated.ts'
import { BUG_MESSAGES, COMPILES, PROGRESS } from './strykerPlugins.ts'

/** What became of every mutant in the last run that was recorded: only what has changed since is tried again. */
const RECORDED = 'spec/checks/mutants/generated.json.gz'
const WORKING = '.cache/mutants/generated.json'

/** Added to the time that the tests of a mutant take: loops are mostly caught by counting, before it is over. */
const PATIENCE_MS = 5_000

/** Everything that the specification and its mutation suite do not need. */
const LEFT_OUT = [
  '.cache',
  '.ci',
  'contracts',
  'impl',
  'reports',
  'scenarios',
  'sim',
  'spec/published/vectors/*.json',
]

export const libraryFiles = (root: string): readonly string[] =>
  globSync('spec/**/*.ts', { cwd: root }).filter(isLibrary).sort()

const optionsFor = (files: readonly string[], afresh: boolean): PartialStrykerOptions => ({
  mutate: [...files],
  ignorePatterns: LEFT_OUT,
  testRunner: 'vitest',
  vitest: { configFile: 'spec/checks/mutants/suite.config.ts', related: false },
  // A mutant that does not compile is none that could be committed: it is neither killed nor does it survive.
  checkers: [COMPILES],
  coverageAnalysis: 'perTest',
  // At two on two cores, a mutant that waits for its turn would count as one that does not end.
  concurrency: 1,
  timeoutMS: PATIENCE_MS,
  incremental: true,
  incrementalFile: WORKING,
  force: afresh,
  tempDirName: '.cache/mutants/sandbox',
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
export const record = (root: string): void =>
  writeFileSync(join(root, RECORDED), gzipSync(slim(readFileSync(join(root, WORKING), 'utf8')), { level: 9 }))

/**
 * Mutates the files and runs, for each mutant, the tests of the mutation suite that reach it.
 *
 * @param afresh tries every mutant, whatever is known of it
 */
export const runGenerated = async (
  root: string,
  files: readonly string[],
  afresh: boolean,
): Promise<readonly Generated[]> => {
  process.chdir(root)
  const known = existsSync(WORKING)
    ? readFileSync(WORKING, 'utf8')
    : existsSync(RECORDED) && gunzipSync(readFileSync(RECORDED)).toString()
  if (known) {
    mkdirSync(dirname(WORKING), { recursive: true })
    writeFileSync(WORKING, JSON.stringify(withoutSurvivors(JSON.parse(known) as Report)))
  }
  const results = await new Stryker(optionsFor(files, afresh)).runMutationTest()
  return results
    .filter(({ fileName }) => files.includes(relative(root, fileName)))
    .flatMap((mutant) => generatedOf(root, mutant) ?? [])
}
