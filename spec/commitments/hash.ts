import { keccak_256 } from '@noble/hashes/sha3.js'
import { type Bytes, fromHex, type Hex, toHex } from './bytes.ts'

declare const brand: unique symbol
type Branded<Name extends string> = Hex & { readonly [brand]: Name }

/** A keccak-256 hash, 32 bytes, never truncated. */
export type Hash = Branded<string>
/** Root of a Merkle tree whose height the context fixes. */
export type MerkleRoot = Branded<'MerkleRoot'>
/** Root of a tensor's slot: a tree of height `SLOT_HEIGHT`. */
export type TensorRoot = Branded<'TensorRoot'>
/** Commitment of a state of one phase. */
export type StateRoot = Branded<'StateRoot'>
/** Content address of a model, task, claim or dispute. */
export type Id = Branded<'Id'>

/** Reads 32 bytes as a hash of the kind that the caller knows it to be. */
export const asHash = <Kind extends Hash = Hash>(bytes: Bytes): Kind => toHex(bytes) as Kind

/** Of what is hashed, one behind the other: bytes, or 32 bytes and others as hex. */
export type Part = Bytes | Hex

const keccak256 = (parts: readonly Part[]): Hash => {
  const hasher = keccak_256.create()
  for (const part of parts) hasher.update(typeof part === 'string' ? fromHex(part) : part)
  return toHex(hasher.digest()) as Hash
}

/** What hashes in the place of keccak: it gives the same, or something that binds what is hashed as keccak is assumed to. */
export interface Hashing {
  readonly of: (parts: readonly Part[]) => Hash
}

let inPlace: Hashing | undefined

/** keccak-256 of the concatenation of `parts`, as Solidity's `keccak256(abi.encodePacked(…))`. */
export const keccak = <Kind extends Hash = Hash>(...parts: readonly Part[]): Kind =>
  (inPlace === undefined ? keccak256(parts) : inPlace.of(parts)) as Kind

/**
 * A hash that costs no hashing, for simulations of many games: what is hashed is given the next number, and keeps it. So
 * it binds, among all that is hashed in one `withSymbols`, as keccak is assumed to; outside of it, it says nothing.
 */
export class Symbols implements Hashing {
  readonly #known = new Map<string, Hash>()
  /** Of parts in hex: short keys are fast. */
  readonly #numbers = new Map<Hex, number>()
  /** Two hashes together are most of what is hashed: they are looked up one by one, and no key is put together. */
  readonly #pairs = new Map<string, Map<string, Hash>>()
  #count: number

  /** @param first number that is not given to anything: which symbols look like what chance follows from it */
  constructor(first: number) {
    this.#count = first
  }

  of(parts: readonly Part[]): Hash {
    if (parts.length === 2 && typeof parts[0] === 'string' && typeof parts[1] === 'string')
      return this.#ofPair(parts[0], parts[1])
    let length = 0
    for (const part of parts)
      length = typeof part === 'string' ? spellNumber(length, this.#numberOf(part)) : spellBytes(length, part)
    return this.#in(this.#known, String.fromCharCode(...spelt.slice(0, length)))
  }

  /** The number of a part in hex: how many others were hashed before it. */
  #numberOf(part: Hex): number {
    const found = this.#numbers.get(part)
    if (found !== undefined) return found
    const number = this.#numbers.size
    this.#numbers.set(part, number)
    return number
  }

  /** One that stands for something that nobody has hashed: whoever takes it keeps what for. */
  next(): Hash {
    const count = ++this.#count
    known[count] ??= spread(count)
    return known[count]
  }

  #ofPair(left: Hex, right: Hex): Hash {
    let rights = this.#pairs.get(left)
    if (rights === undefined) {
      rights = new Map()
      this.#pairs.set(left, rights)
    }
    return this.#in(rights, right)
  }

  #in(symbols: Map<string, Hash>, key: string): Hash {
    const found = symbols.get(key)
    if (found !== undefined) return found
    const symbol = this.next()
    symbols.set(key, symbol)
    return symbol
  }
}

const [NUMBER, BYTES] = [0, 1]

/** The key that is being spelt, as characters: one for all, since it is a string before the next one is. */
const spelt: number[] = []

/**
 * Spells a part of a key from `at` on, of which no two lists of parts have the same.
 *
 * @returns where the next part begins
 */
const spellNumber = (at: number, number: number): number => {
  spelt[at] = NUMBER
  spelt[at + 1] = number & 0xff
  spelt[at + 2] = (number >>> 8) & 0xff
  spelt[at + 3] = number >>> 16
  return at + 4
}

const spellBytes = (at: number, bytes: Bytes): number => {
  const { length } = bytes
  spelt[at] = BYTES
  spelt[at + 1] = length
  for (let i = 0; i < length; i++) spelt[at + 2 + i] = bytes[i]!
  return at + 2 + length
}

/** A number in 32 bytes, its own 4 behind 4 that look like chance, so that draws by hashes are fair. */
const spread = (count: number): Hash => {
  let x = Math.imul(count, 0x9e3779b1)
  x = Math.imul(x ^ (x >>> 15), 0x85ebca6b)
  x = (x ^ (x >>> 13)) >>> 0
  return `0x${x.toString(16).padStart(8, '0')}${count.toString(16).padStart(8, '0')}${REST}` as Hash
}

const REST = '0'.repeat(48)

/** By number: every run counts from 1 on, so that they are made once. */
const known: Hash[] = []

/** Symbols of different seeds are spread differently; there are so many ways, so that few are made. */
const SPREADS = 4093

/**
 * Plays with symbols for hashes, from an empty table; nothing of it may be kept together with real hashes.
 *
 * @param seed decides what is drawn by hashes
 */
export const withSymbols = <Played>(play: () => Played, seed = 0): Played =>
  withHashing(new Symbols(seed % SPREADS), play)

/** Plays with another hashing in the place of keccak. */
export const withHashing = <Played>(hashing: Hashing, play: () => Played): Played => {
  const before = inPlace
  inPlace = hashing
  try {
    return play()
  } finally {
    inPlace = before
  }
}

/** What stands for hashes now; undefined where they are real. */
export const symbolsInPlace = (): Symbols | undefined => (inPlace instanceof Symbols ? inPlace : undefined)

export const ZERO_HASH = `0x${'00'.repeat(32)}` as Hash
