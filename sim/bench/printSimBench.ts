import { type BenchSeconds, measureSim } from './simBench.ts'

const SECONDS: BenchSeconds = { warming: 2, measured: 4 }

/** Measures how fast disputes are simulated, and prints the figures. */
export const printSimBench = (json: boolean, seconds = SECONDS): void => {
  const figures = measureSim(seconds)
  if (json) {
    console.log(JSON.stringify(figures))
    return
  }
  const { disputesPerSecond, callsPerSecond, hashed } = figures
  const rounded = (rate: number) => Math.round(rate).toLocaleString('en')
  console.log(
    `with symbols: ${rounded(disputesPerSecond)} disputes and ${rounded(callsPerSecond)} calls a second of one core`,
  )
  console.log(`with keccak:  ${rounded(hashed.disputesPerSecond)} disputes a second of one core`)
}
