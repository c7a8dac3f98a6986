import { describe, expect, test } from 'vitest'
import { measureGas } from './gasBench.ts'
import { readSnapshot, rises } from './snapshot.ts'

/** What the calls may cost at the most, and no single transaction more than a million. */
const MOST = {
  'step.alu': 46_000,
  'step.load': 62_000,
  'step.store': 62_000,
} as const

describe('gas', () => {
  // Rationale: the honest side pays for every move, so that what it costs decides what a bond must be; a rise that
  // nobody looked at would make bonds too small.
  test('GAS-1 no figure rises by more than 1% unless it is committed: npm run bench -- gas --write', async () => {
    const [committed, measured] = [readSnapshot(), await measureGas(() => {})]
    expect(rises(committed, measured)).toEqual([])
    const { step, move, descend, open, claim, request, timeout, settle } = measured
    for (const [name, most] of Object.entries(MOST))
      expect([name, step[name.split('.')[1] as keyof typeof step] <= most]).toEqual([name, true])
    const single = [
      ...[step, move, descend].flatMap((group) => Object.values(group)),
      ...[open, claim, request, timeout, settle],
    ]
    expect(Math.max(...single)).toBeLessThan(1_000_000)
    expect(measured.disputes.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['mnist k=1', 'mnist k=2', 'toy k=4', 'llama k=4']),
    )
  }, 240_000)

  test('GAS-2 a rise beyond the tolerance, a figure that came and one that went are told by name', () => {
    const figures = readSnapshot()
    const { '2': two, ...others } = figures.move
    expect(rises(figures, { ...figures, open: Math.ceil(figures.open * 1.02) })).toEqual([
      expect.stringMatching(/^open rose from \d+ to \d+, by 2\.0%$/),
    ])
    expect(rises(figures, { ...figures, open: Math.floor(figures.open * 1.005) })).toEqual([])
    expect(rises(figures, { ...figures, open: figures.open - 5000 })).toEqual([])
    expect(rises(figures, { ...figures, move: others })).toEqual([`move.2 is gone: it was ${two}`])
    expect(rises({ ...figures, move: others }, figures)).toEqual([`move.2 is new: ${two}`])
  })
})
