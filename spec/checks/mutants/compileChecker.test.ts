import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { CHECKED, CompileChecker } from './compileChecker.ts'

/** The mutant that puts `replacement` in the place of a text that stands once in the file. */
const mutantOf = (file: string, text: string, replacement: string) => {
  const lines = readFileSync(file, 'utf8').split('\n')
  const line = lines.findIndex((candidate) => candidate.includes(text))
  const column = lines[line]!.indexOf(text)
  return {
    id: replacement,
    fileName: resolve(file),
    mutatorName: 'any',
    replacement,
    location: { start: { line, column }, end: { line, column: column + text.length } },
  }
}

/**
 * Rationale: a mutant that is taken for one that does not compile is not tried. One mutant's error, found in another
 * file, must not be the next one's.
 */
test('MUTANTS-10 a mutant compiles or not by itself, whatever was asked before it', async () => {
  const checker = new CompileChecker({ [CHECKED]: { tsconfig: 'spec/checks/mutants/tsconfig.json' } })
  await checker.init()
  const statusOf = async (file: string, text: string, replacement: string) =>
    (await checker.check([mutantOf(file, text, replacement)]))[replacement]!.status
  const isGood = async () =>
    (await statusOf('spec/tower/phases/vm.ts', 'length < 1', 'length <= 1')) === 'passed'
  expect(await isGood()).toBe(true)
  // In its own file, in one that imports it, and in its grammar.
  for (const [file, text, replacement] of [
    ['spec/tower/phases/vm.ts', "'EndMismatch'", '""'],
    [
      'spec/commitments/bytes.ts',
      '(...parts: readonly Bytes[]): Bytes => concatBytes(...parts)',
      '() => undefined',
    ],
    ['spec/tower/phases/vm.ts', 'length < 1', 'length < <'],
  ] as const) {
    expect([file, replacement, await statusOf(file, text, replacement)]).toEqual([
      file,
      replacement,
      'compileError',
    ])
    expect(await isGood()).toBe(true)
  }
})

test('MUTANTS-16 a sample is so many of the mutants, always the same ones', async () => {
  const drawn = async (sample: number, seed: number) => {
    const checker = new CompileChecker({ [CHECKED]: { tsconfig: '', sample, seed } })
    const mutants = Array.from({ length: 30 }, (_, i) =>
      mutantOf('spec/tower/phases/vm.ts', 'length < 1', `length < ${i}`),
    )
    expect(await checker.group(mutants)).toEqual(mutants.map(({ id }) => [id]))
    return mutants.map(({ id }) => id).filter((id) => checker.isDrawn(id))
  }
  const ten = await drawn(10, 1)
  expect(ten).toHaveLength(10)
  expect(await drawn(10, 1)).toEqual(ten)
  expect(await drawn(10, 2)).not.toEqual(ten)
  expect(await drawn(40, 1)).toHaveLength(30)
})
