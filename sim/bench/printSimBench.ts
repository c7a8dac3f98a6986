import { measureSim, type Rate } from './simBench.ts'

const line = (name: string, { disputesPerSecond, callsPerSecond, disputesPerWallSecond }: Rate): string =>
  `${name}: ${Math.round(disputesPerSecond)} disputes and ${Math.round(callsPerSecond)} calls a second of one core; ` +
  `${Math.round(disputesPerWallSecond)} disputes a second by the clock`

/** Measures how fast disputes are simulated, and prints the figures. */
export const printSimBench = (json: boolean): void => {
  const figures = measureSim()
  if (json) {
    console.log(JSON.stringify(figures))
    return
  }
  console.log(line('with symbols', figures))
  console.log(line('with keccak ', figures.hashed))
}
