import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { plant, staleness } from '../../../../spec/checks/mutants/mutant.ts'
import { CONTRACT_TESTS } from '../contractTests.ts'
import { PLANTED_CONTRACTS } from './planted.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

describe('planted mutants of the contracts', () => {
  /** Rationale: a mutant whose text has gone breaks nothing, and would pass for one that survives or is dead. */
  test('MUTANTS-11 the text of every mutant stands once in its contract, and the change is one', () => {
    for (const mutant of PLANTED_CONTRACTS) {
      const source = textOf(mutant.file)
      expect([mutant.name, staleness(source, mutant)]).toEqual([mutant.name, undefined])
      expect(plant(source, mutant)).not.toBe(source)
    }
  })

  test('MUTANTS-12 there are at least forty, each with a name of its own and a property that its test has', () => {
    expect(PLANTED_CONTRACTS.length).toBeGreaterThanOrEqual(40)
    expect(new Set(PLANTED_CONTRACTS.map(({ name }) => name)).size).toBe(PLANTED_CONTRACTS.length)
    for (const { killedBy, test: file } of PLANTED_CONTRACTS) {
      expect([killedBy, textOf(file).includes(`${killedBy} `)]).toEqual([killedBy, true])
      expect(CONTRACT_TESTS.map((known) => known.file)).toContain(file)
    }
  })
})
