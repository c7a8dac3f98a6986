import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import { HASHED_POSITIONS, type Opening, type Position } from '../../spec/game/position.ts'
import { SEEN_POSITIONS } from './seenPositions.ts'

const rootOf = (seed: number): StateRoot => keccak(bigEndian(seed, 4))

const positions = fc
  .record({
    phase: fc.nat({ max: 3 }),
    segments: fc.integer({ min: 1, max: 20 }),
    spare: fc.nat({ max: 50 }),
  })
  .map(
    ({ phase, segments, spare }): Position => ({
      phase,
      length: segments + spare,
      roots: Array.from({ length: segments + 1 }, (_, i) => rootOf(i)),
      at: [0],
    }),
  )

const damage: fc.Arbitrary<Partial<Opening>> = fc.oneof(
  fc.constant({}),
  fc.record({ phase: fc.nat({ max: 3 }) }),
  fc.record({ length: fc.nat({ max: 70 }) }),
  fc.record({ segments: fc.nat({ max: 21 }) }),
  fc.record({ segment: fc.constantFrom(-1, 0, 0.5, 1, 2, 20, 21, 256) }),
  fc.record({ start: fc.nat({ max: 21 }).map(rootOf) }),
  fc.record({ end: fc.nat({ max: 21 }).map(rootOf) }),
)

// Rationale: simulated disputes are played without trees; a move must be bound to what it answers as on the chain.
test('SEEN-1 an opening is taken or refused by the position itself as it is by the position’s hash', () => {
  const reached = { taken: 0, refused: 0 }
  fc.assert(
    fc.property(
      positions,
      positions,
      fc.nat({ max: 9 }),
      fc.nat(),
      damage,
      (shown, other, isOther, choice, damaged) => {
        const segment = choice % (shown.roots.length - 1)
        const held = isOther === 0 ? other : shown
        const [hashed, seen] = [HASHED_POSITIONS, SEEN_POSITIONS].map((rules) =>
          rules.opens({ ...rules.open(shown, segment), ...damaged }, held),
        )
        expect(seen!.ok).toBe(hashed!.ok)
        if (!seen!.ok && !hashed!.ok) expect(seen!.rejection.reason).toBe(hashed!.rejection.reason)
        reached[seen!.ok ? 'taken' : 'refused']++
      },
    ),
    { numRuns: 600 },
  )
  expect(Math.min(reached.taken, reached.refused)).toBeGreaterThan(100)
})
