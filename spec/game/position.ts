import { bigEndian, isUint } from '../commitments/bytes.ts'
import { type Hash, keccak, type MerkleRoot, type StateRoot, ZERO_HASH } from '../commitments/hash.ts'
import { climb, join, merkleTree } from '../commitments/merkle.ts'
import { accept, type Result, reject } from '../result.ts'
import type { TowerRules } from '../tower/tower.ts'

/**
 * A position of the game: a run of `length` steps of one phase and a vector of state roots at its cut points, posted
 * by the party that is not to move. The first root is the start, which both accept; the last is the end, which the
 * one to move disputes.
 *
 * The chain keeps the position's hash alone. Whoever replies opens two neighbouring roots against it, and so binds
 * the move to the position that it replies to: phase, length and vector. After a reorganisation that put another vector
 * there, the same move proves nothing.
 */
export interface Position {
  /** Index into the tower's phases, 0 the coarsest. */
  readonly phase: number
  /** Steps of the run, at least 1. */
  readonly length: number
  /** Roots at the cut points, `segmentCount + 1` of them. */
  readonly roots: readonly StateRoot[]
  /**
   * Where the run starts: for each phase above, the step that was descended into, and for this one the step of its
   * first root. It follows from the moves so far; the chain does not need it, whoever plays from a trace does.
   */
  readonly at: readonly number[]
}

/** Number of segments of a vector over a run of `length` steps. */
export const segmentCount = (length: number, arity: number): number => Math.min(arity, length)

/** Cut point i of m over a run of `length` steps: floor(i * length / m), exact below 2^48: nothing here is larger than the length. */
export const cutPoint = (i: number, length: number, segments: number): number =>
  i * Math.floor(length / segments) + Math.floor((i * (length % segments)) / segments)

/** All cut points of a vector over a run of `length` steps from step `from` on, both ends included. */
export const cutPoints = (length: number, segments: number, from = 0): readonly number[] => {
  const points: number[] = []
  for (let i = 0; i <= segments; i++) points.push(from + cutPoint(i, length, segments))
  return points
}

/** Height of the tree over the segments of a vector. */
export const vectorHeight = (segments: number): number => Math.ceil(Math.log2(segments))

/** The tree over a vector's segments; a leaf is keccak(root at its start, root at its end). */
export const vectorTree = (roots: readonly StateRoot[]) => {
  const segments = roots.slice(1).map((end, i) => join(roots[i]!, end))
  return merkleTree(segments, vectorHeight(segments.length))
}

const hashOf = (phase: number, length: number, segments: number, vector: MerkleRoot): Hash =>
  keccak(bigEndian(phase, 1), bigEndian(length, 6), bigEndian(segments, 1), vector)

/** keccak(phase as 1 byte, length as 6, segments as 1, root of the vector): what the chain keeps. */
export const positionHash = ({ phase, length, roots }: Omit<Position, 'at'>): Hash =>
  hashOf(phase, length, roots.length - 1, vectorTree(roots).root)

/** One segment of a position, opened against its hash. */
export interface Opening {
  readonly phase: number
  readonly length: number
  /** Segments of the vector. */
  readonly segments: number
  /** Index of the segment picked. */
  readonly segment: number
  /** Root at the segment's start, which the mover accepts. */
  readonly start: StateRoot
  /** Root at the segment's end, which the mover disputes. */
  readonly end: StateRoot
  /** Siblings of the segment in the vector's tree. */
  readonly siblings: readonly Hash[]
}

export const openSegment = (position: Position, segment: number): Opening => ({
  phase: position.phase,
  length: position.length,
  segments: position.roots.length - 1,
  segment,
  start: position.roots[segment]!,
  end: position.roots[segment + 1]!,
  siblings: vectorTree(position.roots).path(segment),
})

/** Refuses an opening of any other position than the one that hashes to `expected`. */
export const opens = (opening: Opening, expected: Hash): Result<null> => {
  const { phase, length, segments, segment, start, end, siblings } = opening
  const fits =
    isUint(phase, 8) && isUint(length, 48) && isUint(segments, 8) && isUint(segment, 8) && segment < segments
  const isOfTree = fits && siblings.length === vectorHeight(segments)
  const vector = isOfTree ? climb(join(start, end), segment, siblings) : undefined
  const actual = vector === undefined ? ZERO_HASH : hashOf(phase, length, segments, vector)
  return actual === expected ? accept(null) : reject('StateMismatch', { expected, actual })
}

/**
 * How the moves of a tower's games are bound to what they reply to: what a mover shows of the position, and what is refused
 * of that. On the chain by the position's hash; a tower whose roots are no hashes may look at the position itself.
 */
export interface PositionRules {
  readonly open: (position: Position, segment: number) => Opening
  readonly opens: (opening: Opening, position: Position) => Result<null>
}

export const HASHED_POSITIONS: PositionRules = {
  open: openSegment,
  opens: (opening, position) => opens(opening, positionHash(position)),
}

/** All that a game is played by. */
export interface GameRules extends TowerRules {
  /** `HASHED_POSITIONS` where absent. */
  readonly positions?: PositionRules
}

export const positionRules = ({ positions = HASHED_POSITIONS }: GameRules): PositionRules => positions

/** Where a segment of a run that starts at `at` starts itself. */
export const segmentStart = (at: readonly number[], length: number, segments: number, segment: number) => [
  ...at.slice(0, -1),
  at.at(-1)! + cutPoint(segment, length, segments),
]

/** Steps of the opened segment. */
export const segmentLength = ({ length, segments, segment }: Opening): number =>
  cutPoint(segment + 1, length, segments) - cutPoint(segment, length, segments)
