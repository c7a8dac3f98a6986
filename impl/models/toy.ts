import { MAX_ELEMENTS, type Toy, type ToyDescriptor, toyOf } from '../../spec/checks/toy/toyModel.ts'
import { toySteps } from '../../spec/checks/toy/toyProgram.ts'
import { type Bytes, bigEndian } from '../../spec/commitments/bytes.ts'
import { keccak } from '../../spec/commitments/hash.ts'
import type { PhaseName } from '../../spec/tower/model.ts'

/**
 * Toys by a seed: a chain of nodes, each out[i] = a[i] * w[i] + c over what the one before it left, and the last one adds
 * to a carry slot in place, from which the next iteration goes on. Weights are odd, so that whatever is altered anywhere
 * shows at the end.
 */
export interface ToySize {
  readonly iterations: number
  readonly nodes: number
  /** 1, 2, 4, 8 or 16; of a node. */
  readonly tiles: number
  /** Rounds of two instructions that each run of the machine idles first. */
  readonly idleRounds: number
}

const SMALL: ToySize = { iterations: 3, nodes: 5, tiles: 4, idleRounds: 0 }

const INPUT_SLOT = 0
const RESULT_SLOT = 1
const WEIGHTS = 4

export interface SeededToy {
  readonly toy: Toy
  readonly input: Bytes
}

/** Words in [0, 2^32) from a seed, one after the other. */
const wordsFrom = (seed: number) => {
  let drawn = 0
  return (): number => Number(BigInt(keccak(bigEndian(seed, 7), bigEndian(drawn++, 6))) & 0xffff_ffffn)
}

const tensorOf = (words: readonly number[]): Bytes => new Uint8Array(Uint32Array.from(words).buffer)

export const seededToy = (seed: number, phases: readonly PhaseName[], size: ToySize = SMALL): SeededToy => {
  const word = wordsFrom(seed)
  const words = (shape: (drawn: number) => number) =>
    tensorOf(Array.from({ length: MAX_ELEMENTS }, () => shape(word()) >>> 0))
  // Scratch has a slot for each node, and the carry is as large; it holds input and result besides.
  const carrySlots = 2 ** Math.ceil(Math.log2(Math.max(2, size.nodes)))
  const nodes = Array.from({ length: size.nodes }, (_, node): ToyDescriptor => {
    const isLast = node === size.nodes - 1
    const before = node === 0 ? INPUT_SLOT : carrySlots + node - 1
    return {
      operands: [
        { kind: 'value', index: before },
        { kind: 'weight', index: word() % WEIGHTS },
      ],
      outputSlot: isLast ? RESULT_SLOT : carrySlots + node,
      inPlace: isLast,
      tileCount: size.tiles,
      operatorCode: 1 + (word() % 1000),
      tileElements: MAX_ELEMENTS / size.tiles,
      elements: MAX_ELEMENTS,
      idleRounds: size.idleRounds,
    }
  })
  const odd = (drawn: number) => drawn | 1
  const any = (drawn: number) => drawn
  const toy = toyOf({
    phases,
    nodes,
    weights: Array.from({ length: WEIGHTS }, () => words(odd)),
    carry: Array.from({ length: carrySlots }, (_, slot) =>
      slot === RESULT_SLOT ? words(any) : new Uint8Array(),
    ),
    inputSlot: INPUT_SLOT,
    outputSlot: RESULT_SLOT,
    stepLimit: toySteps(MAX_ELEMENTS, size.idleRounds),
    iterations: size.iterations,
  })
  return { toy, input: words(any) }
}
