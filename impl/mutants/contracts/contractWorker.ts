import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { artifactFile, artifactFolder } from '../../chain/artifacts.ts'
import { contractSources, DEPLOYED, type Sources } from '../../chain/compile.ts'
import { contractTest } from './contractTests.ts'
import { hasCodeOf, quickBuild } from './quickBuild.ts'
import { startTestRunner } from './testRunner.ts'

/**
 * A process that tries mutants of the contracts, one after another: it keeps the compiler, and the tests' modules, at
 * hand. The tests read the contracts from a folder of its own.
 */
export interface Attempt {
  /** What stands in the place of one source; nothing, to see whether the tests pass at all. */
  readonly file?: string
  readonly source?: string
  /** In the order in which they are tried, each with the titles that count. */
  readonly tests: readonly { readonly file: string; readonly titles: string }[]
}

/** `same` where the compiler makes the same of it, `invalid` where nothing. */
export type AttemptOutcome =
  | { readonly outcome: 'killed'; readonly test: string; readonly title: string }
  | { readonly outcome: 'survived' | 'same' | 'invalid' }
  | { readonly outcome: 'unfit'; readonly faults: readonly string[] }

const ROOT = join(import.meta.dirname, '../../..')
/** The folder belongs to whoever started this process, and so does its end. */
const [config, folder] = process.argv.slice(2) as [string, string]
const committed = artifactFolder()
cpSync(committed, folder, { recursive: true })
process.env['OPML_ARTIFACTS'] = folder
// At once, whatever a test is waiting for: nobody is there who could be told.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

const sources = contractSources()
const quick = quickBuild(sources)
const runner = await startTestRunner(ROOT, config)

/** The contracts that the change of a source may change. */
const affected = (file: string): ReadonlySet<string> =>
  new Set(Object.keys(DEPLOYED).filter((contract) => hasCodeOf(contract, file, sources)))

const put = (contract: string, artifact: unknown): void =>
  writeFileSync(join(folder, artifactFile(contract)), JSON.stringify(artifact))
const putBack = (contract: string): void =>
  cpSync(join(committed, artifactFile(contract)), join(folder, artifactFile(contract)))

const tryUnbroken = async ({ tests }: Attempt): Promise<AttemptOutcome> => {
  const faults: string[] = []
  for (const contract of new Set(tests.flatMap(({ file }) => contractTest(file).contracts)))
    put(contract, quick.unbroken(contract))
  for (const { file, titles } of tests) {
    const { ran, failed } = await runner.run(file, new RegExp(titles))
    if (ran.length === 0) faults.push(`${file}: no test is called ${titles}`)
    for (const title of failed) faults.push(`${file}, ${title}: fails on the unbroken contracts`)
  }
  return faults.length === 0 ? { outcome: 'survived' } : { outcome: 'unfit', faults }
}

const tryMutant = async (file: string, source: string, tests: Attempt['tests']): Promise<AttemptOutcome> => {
  const changed: Sources = { ...sources, [file]: source }
  const reach = affected(file)
  /** Of each contract, whether it differs from the unbroken one. */
  const differs = new Map<string, boolean>()
  for (const test of tests) {
    const contracts = contractTest(test.file).contracts.filter((contract) => reach.has(contract))
    for (const contract of contracts) {
      if (differs.has(contract)) continue
      let built: ReturnType<typeof quick.build>
      try {
        built = quick.build(contract, changed)
      } catch {
        return { outcome: 'invalid' }
      }
      differs.set(contract, built.differs)
      put(contract, built.artifact)
    }
    if (!contracts.some((contract) => differs.get(contract))) continue
    const { failed } = await runner.run(test.file, new RegExp(test.titles))
    if (failed.length > 0) return { outcome: 'killed', test: test.file, title: failed[0]! }
  }
  // A quick build keeps apart what the compiler knows to be the same.
  const suspects = [...differs].filter(([, isOther]) => isOther).map(([contract]) => contract)
  const isOther = suspects.some((contract) => quick.differsDeployed(contract, changed))
  return { outcome: isOther ? 'survived' : 'same' }
}

process.on('message', async (attempt: Attempt) => {
  const { file, source, tests } = attempt
  const outcome = file === undefined ? await tryUnbroken(attempt) : await tryMutant(file, source!, tests)
  for (const contract of Object.keys(DEPLOYED)) putBack(contract)
  process.send!(outcome)
})
process.send!('ready')
