import { expect, test } from 'vitest'
import { BLOCK_SECONDS } from '../sim/worlds/world.ts'
import { burnedShare } from '../spec/setting/parameters.ts'
import { chronicle } from './chronicle.ts'
import { played, withRefusal } from './played.fixture.ts'

// Rationale: the table of moves is read as evidence, so each row must say what the game itself says.
test('REPORT-1 rows of a real run tell caller, phase, segment and clock of every call', async () => {
  const record = await played('mnist-wrong-logit')
  const rows = chronicle(record)
  expect(rows.map(({ entry, name, phase }) => [entry.actor, name, phase])).toEqual([
    ['requester', 'request', undefined],
    ['sam', 'claim', undefined],
    ['vera', 'open', 'graph'],
    ['sam', 'descend', 'graph'],
    ['vera', 'dissect', 'vm'],
    ['sam', 'dissect', 'vm'],
    ['vera', 'dissect', 'vm'],
    ['sam', 'arbitrate', 'vm'],
    ['vera', 'withdraw', undefined],
    ['requester', 'expire', undefined],
    ['requester', 'withdraw', undefined],
  ])
  // Opening takes none of the challenger's time; each later move costs its side the one block that it took.
  const whole = 3600 + 600
  expect(rows.flatMap(({ clockLeft }) => (clockLeft === undefined ? [] : [whole - clockLeft]))).toEqual(
    [0, 1, 1, 2, 2, 3].map((blocks) => blocks * BLOCK_SECONDS),
  )
  expect(rows.map(({ sinceStart }) => sinceStart).slice(0, 3)).toEqual([0, BLOCK_SECONDS, 2 * BLOCK_SECONDS])
  const { parameters } = record.start
  expect(rows.at(-1)!.after.burnedWei).toBe(
    burnedShare(parameters, parameters.claimBondWei) + burnedShare(parameters, parameters.disputeBondWei),
  )
})

// Rationale: a segment is an absolute range of steps; relative to the last vector it would tell a reader nothing.
test('REPORT-2 segments are absolute: each lies within the one before, down to a single step', async () => {
  for (const name of ['mnist-wrong-logit', 'mnist-one-phase', 'mnist-frivolous-challenge']) {
    const segments = chronicle(await played(name)).flatMap(({ segment }) => (segment ? [segment] : []))
    expect(segments.length).toBeGreaterThan(3)
    segments.slice(1).forEach(({ phase, at, length }, i) => {
      const outer = segments[i]!
      const first = at[outer.phase]! - outer.at[outer.phase]!
      expect(at.slice(0, outer.phase)).toEqual(outer.at.slice(0, outer.phase))
      expect(first).toBeGreaterThanOrEqual(0)
      if (phase === outer.phase) expect(first + length).toBeLessThanOrEqual(outer.length)
    })
    expect(segments.at(-1)!.length).toBe(1)
  }
})

// Rationale: refusals are part of a story, and must not be mistaken for moves.
test('REPORT-3 a refused call stands in its place, and changes nothing', async () => {
  const record = await played('mnist-honest')
  const [refused, ...others] = chronicle(withRefusal(record))
  expect(refused).toMatchObject({ name: 'withdraw', segment: undefined, clockLeft: undefined })
  expect(refused!.entry.outcome).toBe('NothingToWithdraw')
  expect(refused!.after).toBe(refused!.before)
  expect(others.map(({ after }) => after)).toEqual(chronicle(record).map(({ after }) => after))
})

// Rationale: a page on a journal that the specification does not confirm would be a lie in good print.
test('REPORT-4 a journal whose outcomes are not those of the specification is not told', async () => {
  const record = await played('mnist-honest')
  const journal = record.story.journal.map((entry, i) =>
    i === 1 ? { ...entry, outcome: 'TaskExpired' as const } : entry,
  )
  expect(() => chronicle({ ...record, story: { ...record.story, journal } })).toThrow(
    /call 1 was TaskExpired/,
  )
})
