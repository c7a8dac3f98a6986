import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { flat } from '../../spec/checks/mutants/generated.ts'
import { CONTRACT_SURVIVORS } from './contracts/survivors.ts'
import { TRANSLATOR_SURVIVORS } from './vm/survivors.ts'

const ROOT = join(import.meta.dirname, '../..')

// Rationale: an explanation of a line that has changed explains nothing, and would excuse whatever comes next.
test.each(Object.entries({ contracts: CONTRACT_SURVIVORS, vm: TRANSLATOR_SURVIVORS }))(
  'MUTANTS-21 every survivor of %s that is explained stands in its file, with its reason',
  (_, { equivalent }) => {
    for (const { file, before, after, why } of equivalent) {
      expect(flat(readFileSync(join(ROOT, file), 'utf8'))).toContain(before)
      expect(after).not.toBe(before)
      expect(why).not.toBe('')
    }
    const named = equivalent.map(({ file, before, after }) => `${file} ${before} ${after}`)
    expect(new Set(named).size).toBe(named.length)
  },
)
