import { type Bytes, bigEndian, concat, fromBigEndian, fromHex, wordAt } from '../commitments/bytes.ts'
import { asHash, type Hash, type StateRoot } from '../commitments/hash.ts'
import { LEAF_BYTES, leafPath, MEMORY_HEIGHT, memoryRoot, readLeaf } from '../commitments/memory.ts'
import { climb, packHashes, unpackHashes, zeroRoot } from '../commitments/merkle.ts'
import { accept, type Result, reject } from '../result.ts'
import { decode } from './decode.ts'
import { dataAccess, stepAccess } from './execute.ts'
import { type Code, codeOffset, codeTree, fetchWord, type Program } from './program.ts'
import {
  commitProcessor,
  decodeProcessor,
  encodeProcessor,
  isStable,
  type MachineState,
  PROCESSOR_BYTES,
  type Processor,
} from './state.ts'

/**
 * The witness of one step: what somebody who knows only the program's commitment and the state root needs to compute
 * the root of the next state.
 *
 *   status (1) ‖ x1..x31 (124) ‖ pc (4), then
 *   - machine stable, pc misaligned or pc outside the code tree:
 *       memory root (32)
 *   - else:
 *       code leaf (32) ‖ its siblings (32 each, as many as the code tree is high, lowest first), then
 *       - the instruction is a load or store that accesses the memory:
 *           data leaf (32) ‖ bitmap (4, big-endian) ‖ siblings (32 each, lowest first)
 *           bit i of the bitmap is set where the sibling at level i is given; else it is Z(i)
 *       - else: memory root (32)
 *
 * Which form it is follows from the state and the code, never from the witness's length, and the witness must be
 * consumed exactly. The root of the memory before a load or store comes out of its proof, so it is not sent.
 */

/** What a witness needs to know of a memory; the persistent memory of the spec has it, and so has a fast engine. */
export interface MemoryOpening {
  readonly root: () => Hash
  readonly leaf: (index: number) => Bytes
  /** Siblings of the leaf, 27 of them, lowest first. */
  readonly path: (index: number) => readonly Hash[]
}

const encodeDataProof = (leaf: Bytes, siblings: readonly Hash[]): Bytes => {
  const given = siblings.map((sibling, level) => sibling !== zeroRoot(level))
  const bitmap = given.reduce((bits, isGiven, level) => bits + (isGiven ? 2 ** level : 0), 0)
  return concat(leaf, bigEndian(bitmap, 4), packHashes(siblings.filter((_, level) => given[level])))
}

/** The witness of the step from the state that `processor` and `memory` make up. */
export const witnessOf = (code: Code, processor: Processor, memory: MemoryOpening): Bytes => {
  const head = encodeProcessor(processor)
  const offset = codeOffset(code.base, code.height, processor.pc)
  if (isStable(processor) || offset === undefined) return concat(head, fromHex(memory.root()))
  const tree = codeTree(code)
  const leafIndex = Math.floor(offset / LEAF_BYTES)
  const fetched = concat(head, fromHex(tree.leaf(leafIndex)), packHashes(tree.path(leafIndex)))
  const data = dataAccess(decode(fetchWord(code, processor.pc)!), processor.registers)
  return data === undefined
    ? concat(fetched, fromHex(memory.root()))
    : concat(fetched, encodeDataProof(memory.leaf(data.leafIndex), memory.path(data.leafIndex)))
}

/** The witness of the step from `state`. */
export const stepWitness = (code: Code, state: MachineState): Bytes =>
  witnessOf(code, state, {
    root: () => memoryRoot(state.memory),
    leaf: (index) => readLeaf(state.memory, index),
    path: (index) => leafPath(state.memory, index),
  })

/** The part of a memory that a witness gives: its root, and the root that it has once the leaf is replaced. */
interface OpenedMemory {
  readonly root: Hash
  readonly leaf: Bytes
  readonly rootWith: (leaf: Bytes) => Hash
}

/** A length or a bitmap is `actual` instead of `expected`. */
const malformed = (expected: number, actual: number): Result<never> =>
  reject('WitnessMalformed', { expected, actual })

