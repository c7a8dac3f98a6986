import { measureGas } from './gasBench.ts'
import type { GasFigures } from './gasFigures.ts'
import { flatten, readSnapshot, rises, writeSnapshot } from './snapshot.ts'

export interface BenchOptions {
  /** One object on standard output, and nothing else. */
  readonly json?: true
  /** The figures become what later ones are compared with. */
  readonly write?: true
}

const grouped = (value: number): string => value.toLocaleString('en')

const committed = (): GasFigures | undefined => {
  try {
    return readSnapshot()
  } catch {
    return undefined
  }
}

const printTable = (figures: GasFigures, before: GasFigures | undefined): void => {
  const old = before && flatten(before)
  console.log(
    `${'gas, whole transactions, Osaka'.padEnd(36)}${'measured'.padStart(12)}${'committed'.padStart(12)}`,
  )
  for (const [name, value] of flatten(figures)) {
    const was = old?.get(name)
    const columns = [value, was].map((each) => (each === undefined ? '-' : grouped(each)).padStart(12))
    console.log(`${name.padEnd(36)}${columns.join('')}`)
  }
}

/** Measures what calls cost, on a chain of its own; half a minute. */
export const printGasBench = async ({ json, write }: BenchOptions): Promise<void> => {
  const started = performance.now()
  const figures = await measureGas((part) => {
    console.error(`${((performance.now() - started) / 1000).toFixed(0)} s: ${part}`)
  })
  const before = committed()
  if (json) console.log(JSON.stringify(figures))
  else printTable(figures, before)
  if (before !== undefined) for (const rise of rises(before, figures)) console.error(rise)
  if (write) console.error(`written: ${writeSnapshot(figures)}`)
}
