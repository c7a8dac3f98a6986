import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigEndian } from '../commitments/bytes.ts'
import { keccak, type StateRoot } from '../commitments/hash.ts'
import { accept } from '../result.ts'
import { opponentOf, type Party } from './clocks.ts'
import { begin, move, segmentAt, timeout } from './dispute.ts'
import { openSegment, type Position, segmentLength } from './position.ts'
import type { ReplyOutcome } from './reply.ts'

const positions: fc.Arbitrary<Position> = fc
  .record({
    segments: fc.integer({ min: 1, max: 9 }),
    spare: fc.nat({ max: 100 }),
    first: fc.nat({ max: 50 }),
  })
  .map(({ segments, spare, first }) => ({
    phase: 1,
    length: segments + spare,
    roots: Array.from({ length: segments + 1 }, (_, i): StateRoot => keccak(bigEndian(i, 4))),
    at: [3, first],
  }))

/** Rationale: whoever explores or plays from a trace must dispute the very segment that the chain opens. */
test('DISPUTE-1 a picked segment has the roots and the length of its opening, and starts where those before it end', () => {
  fc.assert(
    fc.property(positions, (position) => {
      let start = position.at[1]!
      for (let picked = 0; picked < position.roots.length - 1; picked++) {
        const opening = openSegment(position, picked)
        const length = segmentLength(opening)
        expect(segmentAt(position, picked)).toEqual({
          phase: position.phase,
          length,
          start: opening.start,
          end: opening.end,
          at: [3, start],
        })
        start += length
      }
      expect(start).toBe(position.at[1]! + position.length)
    }),
  )
})

/** Rationale: the service asks for the one whose turn it is by its account; whoever plays a dispute alone has this alone. */
test('DISPUTE-2 only the one whose turn it is moves, in time, and is asked for its reply only then', () => {
  const position = fc.sample(positions, 1)[0]!
  const dispute = begin(position, 10, 100)
  const decided: ReplyOutcome = { kind: 'Decided', moverWins: true }
  let asked = 0
  const outcome = () => {
    asked++
    return accept(decided)
  }
  const by = (mover: Party, now: number) => move(dispute, mover, outcome, now)
  expect(by('asserter', 100)).toEqual({
    ok: false,
    rejection: { reason: 'NotYourTurn', details: { turn: 'challenger' } },
  })
  expect(by('challenger', 111)).toMatchObject({ ok: false, rejection: { reason: 'ClockExpired' } })
  expect(asked).toBe(0)
  expect(by('challenger', 110)).toEqual(accept({ kind: 'Decided', winner: 'challenger', by: 'arbitration' }))
  const over = timeout(dispute, 111)
  expect(over).toEqual(accept({ kind: 'Decided', winner: opponentOf('challenger'), by: 'timeout' }))
  if (!over.ok) return
  for (const again of [move(over.value, 'asserter', outcome, 111), timeout(over.value, 111)])
    expect(again).toMatchObject({ ok: false, rejection: { reason: 'DisputeOver' } })
})
