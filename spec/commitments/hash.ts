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

/** keccak-256 of the concatenation of `parts`, as Solidity's `keccak256(abi.encodePacked(…))`. */
export const keccak = <Kind extends Hash = Hash>(...parts: readonly (Bytes | Hex)[]): Kind => {
  const hasher = keccak_256.create()
  for (const part of parts) hasher.update(typeof part === 'string' ? fromHex(part) : part)
  return toHex(hasher.digest()) as Kind
}

export const ZERO_HASH = `0x${'00'.repeat(32)}` as Hash
