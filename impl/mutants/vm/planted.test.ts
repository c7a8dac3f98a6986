import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plant, staleness } from '../../../spec/checks/mutants/mutant.ts'
import { PLANTED_TRANSLATOR } from './planted.ts'

const textOf = (file: string): string => readFileSync(join(import.meta.dirname, '../../..', file), 'utf8')

/** Rationale: a mutant whose text has gone breaks nothing, and would pass for one that survives or is dead. */
test('MUTANTS-17 the text of every mutant of the translator stands once in its file, and its property in its test', () => {
  expect(PLANTED_TRANSLATOR.length).toBeGreaterThanOrEqual(15)
  expect(new Set(PLANTED_TRANSLATOR.map(({ name }) => name)).size).toBe(PLANTED_TRANSLATOR.length)
  for (const mutant of PLANTED_TRANSLATOR) {
    const source = textOf(mutant.file)
    expect([mutant.name, staleness(source, mutant)]).toEqual([mutant.name, undefined])
    expect(plant(source, mutant)).not.toBe(source)
    expect([mutant.killedBy, textOf(mutant.test).includes(`${mutant.killedBy} `)]).toEqual([
      mutant.killedBy,
      true,
    ])
  }
})
