import { type Bytes, fromBigEndian, type Hex, toHex, wordAt } from '../../../spec/commitments/bytes.ts'
import { asHash, type Hash } from '../../../spec/commitments/hash.ts'
import { LEAF_BYTES } from '../../../spec/commitments/memory.ts'
import { unpackHashes } from '../../../spec/commitments/merkle.ts'
import { decode } from '../../../spec/machine/decode.ts'
import { dataAccess } from '../../../spec/machine/execute.ts'
import { codeOffset, type Program } from '../../../spec/machine/program.ts'
import { decodeProcessor, isStable, PROCESSOR_BYTES } from '../../../spec/machine/state.ts'
import { disassemble } from '../disassemble.ts'
import { type RunStatus, statusName } from './runExecutable.ts'

/** A step's witness, part by part, in the order in which they stand in it; layout: `spec/machine/witness.ts`. */
export interface WitnessParts {
  readonly status: RunStatus
  /** x0, which the witness leaves out, to x31. */
  readonly registers: readonly number[]
  readonly pc: number
  /** Null where nothing is fetched: the machine has ended, or pc is outside the code or misaligned. */
  readonly code: {
    readonly leafIndex: number
    /** Eight words as they stand in memory. */
    readonly leaf: Hex
    /** Lowest first. */
    readonly siblings: readonly Hash[]
    readonly instruction: string
  } | null
  /** Null unless the instruction loads or stores. */
  readonly data: {
    readonly leafIndex: number
    readonly leaf: Hex
    /** Bit i is set where the sibling at level i is given; the others are roots of empty trees. */
    readonly bitmap: number
    /** Those that are given, lowest first. */
    readonly siblings: readonly Hash[]
  } | null
  /** Null where the memory's root comes out of the proof of `data`. */
  readonly memoryRoot: Hash | null
}

/** Takes apart the witness of a step of this program; it must be one. */
export const witnessParts = (
  { codeBase, codeHeight }: Pick<Program, 'codeBase' | 'codeHeight'>,
  witness: Bytes,
): WitnessParts => {
  const processor = decodeProcessor(witness.subarray(0, PROCESSOR_BYTES))
  const { registers, pc } = processor
  const head = { status: statusName(processor), registers, pc }
  const offset = codeOffset(codeBase, codeHeight, pc)
  if (isStable(processor) || offset === undefined)
    return { ...head, code: null, data: null, memoryRoot: asHash(witness.subarray(PROCESSOR_BYTES)) }

  const siblingsAt = PROCESSOR_BYTES + LEAF_BYTES
  const dataAt = siblingsAt + 32 * codeHeight
  const codeLeaf = witness.subarray(PROCESSOR_BYTES, siblingsAt)
  const word = wordAt(codeLeaf, offset % LEAF_BYTES)
  const code = {
    leafIndex: Math.floor(offset / LEAF_BYTES),
    leaf: toHex(codeLeaf),
    siblings: unpackHashes(witness.subarray(siblingsAt, dataAt)),
    instruction: disassemble(word, pc),
  }
  const access = dataAccess(decode(word), registers)
  if (access === undefined) return { ...head, code, data: null, memoryRoot: asHash(witness.subarray(dataAt)) }

  const bitmapAt = dataAt + LEAF_BYTES
  const data = {
    leafIndex: access.leafIndex,
    leaf: toHex(witness.subarray(dataAt, bitmapAt)),
    bitmap: Number(fromBigEndian(witness.subarray(bitmapAt, bitmapAt + 4))),
    siblings: unpackHashes(witness.subarray(bitmapAt + 4)),
  }
  return { ...head, code, data, memoryRoot: null }
}
