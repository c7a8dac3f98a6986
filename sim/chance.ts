import { hash } from 'node:crypto'

/**
 * A source of chance, decided by the run's seed, an actor and a purpose alone: whoever else takes part, and however
 * often they draw, this one gives the same numbers.
 */
export interface Chance {
  /** A number from 0 up to 1, 1 excluded, of 32 bits. */
  readonly next: () => number
  /** An integer from 0 up to `count`, `count` excluded; `count` at most 2^32. */
  readonly below: (count: number) => number
  /** True with this probability. */
  readonly is: (probability: number) => boolean
}

/** The first words of a label's SHA-256: independent starts for independent purposes. */
const wordsOf = (label: readonly (string | number)[]): [number, number, number, number] => {
  // A character a byte: so its bytes are at hand at once.
  let text = String(label[0])
  for (let i = 1; i < label.length; i++) text += `\u0000${label[i]}`
  const digest = hash('sha256', text, 'binary')
  const byte = (index: number) => digest.charCodeAt(index)
  const word = (at: number) =>
    ((byte(at) << 24) | (byte(at + 1) << 16) | (byte(at + 2) << 8) | byte(at + 3)) >>> 0
  return [word(0), word(4), word(8), word(12)]
}

/**
 * Blackman and Vigna's xoshiro128** (2018): 128 bits of state, a few operations a draw, the same on every machine.
 *
 * @param label seed, actor and purpose, in that order
 */
export const chanceOf = (...label: readonly (string | number)[]): Chance => {
  let [a, b, c, d] = wordsOf(label)
  const word = (): number => {
    const five = Math.imul(b, 5)
    const result = Math.imul((five << 7) | (five >>> 25), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result
  }
  const next = () => word() / 2 ** 32
  return {
    next,
    below: (count) => Math.floor(next() * count),
    is: (probability) => next() < probability,
  }
}
