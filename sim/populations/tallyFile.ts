import { closeSync, existsSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { hashOfLines } from '../runs/job.ts'
import { simulatedLines } from '../simulation/journal.ts'
import { playRun } from '../simulation/run.ts'
import { populationOf } from './heldPopulation.ts'
import { NOTHING, type Tally, tallyJson, together } from './tally.ts'

const count = z.int().min(0)
const wei = z.string().regex(/^\d+$/).transform(BigInt)

const lineSchema = z.strictObject({
  ...{ runs: count, outside: count, falseFinals: count, honestLosses: count },
  ...{ missingWei: wei, broughtWei: wei, faults: z.array(count) },
  ...{ refuted: count, final: count, disputes: count, refusals: count },
  ...{ unpaid: count, delegated: count, reorganisations: count },
}) satisfies z.ZodType<Tally>

/** A file of tallies that other rules, other draws or other seeds made, or nobody. */
export class OtherTallies extends Error {
  override readonly name = 'OtherTallies'
}

/** Runs by which it is known that draws and rules are what they were. */
const PROBED = 3

const probe = (first: number): string =>
  hashOfLines(
    Array.from({ length: PROBED }, (_, i) =>
      simulatedLines(playRun(populationOf(first + i), first + i).journal),
    ).join(''),
  )

/**
 * Tallies as JSON lines, in the order of the seeds, so that a run of hours goes on where it was stopped. The first line
 * says from which seed on, and by what rules; one that was cut off is as if it had never been begun.
 */
export class TallyFile {
  readonly #descriptor: number
  /** What the file holds already. */
  readonly found: Tally

  private constructor(path: string, found: Tally) {
    this.found = found
    this.#descriptor = openSync(path, 'a')
  }

  /**
   * @param first seed @param resume whether to go on with what stands there; else it is begun anew
   * @throws OtherTallies, or the system's error where it cannot be written
   */
  static open(path: string, first: number, resume: boolean): TallyFile {
    const head = `${JSON.stringify({ from: first, rules: probe(first) })}\n`
    const text = resume && existsSync(path) ? readFileSync(path, 'utf8') : ''
    const whole = text.slice(0, text.lastIndexOf('\n') + 1)
    if (whole !== '' && !whole.startsWith(head))
      throw new OtherTallies(
        `${path} was made from another seed on, or by other rules: begin anew without --resume`,
      )
    const found = whole
      .slice(head.length)
      .split('\n')
      .filter((line) => line !== '')
      .reduce((sum, line, i) => together(sum, parsedLine(path, line, i + 2)), NOTHING)
    if (existsSync(path)) truncateSync(path, Buffer.byteLength(whole))
    const file = new TallyFile(path, found)
    if (whole === '') file.#write(head)
    return file
  }

  add(tally: Tally): void {
    this.#write(`${tallyJson(tally)}\n`)
  }

  #write(text: string): void {
    writeSync(this.#descriptor, text)
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

const parsedLine = (path: string, line: string, number: number): Tally => {
  try {
    return lineSchema.parse(JSON.parse(line))
  } catch {
    throw new OtherTallies(`${path}:${number} is damaged: begin anew without --resume`)
  }
}
