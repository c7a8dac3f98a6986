import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import type { RunResult } from './job.ts'

/** What a search found that cost nothing has a factor that no number of JSON is. */
const INFINITE = 'infinite'

/** Amounts as `{"wei":"…"}`, so that they are amounts again when they are read. */
const toJson = (_: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return { wei: value.toString() }
  return value === Number.POSITIVE_INFINITY ? INFINITE : value
}

const fromJson = (key: string, value: unknown): unknown =>
  key === 'factor' && value === INFINITE
    ? Number.POSITIVE_INFINITY
    : typeof value === 'object' && value !== null && Object.keys(value).join() === 'wei'
      ? BigInt((value as { wei: string }).wei)
      : value

export const resultLine = (result: RunResult): string => `${JSON.stringify(result, toJson)}\n`

/** Results of lines that `resultLine` wrote. */
export const readResults = (lines: string): readonly RunResult[] =>
  lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line, fromJson) as RunResult)

/** A file of results that was made by another scenario, or by none. */
export class OtherResults extends Error {
  override readonly name = 'OtherResults'
}

const HEAD = '{"scenario":"'

/** As much of a file as a head has; nothing where there is none. */
const startOf = (path: string): string => {
  if (!existsSync(path) || !statSync(path).isFile()) return ''
  const descriptor = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(HEAD.length)
    return bytes.toString('latin1', 0, readSync(descriptor, bytes))
  } finally {
    closeSync(descriptor)
  }
}

const foundIn = (path: string, lines: string): readonly RunResult[] => {
  try {
    return readResults(lines)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new OtherResults(`${path} is damaged: a line of it is no JSON`)
  }
}

/**
 * Results as JSON lines, in the order of the jobs: the first line says which scenario they are of, each further one is
 * a run. A line that was cut off when somebody stopped is as if it had never been begun.
 */
export class ResultFile {
  readonly #descriptor: number
  /** The runs that the file holds already. */
  readonly found: readonly RunResult[]

  private constructor(path: string, found: readonly RunResult[]) {
    this.found = found
    this.#descriptor = openSync(path, 'a')
  }

  /**
   * @param contentHash of the scenario's file
   * @param resume whether to go on with what stands there; else it is begun anew
   * @throws OtherResults where something else stands there, or the system's error where it cannot be written
   */
  static open(path: string, contentHash: string, resume: boolean): ResultFile {
    const head = `${JSON.stringify({ scenario: contentHash })}\n`
    const start = startOf(path)
    if (!HEAD.startsWith(start))
      throw new OtherResults(`${path} holds no results of runs, and is left as it is`)
    const text = resume && start !== '' ? readFileSync(path, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole !== '' && !whole.startsWith(head))
      throw new OtherResults(
        `${path} holds results of another scenario, of an earlier text of this one, or of other --runs`,
      )
    const found = foundIn(path, whole.slice(head.length))
    if (existsSync(path)) truncateSync(path, Buffer.byteLength(whole))
    const file = new ResultFile(path, found)
    if (whole === '') file.#write(head)
    return file
  }

  add(result: RunResult): void {
    this.#write(resultLine(result))
  }

  #write(text: string): void {
    writeSync(this.#descriptor, text)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}
