import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where the programs stand that the bench compares with: outside of the project, since they are none of its parts and
 * survive a fresh clone.
 */
export const PEER_FOLDER = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'opml')

/** A program that the bench would compare with cannot be had. The message says why. */
export class PeerError extends Error {
  constructor(reason: string) {
    super(reason)
    this.name = 'PeerError'
  }
}

/**
 * Runs a program to its end.
 *
 * @param onLine told each line of its standard output
 * @returns its standard output
 * @throws PeerError with the last lines of its standard error
 */
export const runProgram = async (
  program: string,
  args: readonly string[],
  folder: string,
  onLine: (line: string) => void = () => {},
): Promise<string> => {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr, line] = ['', '', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    const lines = (line + text).split('\n')
    line = lines.pop()!
    lines.forEach(onLine)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4096)
  })
  const status = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(code ?? `signal ${signal}`))
  })
  if (status === 0) return stdout
  const reason = stderr.trim().split('\n').slice(-3).join('; ')
  throw new PeerError(`${program} ${args[0] ?? ''} failed (${status}): ${reason}`)
}

/** Installs an npm package, no scripts of its own run, where it is not there yet. @returns its folder @throws PeerError */
export const installPackage = async (folder: string, name: string, version: string): Promise<string> => {
  const installed = join(folder, 'node_modules', name)
  const manifest = join(installed, 'package.json')
  if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version) return installed
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n')
  console.error(`installing ${name} ${version} into ${folder}`)
  const options = ['--ignore-scripts', '--omit=optional', '--no-audit', '--no-fund', '--no-package-lock']
  await runProgram('npm', ['install', ...options, `${name}@${version}`], folder)
  return installed
}
