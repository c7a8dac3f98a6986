import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** The command as a user starts it, in a process of its own. */
export const ROOT = join(import.meta.dirname, '..')

const TSX = join(dirname(createRequire(import.meta.url).resolve('tsx/package.json')), 'dist', 'cli.mjs')

export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

interface Options {
  /** The checkout that is run. */
  readonly root?: string
  /** Told of all output so far, and how to interrupt. */
  readonly onOutput?: (output: string, interrupt: () => void) => void
}

export const sim = (args: readonly string[], { root = ROOT, onOutput }: Options = {}): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [TSX, join(root, 'reports', 'main.ts'), ...args], { cwd: root })
    let [stdout, stderr] = ['', '']
    child.stdout.on('data', (chunk) => {
      stdout += chunk
      onOutput?.(stdout, () => child.kill('SIGINT'))
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
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
