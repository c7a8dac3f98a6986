import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { delimiter, dirname, join } from 'node:path'

/** A local chain of our own: anvil on a free port, gone when its parent is gone, whatever ends the parent. */
export interface Anvil {
  /** JSON-RPC over HTTP. */
  readonly url: string
  /** Process id of the node itself. */
  readonly pid: number
  /** Ends the node and waits until it has ended. A second call does nothing. */
  readonly stop: () => Promise<void>
}

export interface AnvilOptions {
  /** Time of the genesis block, seconds since 1970; the clock of the machine where absent. */
  readonly timestamp?: number
  /** Further command-line flags. */
  readonly flags?: readonly string[]
}

const PACKAGE = '@foundry-rs/anvil-linux-amd64'

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const packagedBinary = (): string | undefined => {
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`)), 'bin', 'anvil')
  } catch {
    return undefined
  }
}

/** Path of anvil: the npm package's, else the one on PATH. Error: neither is there, with what to install. */
export const anvilBinary = (): string => {
  const candidates = [
    packagedBinary(),
    ...(process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'anvil')),
  ]
  const found = candidates.find((path) => path !== undefined && isExecutable(path))
  if (found === undefined) {
    throw new Error(
      `anvil is missing: the optional npm package ${PACKAGE} is not installed (npm ci installs it on Linux x64), ` +
        'and there is no anvil on PATH (Foundry has it for other platforms)',
    )
  }
  return found
}

/**
 * Ties the node's life to a pipe: the shell waits for the end of its input, which comes when we close the pipe and
 * also when we die in any way, a SIGKILL included, and then kills the node. The shell gives up its own output, so
 * that the end of output means the end of the node.
 */
const LIFELINE = '"$@" & node=$!; echo "pid $node"; exec >/dev/null 2>&1; cat; kill -KILL $node; wait $node'

const LISTENING = /Listening on (\S+)\s/
const PID = /^pid (\d+)$/m

/** Resolves with all the node has printed once it listens. */
const untilListening = (child: ChildProcessWithoutNullStreams): Promise<string> =>
  new Promise((resolve, reject) => {
    let printed = ''
    const read = (chunk: Buffer): void => {
      printed += chunk.toString()
      if (!LISTENING.test(printed)) return
      // What it prints from now on is read, so that it never waits, and forgotten.
      for (const stream of [child.stdout, child.stderr]) stream.off('data', read).resume()
      resolve(printed)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', reject)
    // What it has to say of its end stands in either stream, and the last words come with the later end.
    let open = 2
    const end = (): void => {
      if (--open === 0) reject(new Error(`anvil ended before it listened:\n${printed.trim()}`))
    }
    child.stdout.on('end', end)
    child.stderr.on('end', end)
  })

/**
 * Whether a node keeps our process from ending: nothing of one that nobody stopped may, and all of one that is being
 * stopped must. Its end is the end of its streams, which may have more to be read by then than the child itself.
 */
const hold = (child: ChildProcessWithoutNullStreams, isHeld: boolean): void => {
  const streams = [child.stdin, child.stdout, child.stderr] as unknown as Socket[]
  for (const handle of [child, ...streams]) isHeld ? handle.ref() : handle.unref()
}

/**
 * Starts anvil and waits until it listens. Errors: there is no anvil, or it ends at once (a flag that it does not
 * know), with what it printed.
 */
export const startAnvil = async ({ timestamp, flags = [] }: AnvilOptions = {}): Promise<Anvil> => {
  const time = timestamp === undefined ? [] : ['--timestamp', String(timestamp)]
  // Contracts that are built to be tried, and not to be deployed, may be larger than a chain allows.
  const sizes = process.env['OPML_ARTIFACTS'] === undefined ? [] : ['--disable-code-size-limit']
  // Batches of witnesses are larger than the 2 MB that a request may have by default.
  const given = ['--host', '127.0.0.1', '--port', '0', '--no-request-size-limit', ...sizes, ...time, ...flags]
  // A process group of its own: a Ctrl-C must reach us alone, else the shell could die before the node.
  const child = spawn('/bin/sh', ['-c', LIFELINE, 'sh', anvilBinary(), ...given], { detached: true })
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  // The shell may be gone before we close its input.
  child.stdin.on('error', () => {})
  let printed: string
  try {
    printed = await untilListening(child)
  } catch (error) {
    child.stdin.end()
    throw error
  }
  hold(child, false)
  const stop = async (): Promise<void> => {
    hold(child, true)
    child.stdin.end()
    await ended
  }
  return {
    url: `http://${LISTENING.exec(printed)![1]}`,
    pid: Number(PID.exec(printed)![1]),
    stop,
  }
}
