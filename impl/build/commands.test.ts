import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>
}

/** A command runs in one process: the wrapper `tsx` kills what does not answer a signal in a moment. */
const OWN = /^node (--import tsx )?\S+\.ts$/

/** The project's own commands; the others are those of well-known tools. */
const COMMANDS = Object.entries(scripts)
  // One that is another with arguments given is that other one.
  .filter(([, command]) => OWN.test(command))
  .map(([name, command]) => ({ name, start: command.split(' ').slice(1) }))

const run = (args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, args, {
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
  test('there are commands of our own, and none runs in a wrapper', () => {
    expect(Object.values(scripts).filter((command) => /^tsx /.test(command))).toEqual([])
    expect(COMMANDS.length).toBeGreaterThan(12)
    expect(COMMANDS.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sim', 'train', 'test', 'guest']),
    )
  })

  /** Rationale: whoever asks what a command does must not have it done: one trained a model and overwrote the file. */
  test.each(COMMANDS)(
    'COMMAND-1 $name: --help prints help, and an unknown option is bad input',
    async ({ start }) => {
      const [help, unknown] = await Promise.all([
        run([...start, '--help']),
        run([...start, '--no-such-option']),
      ])
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
      const { start } = COMMANDS.find((command) => command.name === name)!
      const nowhere = { ...process.env, PATH: '' }
      const [lenient, strict] = await Promise.all([
        run([...start, '--check'], nowhere),
        run([...start, '--check', '--strict'], nowhere),
      ])
      expect(lenient.code).toBe(0)
      expect(strict.code).toBe(3)
      for (const { stdout } of [lenient, strict]) expect(stdout).toContain('nothing was checked')
    },
  )
})
