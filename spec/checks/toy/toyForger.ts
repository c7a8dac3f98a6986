import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import { type Hash, keccak, type StateRoot } from '../../commitments/hash.ts'
import { EMPTY_MEMORY, SLOT_COUNT, SLOTS_HEIGHT } from '../../commitments/memory.ts'
import { join, merkleTree, packHashes } from '../../commitments/merkle.ts'
import { cutPoints, openSegment, segmentCount, segmentLength, segmentStart } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import { EXITED, encodeState, initialState, RUNNING } from '../../machine/state.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Model } from '../../tower/model.ts'
import { nodeOpeningBytes } from '../../tower/phases/graph.ts'
import { MACHINE_END_BYTES, machineEndWitness } from '../../tower/phases/vm.ts'
import type { Trace } from '../../tower/tower.ts'
import type { Choose, Forge } from '../properties/adversary.ts'

/**
 * Any answer on the shipped phases, of somebody who knows the whole truth and is bound by the rules alone: roots that
 * are true, true elsewhere or nobody's, runs below of any length that the rules take, and their ends made up and opened
 * as a witness must. A made-up end is spliced into the true run's witness, so that the pre-state is the agreed one.
 */
interface End {
  readonly root: StateRoot
  /** What stands for it in the witness of leaving the run. */
  readonly opening: Bytes
}

type ForgeEnd = (choose: Choose, length: number, model: Model) => End

const anyHash = <Kind extends Hash>(choose: Choose): Kind =>
  keccak(bigEndian(choose(2 ** 40), 6), bigEndian(choose(2 ** 40), 6))

/** The values' two halves, after all nodes. */
const graphEnd: ForgeEnd = (choose, length) => {
  const halves = [anyHash(choose), anyHash(choose)] as const
  return { root: keccak(bigEndian(length, 4), join(...halves)), opening: packHashes(halves) }
}

/** Any output over any job, after all tiles. */
const tileEnd: ForgeEnd = (choose, length) => {
  const parts = [anyHash(choose), anyHash(choose)]
  return { root: keccak(bigEndian(length, 4), ...parts), opening: packHashes(parts) }
}

/** Any memory; stable, or cut off at the step limit. */
const machineEnd: ForgeEnd = (choose, length, { stepLimit, program }) => {
  const slots = Array.from({ length: SLOT_COUNT }, () => anyHash(choose))
  const status = length === stepLimit && choose(2) === 0 ? RUNNING : EXITED
  const processor = { ...initialState(program.entry, EMPTY_MEMORY), status }
  const preimage = encodeState(merkleTree(slots, SLOTS_HEIGHT).root, processor)
  return { root: keccak(preimage), opening: machineEndWitness(preimage, slots) }
}

const OPENING_BYTES = { loop: () => 4 + 32, graph: nodeOpeningBytes, tile: () => 4 + 32 + 32 } as const

/** By the phase below: its end, and how many bytes of the witness of leaving it stand for that. */
const ENDS = {
  graph: { forge: graphEnd, bytes: 2 * 32 },
  tile: { forge: tileEnd, bytes: 2 * 32 },
  vm: { forge: machineEnd, bytes: MACHINE_END_BYTES },
} as const

/** @param truth the true run of the top phase; a segment that does not start in it has no answer */
export const toyForger = (model: Model, truth: Trace, arity: number, choose: Choose): Forge => {
  const anyRoot = (trace: Trace, step: number): StateRoot => {
    const kind = choose(6)
    if (kind < 3) return trace.rootsAt([step])[0]!
    if (kind === 3) return trace.rootsAt([choose(step + 2)])[0]!
    return anyHash(choose)
  }

  /** Roots at the cut points of `length` steps from `from`, the last of them `last`. */
  const vector = (trace: Trace, from: number, length: number, last: StateRoot): StateRoot[] => [
    ...cutPoints(length, segmentCount(length, arity))
      .slice(1, -1)
      .map((point) => anyRoot(trace, from + point)),
    last,
  ]

  const descend = (trace: Trace & { kind: 'upper' }, step: number, phase: number): Reply => {
    const [above, below] = [
      model.phases[phase] as keyof typeof OPENING_BYTES,
      model.phases[phase + 1] as keyof typeof ENDS,
    ]
    const { below: run, enterWitness, exitWitness } = trace.descend(step)
    const length = below === 'vm' ? 1 + choose(model.stepLimit) : run.length
    const { forge, bytes } = ENDS[below]
    const end = forge(choose, length, model)
    const at = OPENING_BYTES[above](model)
    return {
      kind: 'Descend',
      length,
      roots: vector(run, 0, length, end.root),
      enterWitness,
      exitWitness: concat(exitWitness.subarray(0, at), end.opening, exitWitness.subarray(at + bytes)),
    }
  }

  return (position, segment) => {
    const opening = openSegment(position, segment)
    const at = segmentStart(position.at, position.length, opening.segments, segment)
    const [trace, from, length] = [traceAt(truth, at), at.at(-1)!, segmentLength(opening)]
    if (trace.rootsAt([from])[0] !== opening.start) return undefined
    if (length > 1) {
      const own = anyRoot(trace, from + length)
      const last = own === opening.end ? anyHash<StateRoot>(choose) : own
      return { kind: 'Dissect', roots: vector(trace, from, length, last) }
    }
    if (trace.kind === 'upper') return descend(trace, from, position.phase)
    return { kind: 'Arbitrate', witness: trace.stepWitness(from) }
  }
}
