import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigEndian } from './bytes.ts'
import { type Hash, keccak, type Part, symbolsInPlace, withSymbols, ZERO_HASH } from './hash.ts'

/** What is hashed in one place of the rules: always so many parts of the same kinds and widths. */
interface Form {
  readonly isBytes: readonly boolean[]
  readonly rows: readonly (readonly number[])[]
}

const forms: fc.Arbitrary<Form> = fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }).chain((isBytes) =>
  fc.record({
    isBytes: fc.constant(isBytes),
    rows: fc.array(fc.array(fc.nat({ max: 2 }), { minLength: 4, maxLength: 4 }), {
      minLength: 2,
      maxLength: 12,
    }),
  }),
)

/** Hashes of what is given, and of hashes of it, as a tree has them. */
const hashesOf = ({ isBytes, rows }: Form): readonly Hash[] => {
  const leaf = (n: number) => keccak(bigEndian(n, 4))
  const first = rows.map((row) =>
    keccak<Hash>(...isBytes.map((asBytes, i) => (asBytes ? bigEndian(row[i]!, 2) : leaf(row[i]!)))),
  )
  const joined = first.map((hash, i) => keccak<Hash>(hash, first[(i * 3) % first.length]!))
  return [...first, ...joined]
}

/** Which of some hashes are the same. */
const pattern = (hashes: readonly Hash[]): readonly number[] => hashes.map((hash) => hashes.indexOf(hash))

/** Rationale: a game that is played with symbols proves something of the real one only if they bind as hashes do. */
test('HASH-1 symbols are the same where hashes are, and look like them', () => {
  fc.assert(
    fc.property(forms, fc.nat(), (form, seed) => {
      const symbols = withSymbols(() => hashesOf(form), seed)
      expect(pattern(symbols)).toEqual(pattern(hashesOf(form)))
      for (const symbol of symbols) expect(symbol).toMatch(/^0x[0-9a-f]{64}$/)
      expect(symbols).not.toContain(ZERO_HASH)
      expect(withSymbols(() => hashesOf(form), seed)).toEqual(symbols)
      expect(withSymbols(() => hashesOf(form), seed + 1)).not.toEqual(symbols)
    }),
  )
})

/** Parts that are easily taken for each other: symbols by number, what looks like them, and their digits as bytes. */
const nearParts = (symbols: readonly Hash[]): readonly Part[] => {
  const near = [0, 1, 2, 255, 256, 257, 65_534, 65_535, 65_536, 69_999].map((n) => symbols[n]!)
  const strangers = near.map((symbol): Part => `0x0123abcd${symbol.slice(10)}`)
  const letters = near.map((symbol): Part => Uint8Array.from(symbol, (letter) => letter.charCodeAt(0)))
  return [
    ...near,
    ...strangers,
    ...letters,
    `0x01234567ffffffff${'0'.repeat(48)}`,
    near[0]!.slice(0, 64) as Part,
    // What the third symbol is spelt like but for its kind, and bytes that two lists have in one order but for the lengths.
    Uint8Array.of(0, 0),
    Uint8Array.of(7),
    Uint8Array.of(7, 1, 0, 7),
  ]
}

/** Rationale: two lists of parts with one symbol are a collision that no hash has, and games would be won by it. */
test('HASH-4 every list of parts has a symbol of its own, and always the same one, however near others are', () => {
  withSymbols(() => {
    const symbols = Array.from({ length: 70_000 }, (_, n) => keccak<Hash>(bigEndian(n, 4)))
    // Each is a part itself, so that parts far from each other are what is near below.
    for (const symbol of symbols) keccak<Hash>(symbol)
    const listed = (): readonly (readonly Part[])[] => {
      const parts = nearParts(symbols)
      return parts.flatMap((a) =>
        parts.flatMap((b) => [
          [a, b],
          [a, b, symbols[3]!],
          [a, b, symbols[4]!],
        ]),
      )
    }
    const first = listed().map((parts) => keccak<Hash>(...parts))
    expect(new Set(first).size).toBe(first.length)
    expect(listed().map((parts) => keccak<Hash>(...parts))).toEqual(first)
  })
})

/** Rationale: who is asked for its attention is drawn by hashes; symbols that stand in must draw as fairly. */
test('HASH-2 symbols are spread over all hashes: of many, each share of the range has its part', () => {
  const count = 4_000
  const symbols = withSymbols(() => Array.from({ length: count }, (_, n) => keccak<Hash>(bigEndian(n, 4))), 7)
  expect(new Set(symbols).size).toBe(count)
  const parts = Array.from({ length: 16 }, () => 0)
  for (const symbol of symbols) parts[Number.parseInt(symbol[2]!, 16)]!++
  for (const part of parts) {
    expect(part).toBeGreaterThan((0.8 * count) / parts.length)
    expect(part).toBeLessThan((1.2 * count) / parts.length)
  }
})

/** Rationale: a symbol that is taken for a hash outside of its game is a commitment to nothing. */
test('HASH-3 behind a play with symbols hashes are real again, whatever ends it; one within another begins anew', () => {
  const real = keccak<Hash>(bigEndian(1, 4))
  withSymbols(() => {
    const outer = keccak<Hash>(bigEndian(1, 4))
    expect(outer).not.toBe(real)
    expect(symbolsInPlace()).toBeDefined()
    expect(withSymbols(() => keccak<Hash>(bigEndian(2, 4)))).toBe(outer)
    expect(keccak<Hash>(bigEndian(1, 4))).toBe(outer)
  })
  expect(symbolsInPlace()).toBeUndefined()
  const fail = () => {
    throw new Error('a bug')
  }
  expect(() => withSymbols(fail)).toThrow('a bug')
  expect(keccak<Hash>(bigEndian(1, 4))).toBe(real)
})
