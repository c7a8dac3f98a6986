import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownNodes } from '../checks/properties/illegalMoves.ts'
import { bigEndian } from '../commitments/bytes.ts'
import { keccak, type StateRoot, ZERO_HASH } from '../commitments/hash.ts'
import {
  cutPoints,
  openSegment,
  opens,
  positionHash,
  segmentLength,
  vectorHeight,
  vectorTree,
} from './position.ts'

const rootOf = (seed: number): StateRoot => keccak(bigEndian(seed, 4))

const positions = fc
  .record({
    phase: fc.nat({ max: 3 }),
    segments: fc.integer({ min: 1, max: 64 }),
    spare: fc.nat({ max: 1000 }),
  })
  .map(({ phase, segments, spare }) => ({
    phase,
    length: segments + spare,
    roots: Array.from({ length: segments + 1 }, (_, i) => rootOf(i)),
    at: [0],
  }))

/** Rationale: what is opened is what was posted; the lengths of the segments are those of the run. */
test('POSITION-1 every segment opens, and their lengths sum to the run', () => {
  fc.assert(
    fc.property(positions, (position) => {
      const hash = positionHash(position)
      const openings = position.roots.slice(1).map((_, segment) => openSegment(position, segment))
      for (const opening of openings) expect(opens(opening, hash).ok).toBe(true)
      const lengths = openings.map(segmentLength)
      expect(lengths.every((length) => length >= 1)).toBe(true)
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(position.length)
      expect(cutPoints(position.length, lengths.length).at(-1)).toBe(position.length)
    }),
  )
})

/**
 * Rationale: the tree is padded with zeros behind the last segment. One from the last root into the padding would have a
 * true start and a false end, and lie outside the run.
 */
test('POSITION-2 no segment opens into the padding behind the vector', () => {
  let tried = 0
  fc.assert(
    fc.property(positions, (position) => {
      const { roots } = position
      const tree = vectorTree(roots)
      const zero = ZERO_HASH as unknown as StateRoot
      for (let segment = roots.length - 1; segment < 2 ** vectorHeight(roots.length - 1); segment++)
        for (const [start, end] of [
          [roots.at(-1)!, zero],
          [zero, zero],
        ] as const) {
          const opening = { ...openSegment(position, 0), segment, start, end, siblings: tree.path(segment) }
          expect(opens(opening, positionHash(position)).ok).toBe(false)
          tried++
        }
    }),
  )
  expect(tried).toBeGreaterThan(0)
})

/**
 * Rationale: the hash takes a byte of the phase and six of the length. A number that agrees with the true one in those
 * bytes must not open the position, and one that no bytes can hold must be refused, not thrown at.
 */
test('POSITION-3 a number that does not fit its field opens nothing', () => {
  fc.assert(
    fc.property(positions, fc.nat(), (position, which) => {
      const opening = openSegment(position, which % (position.roots.length - 1))
      const hash = positionHash(position)
      const { phase, length, segments, segment } = opening
      for (const other of [
        { phase: phase + 256 },
        { phase: phase - 256 },
        { length: length + 2 ** 48 },
        { length: length - 2 ** 48 },
        { segments: segments + 256 },
        { segments: segments + 0.5 },
        { segment: segment + 0.5 },
        { segment: -1 },
        { segment: segments },
        { phase: 0.5 },
        { phase: Number.NaN },
        { length: Number.POSITIVE_INFINITY },
        { segments: Number.NaN },
        { segment: Number.NaN },
      ])
        expect(opens({ ...opening, ...other }, hash).ok).toBe(false)
    }),
  )
})

/** Rationale: a root is binding only together with its neighbour; were they bound apart, a segment could be made up. */
test('POSITION-4 two roots of a vector that are no neighbours, or siblings too few or too many, open nothing', () => {
  fc.assert(
    fc.property(positions, fc.nat(), fc.nat(), (position, which, other) => {
      const { roots } = position
      const opening = openSegment(position, which % (roots.length - 1))
      const hash = positionHash(position)
      const [start, end] = [roots[other % roots.length]!, roots[which % roots.length]!]
      if (start !== opening.start || end !== opening.end)
        expect(opens({ ...opening, start, end }, hash).ok).toBe(false)
      expect(opens({ ...opening, siblings: [...opening.siblings, ZERO_HASH] }, hash).ok).toBe(false)
      if (opening.siblings.length > 0)
        expect(opens({ ...opening, siblings: opening.siblings.slice(1) }, hash).ok).toBe(false)
    }),
  )
})

/** Rationale: two neighbouring leaves are two hashes whose hash stands in the tree, as a segment's two roots are. */
test('POSITION-5 a pair of the tree’s own nodes opens nothing as the roots of a segment', () => {
  const wide = positions.filter(({ roots }) => roots.length > 2)
  fc.assert(
    fc.property(wide, fc.nat(), (position, which) => {
      const { roots } = position
      const opening = openSegment(position, which % (roots.length - 1))
      expect(opens({ ...opening, ...ownNodes(opening)! }, positionHash(position)).ok).toBe(false)
    }),
  )
})
