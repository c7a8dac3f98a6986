import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { CompileChecker } from './compileChecker.ts'

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
  const checker = new CompileChecker()
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
