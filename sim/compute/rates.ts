import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const seconds = z.number().min(0)
const tower = z.strictObject({
  /** A whole answer. */
  inferenceSeconds: seconds,
  /** By phase, coarsest first: to enter the dearest of its runs and to have the first vector of it. */
  recomputeSeconds: z.array(seconds),
  /** All that one side computes in the dearest whole dispute: vectors, descents, witnesses. */
  disputeSeconds: seconds,
})
const schema = z.record(z.string(), z.record(z.string(), tower))

/** By model, then by its phases, coarsest first, with commas between them. */
export type Rates = z.infer<typeof schema>
export type ModelRates = Rates[string]

/** The engine's measured rates, as `npm run --silent bench -- compute --write` left them. */
const TABLE = join(import.meta.dirname, 'rates.json')

let read: Rates | undefined

/** @throws where the file is not there, or has no rates */
export const committedRates = (): Rates => {
  read ??= schema.parse(JSON.parse(readFileSync(TABLE, 'utf8')))
  return read
}

/** Models that were not measured this time keep what they had. */
export const writeRates = (measured: Rates): string => {
  writeFileSync(TABLE, `${JSON.stringify({ ...committedRates(), ...measured }, undefined, 2)}\n`)
  return TABLE
}
