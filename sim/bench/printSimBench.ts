import {
  type BenchSeconds,
  measureHashes,
  measureSymbols,
  type Rate,
  TEN_CALLS,
  THIRTEEN_CALLS,
} from './simBench.ts'

/** The compiler takes so long until it has seen all that is worth its while. */
const SECONDS: BenchSeconds = { warming: 8, measured: 4 }

/** Measures how fast disputes are simulated, and prints the figures: as JSON those of the tower of ten calls a dispute. */
export const printSimBench = (json: boolean, seconds = SECONDS): void => {
  const { disputesPerSecond, callsPerSecond } = measureSymbols(TEN_CALLS, seconds)
  if (json) {
    const hashed = measureHashes(TEN_CALLS, seconds)
    console.log(
      JSON.stringify({
        disputesPerSecond,
        callsPerSecond,
        hashed: { disputesPerSecond: hashed.disputesPerSecond },
      }),
    )
    return
  }
  tell('symbols', TEN_CALLS, { disputesPerSecond, callsPerSecond })
  tell('symbols', THIRTEEN_CALLS, measureSymbols(THIRTEEN_CALLS, seconds))
  tell('keccak', TEN_CALLS, measureHashes(TEN_CALLS, seconds))
}

const tell = (
  hashing: string,
  lengths: readonly number[],
  { disputesPerSecond, callsPerSecond }: Rate,
): void => {
  const rounded = (rate: number) => Math.round(rate).toLocaleString('en')
  console.log(
    `with ${hashing}, lengths ${lengths.join(', ')}: ${rounded(disputesPerSecond)} disputes a second of one core, ` +
      `${rounded(callsPerSecond)} calls, ${rounded(callsPerSecond / disputesPerSecond)} each`,
  )
}
