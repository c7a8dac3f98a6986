import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { progressOf } from '../../../spec/checks/explore/progress.ts'
import type { Generated } from '../../../spec/checks/mutants/generated.ts'
import { type Mutant, plant, staleness } from '../../../spec/checks/mutants/mutant.ts'
import type { PlantedReport } from '../../../spec/checks/mutants/plantedRun.ts'
import type { Survivor } from '../../../spec/checks/mutants/verdict.ts'
import { contractSources } from '../../chain/compile.ts'
import { CONTRACT_TESTS, TELLING_TITLES } from './contractTests.ts'
import type { Attempt, AttemptOutcome } from './contractWorker.ts'
import { keyOf, openOutcomes, type Recorded } from './record.ts'
import { astOf } from './solidityAst.ts'
import { mutantsOf, type SolidityMutant } from './solidityMutants.ts'

const INTERRUPTED = 130
const WORKER = join(import.meta.dirname, 'contractWorker.ts')
const CONFIG = join(import.meta.dirname, 'suite.config.ts')
/** A mutant that takes this long goes round in circles, as no mutant may that is committed. */
const LIMIT_MS = 900_000

interface Worker {
  readonly ask: (attempt: Attempt) => Promise<AttemptOutcome | 'out of time'>
  readonly stop: () => void
}

