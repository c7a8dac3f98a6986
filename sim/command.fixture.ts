import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The command as a user starts it, in a process of its own. */
export const ROOT = join(import.meta.dirname, '..')

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Options {
  /** The checkout that is run. */
  readonly root?: string
  readonly env?: NodeJS.ProcessEnv
  /** Where its output goes instead of to us. */
  readonly stdout?: number
  /** Told of all output so far, and of the process. */
  readonly onOutput?: (output: string, child: ChildProcess) => void
  /** The same for standard error. */
  readonly onError?: (output: string, child: ChildProcess) => void
}

export const sim = (
  args: readonly string[],
  { root = ROOT, env = process.env, stdout: given, onOutput, onError }: Options = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'reports', 'main.ts'), ...args], {
      cwd: root,
      env,
      stdio: ['ignore', given ?? 'pipe', 'pipe'],
    })
    let [stdout, stderr] = ['', '']
    child.stdout?.on('data', (chunk) => {
      stdout += chunk
      onOutput?.(stdout, child)
    })
    child.stderr!.on('data', (chunk) => {
      stderr += chunk
      onError?.(stderr, child)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })

/** A folder that is gone when the test has ended. */
export const withFolder = async <Value>(use: (folder: string) => Promise<Value>): Promise<Value> => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-sim-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the command on a scenario file with that text. */
export const simText = (
  text: string,
  ...args: readonly string[]
): Promise<Ended & { readonly file: string }> =>
  withFolder(async (folder) => {
    const file = join(folder, 'given.yaml')
    writeFileSync(file, text)
    return { ...(await sim([file, ...args])), file }
  })

interface ProcessLine {
  readonly pid: number
  readonly parent: number
  readonly command: string
}

/** A process may end while it is being looked at. */
const processOf = (pid: string): readonly ProcessLine[] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    // The name in parentheses may hold anything; state and parent come after it.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return [{ pid: Number(pid), parent: Number(parent), command }]
  } catch {
    return []
  }
}

const processes = (): readonly ProcessLine[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(processOf)

/** The anvils among a process's descendants; those of tests that run beside this one are not ours. */
export const anvilsBelow = (ancestor: number): readonly number[] => {
  const all = processes()
  const below = (pid: number): readonly ProcessLine[] =>
    all.filter(({ parent }) => parent === pid).flatMap((child) => [child, ...below(child.pid)])
  return below(ancestor)
    .filter(({ command }) => /^\S*anvil /.test(command))
    .map(({ pid }) => pid)
}

export const areGone = (pids: readonly number[]): boolean =>
  !processes().some(({ pid, command }) => pids.includes(pid) && command.includes('anvil'))
