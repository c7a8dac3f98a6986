import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commitOutcomes, keyOf, openOutcomes, type Recorded } from './record.ts'
import type { SolidityMutant } from './solidityMutants.ts'

const mutant = (source: string): SolidityMutant => ({
  file: 'Court.sol',
  inside: 'Court.move',
  line: 1,
  mutator: 'Operator',
  before: 'a',
  after: 'b',
  source,
})
const [FALLEN, STANDING, OTHER] = ['fallen', 'standing', 'other'].map(mutant) as [
  SolidityMutant,
  SolidityMutant,
  SolidityMutant,
]
const KILLED: Recorded = {
  key: keyOf(FALLEN),
  outcome: 'killed',
  test: 'a.test.ts',
  title: 'IMPL-1 it holds',
}
const SURVIVED: Recorded = { key: keyOf(STANDING), outcome: 'survived' }

let root: string
let working: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'opml-record-'))
  working = join(root, '.cache/mutants/contracts.jsonl')
  for (const folder of ['impl/chain', 'impl/mutants/contracts', 'contracts/test'])
    mkdirSync(join(root, folder), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const outcomesNow = () =>
  [...openOutcomes(root, false).known.values()].map(({ key, outcome }) => [key, outcome])
const ALL = [KILLED, SURVIVED].map(({ key, outcome }) => [key, outcome])

describe('what is known of generated mutants', () => {
  // Rationale: a whole run takes hours, and whatever ends it must cost no more than the mutant that was being tried.
  test('MUTANTS-20 a run goes on from what was tried, also where its last line was cut off', () => {
    const { known, add } = openOutcomes(root, false)
    expect(known.size).toBe(0)
    for (const each of [KILLED, SURVIVED]) add(each)
    appendFileSync(working, '{"key":"01', 'utf8')
    expect(outcomesNow()).toEqual(ALL)
    expect(outcomesNow()).toEqual(ALL)
    expect(openOutcomes(root, true).known.size).toBe(0)
  })

  test('MUTANTS-20 what is committed is known where nothing was tried, in the order of the mutants', () => {
    const { add } = openOutcomes(root, false)
    for (const each of [SURVIVED, KILLED]) add(each)
    commitOutcomes(root, [FALLEN, OTHER, STANDING])
    rmSync(working)
    expect(outcomesNow()).toEqual(ALL)
  })

  // Rationale: a mutant that survived says something of the tests that there were, and of these contracts.
  test('MUTANTS-20 survivors are tried again by other tests, and all by other contracts', () => {
    const { add } = openOutcomes(root, false)
    for (const each of [KILLED, SURVIVED]) add(each)
    writeFileSync(join(root, 'impl/chain/new.test.ts'), 'another test')
    expect(outcomesNow()).toEqual(ALL.slice(0, 1))
    const [, ...lines] = readFileSync(working, 'utf8').split('\n')
    writeFileSync(working, ['of other contracts', ...lines].join('\n'))
    expect(outcomesNow()).toEqual([])
  })
})
