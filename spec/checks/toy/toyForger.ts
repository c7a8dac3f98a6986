import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import { type Hash, keccak, type StateRoot, ZERO_HASH } from '../../commitments/hash.ts'
import { EMPTY_MEMORY, SLOT_COUNT, SLOTS_HEIGHT } from '../../commitments/memory.ts'
import { merkleTree, packHashes } from '../../commitments/merkle.ts'
import { cutPoints, openSegment, segmentCount, segmentLength, segmentStart } from '../../game/position.ts'
import type { Reply } from '../../game/reply.ts'
import { EXITED, encodeState, initialState, RUNNING } from '../../machine/state.ts'
import type { Result } from '../../result.ts'
import { traceAt } from '../../strategies/honest.ts'
import type { Model } from '../../tower/model.ts'
import { openNode } from '../../tower/phases/nodeOpening.ts'
import { openTile } from '../../tower/phases/tile.ts'
import { machineEndWitness } from '../../tower/phases/vm.ts'
import type { DescentRules, Trace } from '../../tower/tower.ts'
import { towerRules } from '../../tower/towerRules.ts'
import type { Choose, Forge } from '../properties/adversary.ts'

/**
 * Any reply on the shipped phases, of somebody who knows the whole truth and is bound by the rules alone: roots that
 * are true, true elsewhere or nobody's, runs below of any length that the rules take, and their ends made up and opened
 * as a witness must. A made-up end is put behind the true opening of the pre-state, so that it is the agreed one.
 */
type ForgeEnd = (choose: Choose, length: number, model: Model) => Bytes

const anyHash = <Kind extends Hash>(choose: Choose): Kind =>
  keccak(bigEndian(choose(2 ** 40), 6), bigEndian(choose(2 ** 40), 6))

const anyHashes = (choose: Choose, count: number): Hash[] =>
  Array.from({ length: count }, () => anyHash(choose))

/** Any memory; stable, or cut off at the step limit. */
const machineEnd: ForgeEnd = (choose, length, { stepLimit, program }) => {
  const slots = anyHashes(choose, SLOT_COUNT)
  const status = length === stepLimit && choose(2) === 0 ? RUNNING : EXITED
  const processor = { ...initialState(program.entry, EMPTY_MEMORY), status }
  return machineEndWitness(encodeState(merkleTree(slots, SLOTS_HEIGHT).root, processor), slots)
}

/** What stands for the end of the run in a witness, by the phase below: the values' two halves, an output, a machine. */
const ENDS: Readonly<Record<'graph' | 'tile' | 'vm', ForgeEnd>> = {
  graph: (choose) => packHashes(anyHashes(choose, 2)),
  tile: (choose) => packHashes(anyHashes(choose, 1)),
  vm: machineEnd,
}

/** How many bytes of a true witness open the pre-state, by the phase above. */
const OPENING_BYTES: Readonly<
  Record<'loop' | 'graph' | 'tile', (model: Model, pre: StateRoot, witness: Bytes) => number>
> = {
  loop: () => 4 + 32,
  graph: (model, pre, witness) => endOf(openNode(model, pre, witness)),
  tile: (_, pre, witness) => endOf(openTile(pre, witness)),
}

const endOf = (opened: Result<{ readonly end: number }>): number => {
  if (!opened.ok) throw new Error(opened.rejection.reason)
  return opened.value.end
}

/** The end that a witness opens, as the rules say when they refuse any other; undefined where they refuse it otherwise. */
const endIn = (
  joint: DescentRules,
  pre: StateRoot,
  length: number,
  witness: Bytes,
): StateRoot | undefined => {
  const exited = joint.exitRoot(pre, ZERO_HASH as unknown as StateRoot, length, witness)
  return !exited.ok && exited.rejection.reason === 'EndMismatch'
    ? (exited.rejection.details['actual'] as StateRoot)
    : undefined
}

/** @param truth the true run of the top phase; a segment that does not start in it has no reply */
export const toyForger = (model: Model, truth: Trace, arity: number, choose: Choose): Forge => {
  const tower = towerRules(model)
  if (!tower.ok) throw new Error(tower.rejection.reason)
  const joints = tower.value.descents

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

  const descend = (
    trace: Trace & { kind: 'upper' },
    step: number,
    phase: number,
    start: StateRoot,
  ): Reply | undefined => {
    const { below: run, witness: truthful } = trace.descend(step)
    const above = model.phases[phase] as keyof typeof OPENING_BYTES
    const below = model.phases[phase + 1] as keyof typeof ENDS
    const length = below === 'vm' ? 1 + choose(model.stepLimit) : run.length
    const opening = truthful.subarray(0, OPENING_BYTES[above](model, start, truthful))
    const witness = concat(opening, ENDS[below](choose, length, model))
    const end = endIn(joints[phase]!, start, length, witness)
    return end && { kind: 'Descend', length, roots: vector(run, 0, length, end), witness }
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
    if (trace.kind === 'upper') return descend(trace, from, position.phase, opening.start)
    return { kind: 'Arbitrate', witness: trace.stepWitness(from) }
  }
}
