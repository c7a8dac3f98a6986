import { littleEndian } from '../commitments/bytes.ts'
import { asHash, type MerkleRoot } from '../commitments/hash.ts'
import { LEAF_BYTES } from '../commitments/memory.ts'
import { type MerkleTree, merkleTree } from '../commitments/merkle.ts'

/**
 * A program. Its code is a tree of its own, apart from the memory (Harvard): no store changes what is fetched, a
 * fetch proof is as short as the code allows, and an engine may translate the code once and for all.
 *
 * The code tree covers the addresses codeBase to codeBase + 32 * 2^codeHeight - 1, taken modulo 2^32. A leaf is
 * eight instruction words as they stand in memory, little-endian. A word that the program does not have is zero,
 * which is illegal; a fetch outside the tree traps.
 */
export interface Program {
  /** Unsigned 32-bit, a multiple of 32. */
  readonly codeBase: number
  /** At most `MAX_CODE_HEIGHT`. */
  readonly codeHeight: number
  readonly codeRoot: MerkleRoot
  /** Root, of height 23, of the lower half of memory slot 0 as loaded: all segments, executable ones too, as data. */
  readonly imageRoot: MerkleRoot
  /** First pc. */
  readonly entry: number
}

/** A code tree of this height covers the whole address space. */
export const MAX_CODE_HEIGHT = 27

/** The code itself; word i stands at base + 4 i. */
export interface Code {
  readonly base: number
  readonly height: number
  readonly words: readonly number[]
}

const WORDS_PER_LEAF = LEAF_BYTES / 4

/** Offset of `pc` into a code tree; undefined where a fetch traps before it reads: misaligned, or outside the tree. */
export const codeOffset = (base: number, height: number, pc: number): number | undefined => {
  const offset = (pc - base) >>> 0
  return pc % 4 === 0 && offset < LEAF_BYTES * 2 ** height ? offset : undefined
}

/** The word at `pc`, zero where the program has none; undefined where `codeOffset` is. */
export const fetchWord = (code: Code, pc: number): number | undefined => {
  const offset = codeOffset(code.base, code.height, pc)
  return offset === undefined ? undefined : (code.words[offset >>> 2] ?? 0)
}

/** The least height of a tree that holds `wordCount` words. */
export const codeHeightFor = (wordCount: number): number => {
  let height = 0
  while (WORDS_PER_LEAF * 2 ** height < wordCount) height++
  return height
}

const trees = new WeakMap<Code, MerkleTree>()

/** The tree over the code's leaves. Hashed once per `Code` value, since every witness opens it. */
export const codeTree = (code: Code): MerkleTree => {
  const known = trees.get(code)
  if (known) return known
  const leaves = Array.from({ length: Math.ceil(code.words.length / WORDS_PER_LEAF) }, (_, leaf) => {
    const bytes = new Uint8Array(LEAF_BYTES)
    code.words.slice(leaf * WORDS_PER_LEAF, (leaf + 1) * WORDS_PER_LEAF).forEach((word, i) => {
      bytes.set(littleEndian(word, 4), 4 * i)
    })
    return asHash(bytes)
  })
  const tree = merkleTree(leaves, code.height)
  trees.set(code, tree)
  return tree
}
