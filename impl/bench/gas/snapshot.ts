import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { GasFigures } from './gasFigures.ts'

/** The figures that are committed to, beside this file. */
const SNAPSHOT = join(import.meta.dirname, 'snapshot.json')

/** By how much a figure may rise before it is a change that somebody has to stand by. */
export const TOLERANCE = 0.01

const gas = z.number().int().positive()
const schema = z.strictObject({
  step: z.strictObject({ alu: gas, load: gas, store: gas, div: gas, branch: gas, worst: gas }),
  move: z.record(z.string(), gas),
  descend: z.record(z.string(), gas),
  request: gas,
  claim: gas,
  seal: gas,
  reveal: gas,
  open: gas,
  timeout: gas,
  settle: gas,
  attend: gas,
  others: z.record(z.string(), gas),
  disputes: z.array(z.strictObject({ name: z.string(), k: gas, steps: gas, gas, transactions: gas })),
})

/** @throws where the file is not there, or is not figures */
export const readSnapshot = (): GasFigures => schema.parse(JSON.parse(readFileSync(SNAPSHOT, 'utf8')))

export const writeSnapshot = (figures: GasFigures): string => {
  writeFileSync(SNAPSHOT, `${JSON.stringify(figures, undefined, 2)}\n`)
  return SNAPSHOT
}

/** Every figure under one name: `step.alu`, `move.16`, `disputes.mnist k=1.gas`. */
export const flatten = (figures: GasFigures): ReadonlyMap<string, number> => {
  const { step, move, descend, others, disputes, ...single } = figures
  const groups = { step, move, descend, others }
  return new Map([
    ...Object.entries(groups).flatMap(([group, values]) =>
      Object.entries(values).map(([name, value]) => [`${group}.${name}`, value] as const),
    ),
    ...Object.entries(single),
    ...disputes.flatMap(({ name, gas: paid, transactions }) => [
      [`disputes.${name}.gas`, paid] as const,
      [`disputes.${name}.transactions`, transactions] as const,
    ]),
  ])
}

/** Figures that rose by more than the tolerance, appeared or went, in words. */
export const rises = (committed: GasFigures, measured: GasFigures): readonly string[] => {
  const [before, after] = [flatten(committed), flatten(measured)]
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)]
    if (old === undefined) return [`${name} is new: ${now}`]
    if (now === undefined) return [`${name} is gone: it was ${old}`]
    return now > old * (1 + TOLERANCE)
      ? [`${name} rose from ${old} to ${now}, by ${((100 * (now - old)) / old).toFixed(1)}%`]
      : []
  })
}
