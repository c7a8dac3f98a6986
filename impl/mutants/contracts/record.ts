import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { contractSources } from '../../chain/compile.ts'
import type { SolidityMutant } from './solidityMutants.ts'

/**
 * What was tried of the generated mutants, a line each behind a line that says of which sources: a run that was interrupted
 * goes on from there, and what is committed is known to everybody.
 */
const WORKING = '.cache/mutants/contracts.jsonl'
const COMMITTED = 'impl/mutants/contracts/generated.jsonl.gz'

const recordedSchema = z.object({
  /** Of the mutant: its file, and that file as it leaves it. */
  key: z.string(),
  /** `none` of what does not compile, or changes no byte of any contract. */
  outcome: z.enum(['killed', 'survived', 'none']),
  /** The test that killed it, and its title; nothing where it did not end. */
  test: z.string().optional(),
  title: z.string().optional(),
  /** Digest of the tests that it survived: by others it is tried again. */
  survivedTests: z.string().optional(),
})
export type Recorded = z.infer<typeof recordedSchema>

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24)

export const keyOf = ({ file, source }: Pick<SolidityMutant, 'file' | 'source'>): string =>
  digest(`${file}\n${source}`)

/** Of what is deployed: an example, or what a test deploys, makes no other contract do anything else. */
const sourcesDigest = (): string =>
  digest(
    JSON.stringify(Object.entries(contractSources()).filter(([file]) => !/^(examples|test)\//.test(file))),
  )

const testsDigest = (root: string): string =>
  digest(
    globSync(['impl/chain/*.ts', 'contracts/test/*.{ts,sol}'], { cwd: root })
      .sort()
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .join('\n'),
  )

const parse = (text: string, sources: string): readonly Recorded[] => {
  // A line without its end was cut off with the process that wrote it.
  const [head, ...lines] = text.split('\n').slice(0, -1)
  return head === sources ? lines.map((line) => recordedSchema.parse(JSON.parse(line))) : []
}

const format = (sources: string, recorded: Iterable<Recorded>): string =>
  `${[sources, ...Array.from(recorded, (each) => JSON.stringify(each))].join('\n')}\n`

const read = (path: string, sources: string): readonly Recorded[] =>
  existsSync(path)
    ? parse((path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString(), sources)
    : []

/** Every mutant that was tried, whatever contracts and tests have become since. */
const everyRecorded = (root: string, sources: string): ReadonlyMap<string, Recorded> =>
  new Map(
    [COMMITTED, WORKING].flatMap((path) =>
      read(join(root, path), sources).map((each) => [each.key, each] as const),
    ),
  )

/** What is known of the mutants of these very contracts, and a place for what becomes known. */
export interface Outcomes {
  readonly known: ReadonlyMap<string, Recorded>
  readonly add: (recorded: Recorded) => void
}

/** @param afresh forgets what is known */
export const openOutcomes = (root: string, afresh: boolean): Outcomes => {
  const sources = sourcesDigest()
  const survivedTests = testsDigest(root)
  const isStill = ({ outcome, survivedTests: tests }: Recorded): boolean =>
    outcome !== 'survived' || tests === survivedTests
  const known = new Map(afresh ? [] : [...everyRecorded(root, sources)].filter(([, each]) => isStill(each)))
  const path = join(root, WORKING)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, format(sources, known.values()))
  return {
    known,
    add: (recorded) =>
      appendFileSync(
        path,
        `${JSON.stringify(recorded.outcome === 'survived' ? { ...recorded, survivedTests } : recorded)}\n`,
      ),
  }
}

/** Keeps in the repository what is known, in the order of the mutants. */
export const commitOutcomes = (root: string, mutants: readonly SolidityMutant[]): void => {
  const sources = sourcesDigest()
  const every = everyRecorded(root, sources)
  const known = mutants.flatMap((mutant) => every.get(keyOf(mutant)) ?? [])
  writeFileSync(join(root, COMMITTED), gzipSync(format(sources, known), { level: 9 }))
}
