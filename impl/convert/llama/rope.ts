/** Frequencies of a rotary embedding: radians a position, for each pair of a head. */
export const ropeFrequencies = (headDim: number, base: number): Float64Array =>
  Float64Array.from({ length: headDim / 2 }, (_, pair) => base ** ((-2 * pair) / headDim))

/** What Llama 3.1 does to frequencies so that a context becomes longer. */
export interface Llama3Scaling {
  readonly factor: number
  readonly lowFrequencyFactor: number
  readonly highFrequencyFactor: number
  readonly originalContext: number
}

/** Slow turns become slower by the factor, fast ones stay, and between them it is interpolated. */
export const scaleLlama3 = (frequencies: Float64Array, scaling: Llama3Scaling): Float64Array => {
  const { factor, lowFrequencyFactor, highFrequencyFactor, originalContext } = scaling
  return frequencies.map((frequency) => {
    const turns = (originalContext * frequency) / (2 * Math.PI)
    if (turns < lowFrequencyFactor) return frequency / factor
    if (turns > highFrequencyFactor) return frequency
    const smooth = (turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor)
    return (1 - smooth) * (frequency / factor) + smooth * frequency
  })
}

/** Fraction bits of the angles and of the numbers that are turned. */
const BITS = 96n
const ONE = 1n << BITS

const toFixed = (value: number): bigint => {
  // In two steps, so that every bit of a double is kept, down to 2^-96.
  const high = Math.floor(value * 2 ** 48)
  const low = Math.round((value * 2 ** 48 - high) * 2 ** 48)
  return (BigInt(high) << 48n) + BigInt(low)
}

const multiply = (a: bigint, b: bigint): bigint => (a * b) >> BITS

/** Cosine and sine of an angle up to 1, by their series. */
const turn = (angle: bigint): readonly [bigint, bigint] => {
  let [cosine, sine, term] = [ONE, 0n, ONE]
  for (let n = 1n; term !== 0n && n < 64n; n++) {
    term = multiply(term, angle) / n
    const sign = n % 4n < 2n ? 1n : -1n
    if (n % 2n === 1n) sine += sign * term
    else cosine += sign * term
  }
  return [cosine, sine]
}

/**
 * The table of a rotation: cosine and sine of position x frequency, for every position and pair, `[positions][pairs][2]`.
 * Computed in integers of 96 fraction bits, so that it is the same on every machine: the angle of one position by its
 * series, the others by turning on.
 *
 * @param put told each place of the table and what stands there, with 96 fraction bits
 */
const ropeTable = (
  frequencies: Float64Array,
  positions: number,
  put: (index: number, cosineOrSine: bigint) => void,
): void => {
  frequencies.forEach((frequency, pair) => {
    const [cosine, sine] = turn(toFixed(frequency))
    let [x, y] = [ONE, 0n]
    for (let position = 0; position < positions; position++) {
      const index = 2 * (position * frequencies.length + pair)
      put(index, x)
      put(index + 1, y)
      ;[x, y] = [multiply(x, cosine) - multiply(y, sine), multiply(x, sine) + multiply(y, cosine)]
    }
  })
}

const COSINE_BITS = 30n
const HALF = 1n << (BITS - COSINE_BITS - 1n)

/** int32, 30 fraction bits. */
export const fixedRopeTable = (frequencies: Float64Array, positions: number): Int32Array => {
  const table = new Int32Array(2 * positions * frequencies.length)
  ropeTable(frequencies, positions, (index, value) => {
    table[index] = Number((value + HALF) >> (BITS - COSINE_BITS))
  })
  return table
}

/** Single precision. */
export const floatRopeTable = (frequencies: Float64Array, positions: number): Float32Array => {
  const table = new Float32Array(2 * positions * frequencies.length)
  ropeTable(frequencies, positions, (index, value) => {
    table[index] = Number(value) / 2 ** Number(BITS)
  })
  return table
}