/** A memory root alone, from `at` to the end of the witness. */
const parseMemoryRoot = (witness: Bytes, at: number): Result<OpenedMemory> => {
  if (witness.length !== at + 32) return malformed(at + 32, witness.length)
  const root = asHash(witness.subarray(at))
  return accept({ root, leaf: new Uint8Array(LEAF_BYTES), rootWith: () => root })
}

const BITMAP_BYTES = 4

/** A leaf with its proof, from `at` to the end of the witness. */
const parseDataProof = (witness: Bytes, at: number, leafIndex: number): Result<OpenedMemory> => {
  const siblingsAt = at + LEAF_BYTES + BITMAP_BYTES
  if (witness.length < siblingsAt) return malformed(siblingsAt, witness.length)
  const leaf = witness.subarray(at, at + LEAF_BYTES)
  const bitmap = Number(fromBigEndian(witness.subarray(at + LEAF_BYTES, siblingsAt)))
  if (bitmap >= 2 ** MEMORY_HEIGHT) return malformed(bitmap % 2 ** MEMORY_HEIGHT, bitmap)
  const isGiven = (level: number): boolean => ((bitmap >>> level) & 1) === 1
  const levels = Array.from({ length: MEMORY_HEIGHT }, (_, level) => level)
  const end = siblingsAt + 32 * levels.filter(isGiven).length
  if (witness.length !== end) return malformed(end, witness.length)
  const given = unpackHashes(witness.subarray(siblingsAt))[Symbol.iterator]()
  const siblings = levels.map((level) => (isGiven(level) ? given.next().value! : zeroRoot(level)))
  const rootWith = (replaced: Bytes): Hash => climb(asHash(replaced), leafIndex, siblings)!
  return accept({ root: rootWith(leaf), leaf, rootWith })
}

/** Runs the step over what the witness gives, once that proves to be the pre-state. */
const replay = (
  pre: StateRoot,
  processor: Processor,
  word: number | undefined,
  memory: Result<OpenedMemory>,
): Result<StateRoot> => {
  if (!memory.ok) return memory
  const { root, leaf, rootWith } = memory.value
  const witnessed = commitProcessor(root, processor)
  if (witnessed !== pre) return reject('PreStateMismatch', { expected: pre, actual: witnessed })
  const transition = stepAccess({ processor, fetch: () => word, readLeaf: () => leaf })
  const postMemory = transition.store ? rootWith(transition.store.leaf) : root
  return accept(commitProcessor(postMemory, transition.processor))
}

/**
 * The root of the state after `pre`, by one step of `program`. Refusals: `WitnessMalformed` (wrong length or
 * bitmap), `CodeMismatch` (its code is not the program's), `PreStateMismatch` (its state is not `pre`).
 */
export const stepRoot = (
  program: Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'>,
  pre: StateRoot,
  witness: Bytes,
): Result<StateRoot> => {
  if (witness.length < PROCESSOR_BYTES) return malformed(PROCESSOR_BYTES, witness.length)
  const processor = decodeProcessor(witness.subarray(0, PROCESSOR_BYTES))
  const offset = codeOffset(program.codeBase, program.codeHeight, processor.pc)
  if (isStable(processor) || offset === undefined) {
    return replay(pre, processor, undefined, parseMemoryRoot(witness, PROCESSOR_BYTES))
  }

  const siblingsAt = PROCESSOR_BYTES + LEAF_BYTES
  const dataAt = siblingsAt + 32 * program.codeHeight
  if (witness.length < dataAt) return malformed(dataAt, witness.length)
  const codeLeaf = witness.subarray(PROCESSOR_BYTES, siblingsAt)
  const siblings = unpackHashes(witness.subarray(siblingsAt, dataAt))
  const codeRoot = climb(asHash(codeLeaf), Math.floor(offset / LEAF_BYTES), siblings)
  if (codeRoot !== program.codeRoot) {
    return reject('CodeMismatch', { expected: program.codeRoot, actual: codeRoot })
  }

  const word = wordAt(codeLeaf, offset % LEAF_BYTES)
  const data = dataAccess(decode(word), processor.registers)
  const memory =
    data === undefined ? parseMemoryRoot(witness, dataAt) : parseDataProof(witness, dataAt, data.leafIndex)
  return replay(pre, processor, word, memory)
}
