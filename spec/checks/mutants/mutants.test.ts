import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plant, staleness } from './mutant.ts'
import { PLANTED } from './planted.ts'
import { outcomeOf, survivorOf, type TestReport } from './verdict.ts'

const ROOT = join(import.meta.dirname, '../../..')

const report = (...results: readonly (readonly [title: string, status: string])[]): TestReport => ({
  testResults: [{ assertionResults: results.map(([title, status]) => ({ title, status })) }],
})

describe('planted mutants', () => {
  /** Rationale: a mutant whose text has gone breaks nothing, and would pass for one that survives or is dead. */
  test('MUTANTS-1 the text of every mutant stands once in its file, and the change is one', () => {
    for (const mutant of PLANTED) {
      const source = readFileSync(join(ROOT, mutant.file), 'utf8')
      expect([mutant.name, staleness(source, mutant)]).toEqual([mutant.name, undefined])
      expect(plant(source, mutant)).not.toBe(source)
    }
  })

  test('MUTANTS-2 there are at least forty, each with a name of its own and a property that has an ID', () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(40)
    expect(new Set(PLANTED.map(({ name }) => name)).size).toBe(PLANTED.length)
    for (const { killedBy } of PLANTED) expect(killedBy).toMatch(/^[A-Z]+(-[A-Z]+)?(-\d+)?(, [A-Z]+-\d+)*$/)
  })

  /** Rationale: a text that is found twice would break two places at once, and `$` is no pattern in a replacement. */
  test('MUTANTS-3 text that is absent or ambiguous is refused, and what replaces it is taken as it stands', () => {
    expect(staleness('a b a', { find: 'b' })).toBeUndefined()
    expect(staleness('a b a', { find: 'a' })).toContain('2 times')
    expect(staleness('a b a', { find: 'c' })).toContain('0 times')
    expect(plant('x + y', { find: 'x', replace: '$&$1' })).toBe('$&$1 + y')
  })

  /** Rationale: only the property that is named may kill; a crash or another test's failure proves nothing of it. */
  test('MUTANTS-4 a mutant is dead where the named test fails, and for no other reason', () => {
    const [mutant] = PLANTED
    const verdict = (given: TestReport | undefined, timedOut = false) =>
      survivorOf(mutant!, outcomeOf(given, 'SAFE-1'), timedOut)?.reason
    expect(verdict(report(['SAFE-1 holds', 'failed']))).toBeUndefined()
    expect(verdict(report(['SAFE-1 a', 'passed'], ['SAFE-1 b', 'failed']))).toBeUndefined()
    expect(verdict(report(['SAFE-1 holds', 'passed'], ['SAFE-2', 'failed']))).toBe('the test passes')
    expect(verdict(report(['SAFE-1 holds', 'skipped']))).toBe('the test did not run')
    expect(verdict({ testResults: [] })).toBe('the test did not run')
    expect(verdict(undefined)).toBe('the test did not run')
    expect(verdict(undefined, true)).toBe('the test did not end in time')
  })
})
