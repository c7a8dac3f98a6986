import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { PROJECT_FOLDER } from '../files/places.ts'
import { readModelFile } from '../models/modelFile.ts'
import { syntheticLlama } from './llama/synthetic.ts'

const folder = mkdtempSync(join(tmpdir(), 'convert-'))
afterAll(() => rmSync(folder, { recursive: true }))

const command = (main: string, args: readonly string[], input: string | Buffer = '') =>
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
  expect(JSON.parse(stdout).fidelity).toMatchObject({
    samples: 4,
    blocks: 2,
    comparisons: [{ against: 'double precision' }],
  })
  const model = readModelFile(opml)
  expect(model.header.provenance).toMatchObject({ source: 'tiny.gguf', sha256: expect.stringMatching(/^0x/) })

  const again = join(folder, 'again.opml')
  const told = command('convert/convertMain.ts', [gguf, again]).stdout
  expect(told).toMatch(
    /compared on 4 tokens, all blocks; output is logits\noutput against double precision: relative deviation \d/,
  )
  expect(told).toMatch(/attention \(2 nodes\): relative deviation/)
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
    [[gguf, folder], 'is there already, and is no file'],
    [[gguf, gguf], 'is there already, and is no model file: it is not overwritten'],
    [[gguf, out, '--context', '999'], 'the context: 999 positions; the model was made for 128'],
    [[gguf, out, '--context', '0'], 'allowed: an integer from 1 on'],
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

// Rationale: npm starts commands in the project's folder, wherever they were typed; a file is the one that was meant.
test('CONVERT-4 files are those of where the user stands', () => {
  const npm = (main: string, ...args: readonly string[]) =>
    spawnSync(process.execPath, ['--import', 'tsx', join(PROJECT_FOLDER, 'impl', main), ...args], {
      encoding: 'utf8',
      cwd: PROJECT_FOLDER,
      env: { ...process.env, INIT_CWD: folder },
    })
  expect(npm('convert/convertMain.ts', 'tiny.gguf', 'here.opml').status).toBe(0)
  writeFileSync(join(folder, 'here.txt'), 'abcdefgh'.repeat(4))
  const read = npm(
    'inference/perplexityMain.ts',
    'here.opml',
    '--text',
    'here.txt',
    '--context',
    '16',
    '--json',
  )
  expect(JSON.parse(read.stdout)).toMatchObject({ tokens: 2 * 7 })
  const asked = ['here.opml', '--prompt-ids', '1,2', '--tokens', '1', '--logits', 'here.npy']
  expect(npm('inference/inferMain.ts', ...asked).status).toBe(0)
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['here.opml', 'here.npy']))
})

// Rationale: a conversion takes minutes, and whoever gives up on one is not to be left with gigabytes of half a file.
test('CONVERT-5 an interrupted conversion ends with 130 and leaves nothing behind', async () => {
  const large = syntheticLlama('15m', 1)
  writeFileSync(join(folder, 'large.gguf'), large.read(0, large.size))
  const before = readdirSync(folder)
  const main = join(import.meta.dirname, 'convertMain.ts')
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', main, join(folder, 'large.gguf'), join(folder, 'large.opml'), '--format', 'f32'],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (/^weights /m.test(text)) {
      expect(readdirSync(folder)).toHaveLength(before.length + 1)
      child.kill('SIGINT')
    }
    stderr += text
  })
  const [code] = (await once(child, 'close')) as [number]
  expect(stderr).toMatch(/interrupted\n$/)
  expect(code).toBe(130)
  expect(readdirSync(folder)).toEqual(before)
})

test.each<readonly [string, string | Buffer]>([
  ['not UTF-8', Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d])],
  ['not JSON', '{'],
  ['a JSON array of texts', '[1]'],
])('CONVERT-3 tokenize says what it takes: %s', (reason, input) => {
  const { status, stderr } = command('tokenizer/tokenizeMain.ts', [opml], input)
  expect(status).toBe(2)
  expect(stderr).toContain(reason)
})
