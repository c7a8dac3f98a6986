import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readModelFile } from '../models/modelFile.ts'
import { syntheticLlama } from './llama/synthetic.ts'

const folder = mkdtempSync(join(tmpdir(), 'convert-'))
afterAll(() => rmSync(folder, { recursive: true }))

const command = (main: string, args: readonly string[], input = '') =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, '..', main), ...args], {
    encoding: 'utf8',
    input,
  })

const gguf = join(folder, 'tiny.gguf')
const source = syntheticLlama('tiny', 1)
writeFileSync(gguf, source.read(0, source.size))
const opml = join(folder, 'tiny.opml')

test('CONVERT-1 a GGUF file becomes a model file that the commands take, twice the same', () => {
  const { status, stdout, stderr } = command('convert/convertMain.ts', [gguf, opml, '--json'])
  expect(stderr).not.toContain('error')
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ name: 'tiny', nodes: 29, format: 'fixed', output: opml })
  const model = readModelFile(opml)
  expect(model.header.provenance).toMatchObject({ source: 'tiny.gguf', sha256: expect.stringMatching(/^0x/) })

  const again = join(folder, 'again.opml')
  command('convert/convertMain.ts', [gguf, again])
  expect(readModelFile(again)).toEqual(model)

  const tokenized = command('tokenizer/tokenizeMain.ts', [opml], '["ab", "<s>é"]')
  expect(tokenized.status).toBe(0)
  expect(JSON.parse(tokenized.stdout)).toEqual([
    [100, 101],
    [1, 198, 172],
  ])
  const back = command('tokenizer/tokenizeMain.ts', [opml, '--decode'], tokenized.stdout)
  expect(JSON.parse(back.stdout)).toEqual(['ab', 'é'])
})

// Rationale: whoever converts a file of a stranger must be told what is wrong with it, and be left with nothing.
test('CONVERT-2 bad input ends with 2 and one line, and writes nothing', () => {
  const cut = join(folder, 'cut.gguf')
  writeFileSync(cut, source.read(0, 100_000))
  const before = readdirSync(folder)
  const out = join(folder, 'out.opml')
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[cut, out], 'truncated'],
    [[join(folder, 'nowhere.gguf'), out], 'is not there'],
    [[folder, out], 'config.json: cannot be read (ENOENT)'],
    [[gguf, join(folder, 'nowhere', 'out.opml')], 'cannot be written (ENOENT)'],
    [[gguf, out, '--context', '999'], 'the context: 999 positions; the model was made for 128'],
    [[gguf, out, '--context', '0'], 'allowed: a positive integer'],
    [[gguf, out, '--format', 'int4'], 'Allowed choices are'],
    [[gguf], 'missing required argument'],
  ]
  for (const [args, reason] of cases) {
    const { status, stdout, stderr } = command('convert/convertMain.ts', args)
    expect(stderr).toContain(reason)
    expect(stderr).not.toContain('    at ')
    expect([status, stdout]).toEqual([2, ''])
  }
  expect(existsSync(out)).toBe(false)
  expect(readdirSync(folder)).toEqual(before)
})

test.each([
  ['not JSON', '{'],
  ['a JSON array of texts', '[1]'],
])('CONVERT-3 tokenize says what it takes: %s', (reason, input) => {
  const { status, stderr } = command('tokenizer/tokenizeMain.ts', [opml], input)
  expect(status).toBe(2)
  expect(stderr).toContain(reason)
})