const startWorker = (root: string): Worker => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-contracts-'))
  let child: ChildProcess | undefined
  const started = async (): Promise<ChildProcess> => {
    if (child !== undefined) return child
    const made = fork(WORKER, [CONFIG, folder], {
      cwd: root,
      // What tests print is no matter; what breaks the worker itself is.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child = made
    await new Promise((resolve, reject) => {
      made.once('message', resolve)
      made.once('exit', (code) => reject(new Error(`the process that tries mutants ended with ${code}`)))
    })
    return made
  }
  return {
    ask: async (attempt) => {
      const asked = await started()
      return new Promise((resolve, reject) => {
        const end = (settle: () => void): void => {
          clearTimeout(timer)
          asked.off('exit', died)
          settle()
        }
        const died = (code: number | null): void => {
          child = undefined
          end(() => reject(new Error(`the process that tries mutants ended with ${code} at ${attempt.file}`)))
        }
        const timer = setTimeout(() => {
          child = undefined
          end(() => resolve('out of time'))
          asked.kill('SIGKILL')
        }, LIMIT_MS)
        asked.once('message', (outcome: AttemptOutcome) => end(() => resolve(outcome)))
        asked.once('exit', died)
        asked.send(attempt)
      })
    },
    stop: () => {
      child?.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Hands the items to so many workers, each its next one as it is done; a Ctrl-C ends them. */
const inParallel = async <T>(
  items: readonly T[],
  workers: readonly Worker[],
  each: (item: T, worker: Worker) => Promise<void>,
): Promise<void> => {
  const interrupted = (): void => {
    for (const { stop } of workers) stop()
    process.exit(INTERRUPTED)
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  const left = [...items].reverse()
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (let item = left.pop(); item !== undefined; item = left.pop()) await each(item, worker)
      }),
    )
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    for (const { stop } of workers) stop()
  }
}

// --- Planted

const inContracts = (file: string): string => file.replace(/^contracts\//, '')
const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** Plants each mutant and runs the property that must fail. */
export const runPlantedContracts = async (
  root: string,
  mutants: readonly Mutant[],
  count: number,
): Promise<PlantedReport> => {
  const sources = contractSources()
  const stale = mutants.flatMap((mutant) => {
    const fault = staleness(sources[inContracts(mutant.file)] ?? '', mutant)
    return fault === undefined ? [] : [`${mutant.file}, ${mutant.name}: ${fault}`]
  })
  if (stale.length > 0) return { faults: stale, total: mutants.length, survivors: [] }
  const faults: string[] = []
  const survivors: Survivor[] = []
  const workers = Array.from({ length: count }, () => startWorker(root))
  const progress = progressOf(process.stderr, mutants.length, 'planted mutants', () => performance.now())
  const checked = new Map<string, Promise<AttemptOutcome | 'out of time'>>()
  let done = 0
  await inParallel(mutants, workers, async (mutant, worker) => {
    const { name, file, killedBy, test } = mutant
    const tests = [{ file: test, titles: `(^| )${escaped(killedBy)} ` }]
    const key = `${test} ${killedBy}`
    // A property that fails, or is not there, before anything is broken would count every mutant as dead or none.
    if (!checked.has(key)) checked.set(key, worker.ask({ tests }))
    const unbroken = await checked.get(key)!
    if (unbroken === 'out of time')
      faults.push(`${test}, ${killedBy}: does not end on the unbroken contracts`)
    else if (unbroken.outcome === 'unfit') faults.push(...unbroken.faults)
    else {
      const source = plant(sources[inContracts(file)]!, mutant)
      const outcome = await worker.ask({ file: inContracts(file), source, tests })
      const reason = reasonOf(outcome)
      if (reason !== undefined) {
        console.error(`${file}, ${name}: survives ${killedBy}, ${reason}`)
        survivors.push({ name, file, killedBy, reason })
      }
    }
    progress.done(++done)
  })
  return { faults: [...new Set(faults)], total: mutants.length, survivors }
}

const reasonOf = (outcome: AttemptOutcome | 'out of time'): string | undefined => {
  if (outcome === 'out of time') return 'the test did not end in time'
  switch (outcome.outcome) {
    case 'killed':
      return undefined
    case 'invalid':
      return 'it does not compile'
    case 'same':
      return 'the contracts that the test deploys are the same'
    default:
      return 'the test passes'
  }
}

// --- Generated

/** The files of which mutants are made: all but what only tests deploy. */
export const mutatedFiles = (): readonly string[] =>
  Object.keys(contractSources())
    .filter((file) => !file.startsWith('test/'))
    .map((file) => `contracts/${file}`)

/** Every mutant of those files. */
export const generateMutants = (files: readonly string[]): readonly SolidityMutant[] => {
  const sources = contractSources()
  const trees = astOf(sources)
  return files.map(inContracts).flatMap((file) => mutantsOf(file, sources[file]!, trees[file]!))
}

/** What became of a mutant; of one that does not compile, or changes no byte of any contract, nothing. */
export interface Tried extends Omit<Generated, 'outcome'> {
  readonly outcome: Recorded['outcome']
  readonly killedBy?: string
}

/** Which tests have killed mutants, by where those were: the next one there most likely falls to the same. */
const killers = () => {
  const kills = new Map<string, number>()
  const count = (place: string, test: string): number => kills.get(`${place} ${test}`) ?? 0
  return {
    killed: ({ file, inside }: SolidityMutant, test: string): void => {
      for (const place of [file, inside]) kills.set(`${place} ${test}`, count(place, test) + 1)
    },
    testsFor: ({ file, inside }: SolidityMutant): Attempt['tests'] =>
      CONTRACT_TESTS.filter(({ sources }) => sources.test(file))
        .map(({ file: test }) => test)
        .toSorted((a, b) => count(inside, b) - count(inside, a) || count(file, b) - count(file, a))
        .map((test) => ({ file: test, titles: TELLING_TITLES })),
  }
}

/** @throws Error naming what fails on the unbroken contracts */
const checkTests = async (mutants: readonly SolidityMutant[], worker: Worker): Promise<void> => {
  const tests = CONTRACT_TESTS.filter(({ sources }) => mutants.some(({ file }) => sources.test(file)))
  const attempt = { tests: tests.map(({ file }) => ({ file, titles: TELLING_TITLES })) }
  const outcome = await worker.ask(attempt)
  if (outcome === 'out of time') throw new Error('the tests do not end on the unbroken contracts')
  if (outcome.outcome === 'unfit') throw new Error(outcome.faults.join('\n'))
}

/**
 * Builds each mutant and runs the tests that speak of its source until one fails, those first that have killed others of
 * the same function.
 *
 * @param afresh tries again what is known of the same contracts from earlier runs
 */
export const runGeneratedContracts = async (
  root: string,
  mutants: readonly SolidityMutant[],
  count: number,
  afresh: boolean,
): Promise<readonly Tried[]> => {
  const { known, add } = openOutcomes(root, afresh)
  const tried = new Map<SolidityMutant, Recorded>()
  const { killed, testsFor } = killers()
  for (const mutant of mutants) {
    const before = known.get(keyOf(mutant))
    if (before === undefined) continue
    tried.set(mutant, before)
    if (before.test !== undefined) killed(mutant, before.test)
  }
  const left = mutants.filter((mutant) => !tried.has(mutant))
  if (tried.size > 0) console.error(`${tried.size} of ${mutants.length} mutants were tried before`)
  if (left.length > 0) {
    const workers = Array.from({ length: Math.min(count, left.length) }, () => startWorker(root))
    console.error('the tests on the unbroken contracts')
    try {
      await checkTests(left, workers[0]!)
    } catch (error) {
      for (const { stop } of workers) stop()
      throw error
    }
    const progress = progressOf(process.stderr, left.length, 'generated mutants', () => performance.now())
    let done = 0
    await inParallel(left, workers, async (mutant, worker) => {
      const { file, source } = mutant
      const result = await worker.ask({ file, source, tests: testsFor(mutant) })
      const key = keyOf(mutant)
      let recorded: Recorded
      // Like a loop that a test would wait for, it is seen.
      if (result === 'out of time') recorded = { key, outcome: 'killed' }
      else if (result.outcome === 'killed') {
        recorded = { key, outcome: 'killed', test: result.test, title: result.title }
        killed(mutant, result.test)
      } else recorded = { key, outcome: result.outcome === 'survived' ? 'survived' : 'none' }
      tried.set(mutant, recorded)
      add(recorded)
      progress.done(++done)
    })
  }
  return mutants.map(({ source, inside, ...mutant }, i) => {
    const { outcome, title } = tried.get(mutants[i]!)!
    return {
      ...mutant,
      file: `contracts/${mutant.file}`,
      outcome,
      ...(title !== undefined && { killedBy: title }),
    }
  })
}
