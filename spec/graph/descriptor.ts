import { type Bytes, littleEndian, wordAt } from '../commitments/bytes.ts'
import type { Hash } from '../commitments/hash.ts'
import { leavesOf, type MerkleTree, merkleTree, padToHeight, rootOfBytes } from '../commitments/merkle.ts'
import { SLOT_HEIGHT } from '../commitments/tensor.ts'

/**
 * A node's descriptor: what the machine finds on its job page, and the leaf of the node in the graph tree.
 *
 *   bytes  0..23   six operand references, 32-bit little-endian: bits 31..30 kind (1 value, 2 weight, else none),
 *                  bits 29..0 index, taken modulo the number of slots of its tree
 *   bytes 24..27   output: bit 31 in place, bits 30..0 value slot, modulo the number of value slots
 *   bytes 28..31   tile count; 0 means one
 *   bytes 32..35   operator code                      } read by the guest alone
 *   bytes 36..39   elements of one tile               }
 *   bytes 40..511  the operator's attributes, 32-bit  }
 *
 * The first 32 bytes, the head, are one leaf: all that a contract reads. Every bit pattern has a meaning.
 */
export const DESCRIPTOR_BYTES = 512
export const DESCRIPTOR_HEIGHT = 4
export const OPERAND_COUNT = 6

/** Job page: the descriptor, then one leaf with the range of tiles (first, count; 32-bit little-endian). */
export const JOB_ADDRESS = 0x1000_0000
export const JOB_RANGE_ADDRESS = JOB_ADDRESS + DESCRIPTOR_BYTES
/** The job page stands in the upper half of slot 0; the lower half is the program's image. */
export const HALF_SLOT_HEIGHT = SLOT_HEIGHT - 1

export interface OperandReference {
  readonly kind: 'none' | 'value' | 'weight'
  readonly index: number
}

export interface DescriptorHead {
  /** Six references; slot 1 + i of the machine's memory is operand i. */
  readonly operands: readonly OperandReference[]
  readonly outputSlot: number
  /** The output starts as the value already in its slot instead of zero. */
  readonly inPlace: boolean
  readonly tileCount: number
}

export interface Descriptor extends DescriptorHead {
  readonly operatorCode: number
  readonly tileElements: number
  readonly attributes: readonly number[]
}

const KINDS = ['none', 'value', 'weight', 'none'] as const
const NO_OPERAND: OperandReference = { kind: 'none', index: 0 }

const encodeOperand = ({ kind, index }: OperandReference): number =>
  (KINDS.indexOf(kind) * 2 ** 30 + index) >>> 0

const decodeOperand = (word: number): OperandReference => {
  const kind = KINDS[word >>> 30]!
  return { kind, index: kind === 'none' ? 0 : word & 0x3fff_ffff }
}

export const encodeDescriptor = (descriptor: Descriptor): Bytes => {
  const words = [
    ...Array.from({ length: OPERAND_COUNT }, (_, i) => encodeOperand(descriptor.operands[i] ?? NO_OPERAND)),
    (descriptor.outputSlot + (descriptor.inPlace ? 2 ** 31 : 0)) >>> 0,
    descriptor.tileCount,
    descriptor.operatorCode,
    descriptor.tileElements,
    ...descriptor.attributes,
  ]
  const bytes = new Uint8Array(DESCRIPTOR_BYTES)
  words.forEach((word, i) => {
    bytes.set(littleEndian(word >>> 0, 4), 4 * i)
  })
  return bytes
}

/** Reads the head from a descriptor's first 32 bytes. */
export const decodeHead = (bytes: Bytes): DescriptorHead => ({
  operands: Array.from({ length: OPERAND_COUNT }, (_, i) => decodeOperand(wordAt(bytes, 4 * i))),
  outputSlot: wordAt(bytes, 24) & 0x7fff_ffff,
  inPlace: wordAt(bytes, 24) >>> 31 === 1,
  tileCount: wordAt(bytes, 28) || 1,
})

export const descriptorRoot = (descriptor: Bytes): Hash => rootOfBytes(descriptor, DESCRIPTOR_HEIGHT)

/** Tree over a descriptor's leaves, for opening the head. */
export const descriptorTree = (descriptor: Bytes): MerkleTree =>
  merkleTree(leavesOf(descriptor), DESCRIPTOR_HEIGHT)

/** The range leaf of the job page. */
export const encodeRange = (firstTile: number, tileCount: number): Bytes => {
  const leaf = new Uint8Array(32)
  leaf.set(littleEndian(firstTile, 4), 0)
  leaf.set(littleEndian(tileCount, 4), 4)
  return leaf
}

/** Root of the upper half of slot 0, from the descriptor's root and the range alone. */
export const jobRoot = (descriptor: Hash, firstTile: number, tileCount: number): Hash => {
  const range = rootOfBytes(encodeRange(firstTile, tileCount), DESCRIPTOR_HEIGHT)
  const page = merkleTree([descriptor, range], 1, DESCRIPTOR_HEIGHT).root
  return padToHeight(page, DESCRIPTOR_HEIGHT + 1, HALF_SLOT_HEIGHT)
}
