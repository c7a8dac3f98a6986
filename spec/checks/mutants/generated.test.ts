import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  editOf,
  flat,
  type Generated,
  isLibrary,
  type KnownSurvivors,
  scoreOf,
  unknownSurvivors,
} from './generated.ts'
import { SURVIVORS } from './survivors.ts'

const ROOT = join(import.meta.dirname, '../../..')
const sourceOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

const survivor = (file: string, before: string, after: string): Generated => ({
  file,
  line: 7,
  mutator: 'EqualityOperator',
  before,
  after,
  outcome: 'survived',
})

describe('generated mutants', () => {
  /** Rationale: an explanation of a line that has changed explains nothing, and would excuse whatever comes next. */
  test('MUTANTS-5 every survivor that is explained stands in its file, with its reason', () => {
    for (const { file, before, after, why } of SURVIVORS.equivalent) {
      expect(flat(sourceOf(file))).toContain(before)
      expect(after).not.toBe(before)
      expect(why).not.toBe('')
    }
  })

  test('MUTANTS-6 survivors are explained in some files and counted in others, all of them the library’s', () => {
    const { explained, equivalent, counted } = SURVIVORS
    for (const file of [...explained, ...Object.keys(counted), ...equivalent.map((known) => known.file)]) {
      expect([file, isLibrary(file)]).toEqual([file, true])
      expect(sourceOf(file)).not.toBe('')
    }
    for (const [file, count] of Object.entries(counted)) {
      expect(explained).not.toContain(file)
      expect(count).toBeGreaterThan(0)
    }
    for (const file of ['spec/commitments/merkle.ts', 'spec/tower/storey.ts', 'spec/tower/tower.ts'])
      expect(explained).toContain(file)
    for (const name of ['bounds', 'clocks', 'position', 'reply'])
      expect(explained).toContain(`spec/game/${name}.ts`)
  })

  test('MUTANTS-7 the library is what is neither a test, nor a command, nor made for either', () => {
    for (const file of ['spec/tower/tower.ts', 'spec/game/reply.ts', 'spec/tower/phases/alphabet.ts'])
      expect([file, isLibrary(file)]).toEqual([file, true])
    for (const file of [
      'spec/tower/storey.test.ts',
      'spec/tower/phases/graph.arbitrary.ts',
      'spec/checks/explore/disputeExplorer.ts',
      'spec/published/vectors/draws.ts',
      'spec/checks/mutants/generated.ts',
      'impl/vm/state.ts',
      'spec/README.md',
    ])
      expect([file, isLibrary(file)]).toEqual([file, false])
  })

  test('MUTANTS-8 a change is shown by the lines that it is in, whole', () => {
    const source = 'const a = 1\n  const b =\n    a < 2\nconst c = 3\n'
    const given = { before: 'const b = a < 2', after: 'const b = a <= 2' }
    expect(editOf(source, { line: 3, column: 5 }, { line: 3, column: 10 }, 'a <= 2')).toEqual({
      before: 'a < 2',
      after: 'a <= 2',
    })
    expect(editOf(source, { line: 2, column: 3 }, { line: 3, column: 10 }, 'const b = a <= 2')).toEqual(given)
  })

  /** Rationale: a score that rounds, or that counts what was not tried, says what one wants to hear. */
  test('MUTANTS-9 the score is the share that is killed, and survivors beyond the list are told', () => {
    const killed = { outcome: 'killed' } as const
    const survived = { outcome: 'survived' } as const
    expect(scoreOf([killed, killed, survived, killed])).toEqual({ total: 4, killed: 3, score: 0.75 })
    expect(scoreOf([])).toEqual({ total: 0, killed: 0, score: 1 })
    const known: KnownSurvivors = {
      explained: ['a.ts'],
      equivalent: [
        { file: 'a.ts', before: 'x', after: 'y', why: 'it is' },
        { file: 'b.ts', before: 'x', after: 'y', why: 'it is' },
      ],
      counted: { 'b.ts': 1 },
    }
    expect(unknownSurvivors([survivor('a.ts', 'x', 'y')], known)).toEqual([])
    expect(unknownSurvivors([survivor('a.ts', 'x', 'z')], known)).toEqual([
      'a.ts:7 survives unexplained: x => z',
    ])
    expect(unknownSurvivors([survivor('b.ts', 'x', 'y'), survivor('b.ts', 'p', 'q')], known)).toEqual([])
    expect(unknownSurvivors([survivor('b.ts', 'r', 'q'), survivor('b.ts', 'p', 'q')], known)).toEqual([
      'b.ts: 2 survive, 1 are known',
    ])
    expect(unknownSurvivors([survivor('c.ts', 'x', 'y')], known)).toEqual(['c.ts: 1 survive, 0 are known'])
  })
})
