import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const TSX = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'cli.mjs')

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** The project's own commands; the others are those of well-known tools. */
const COMMANDS = Object.entries(scripts).flatMap(([name, command]) => {
  // What can be interrupted runs in one process: the wrapper `tsx` kills what does not answer a signal in a moment.
  const [tool, file, ...given] = command.replace(/^node --import tsx /, 'tsx ').split(' ')
  // One that is another with arguments given is that other one.
  return tool === 'tsx' && given.length === 0 ? [{ name, file: file! }] : []
})

const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [TSX, ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })

describe('the npm scripts', () => {
  test('there are commands of our own', () => {
    expect(COMMANDS.length).toBeGreaterThan(12)
    expect(COMMANDS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sim', 'train', 'test', 'guest']),
    )
  })

  /** Rationale: whoever asks what a command does must not have it done: one trained a model and overwrote the file. */
  test.each(COMMANDS)(
    'COMMAND-1 $name: --help prints help, and an unknown option is bad input',
    async ({ file }) => {
      const [help, unknown] = await Promise.all([run([file, '--help']), run([file, '--no-such-option'])])
      expect(help.code).toBe(0)
      expect(help.stdout).toMatch(/^Usage: /)
      expect(unknown).toMatchObject({ code: 2, stdout: '' })
      expect(unknown.stderr).toContain('--no-such-option')
    },
  )

  /** Rationale: a check that checked nothing and says "ok" is how a stale build goes unseen. */
  test.each(['guest', 'keccak', 'bench:guests'])(
    'COMMAND-2 %s: without its compiler --check says that nothing was checked',
    async (name) => {
      const { file } = COMMANDS.find((command) => command.name === name)!
      const nowhere = { ...process.env, PATH: '' }
      const [lenient, strict] = await Promise.all([
        run([file, '--check'], nowhere),
        run([file, '--check', '--strict'], nowhere),
      ])
      expect(lenient.code).toBe(0)
      expect(strict.code).toBe(3)
      for (const { stdout } of [lenient, strict]) expect(stdout).toContain('nothing was checked')
    },
  )
})
