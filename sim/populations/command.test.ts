import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { captured } from '../captured.fixture.ts'
import { EXIT } from '../exitCode.ts'
import { populationsCommand } from './command.ts'
import { NOTHING, tallyJson } from './tally.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'opml-populations-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const told = async (...args: readonly string[]) => {
  const { code, out, faults } = await captured(() => populationsCommand([...args, '--json']))
  const { seconds: _, ...tally } = out === '' ? {} : JSON.parse(out)
  return { code, tally, faults }
}

// Rationale: 100,000 runs take an hour; what was done must not be done again, nor counted twice.
test('POPULATIONS-1 one that is stopped goes on where it stopped, by any number of workers, and comes to the same', async () => {
  const whole = await told('--runs', '120', '--workers', '1', '--from', '7')
  expect(whole).toMatchObject({ code: EXIT.met, tally: { runs: 120, from: 7, honestLosses: 0, faults: [] } })
  expect(whole.tally.disputes).toBeGreaterThan(40)
  const file = join(folder, 'runs.jsonl')
  const keep = ['--jsonl', file, '--from', '7']
  expect((await told('--runs', '60', '--workers', '1', ...keep)).tally.runs).toBe(60)
  // Cut off in the middle of a line, as where a machine stops.
  writeFileSync(file, `${readFileSync(file, 'utf8')}{"runs":1,`)
  const resumed = await told('--runs', '120', '--workers', '2', ...keep, '--resume')
  expect(resumed.tally).toEqual(whole.tally)
  expect(resumed.faults).toContain('60 runs were finished before')
  expect((await told('--runs', '120', ...keep, '--resume')).tally).toEqual(whole.tally)
}, 120_000)

test('POPULATIONS-2 a promise that failed is told by its seed, with exit code 1; a file of others is bad input', async () => {
  const file = join(folder, 'runs.jsonl')
  await told('--runs', '1', '--workers', '1', '--jsonl', file)
  const [head] = readFileSync(file, 'utf8').split('\n')
  const fault = { ...NOTHING, runs: 1, honestLosses: 1, faults: [0] }
  writeFileSync(file, `${head}\n${tallyJson(fault)}\n`)
  const resumed = await captured(() => populationsCommand(['--runs', '1', '--jsonl', file, '--resume']))
  expect(resumed.code).toBe(EXIT.unmet)
  expect(resumed.out).toContain('honest losses 1')
  expect(resumed.out).toContain('a promise failed with seeds 0')
  for (const [args, reason] of [
    [['--jsonl', file, '--resume', '--from', '1'], /made from another seed on/],
    [['--jsonl', folder], /EISDIR/],
    [['--resume'], /--resume needs --jsonl/],
    [['--runs', '0'], /allowed: an integer from 1 on/],
  ] as const)
    expect(await told('--workers', '1', ...args)).toMatchObject({
      code: EXIT.badInput,
      faults: expect.stringMatching(reason),
    })
  writeFileSync(file, `${head}\n{"runs":"many"}\n`)
  expect(await told('--jsonl', file, '--resume')).toMatchObject({
    code: EXIT.badInput,
    faults: expect.stringContaining(`${file}:2 is damaged`),
  })
}, 60_000)
