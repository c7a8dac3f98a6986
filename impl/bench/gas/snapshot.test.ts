import { describe, expect, test } from 'vitest'
import { measureGas } from './gasBench.ts'
import type { GasFigures } from './gasFigures.ts'
import { flatten, readSnapshot, rises } from './snapshot.ts'

/** What whole transactions may cost at the most, by the names of `flatten`; of disputes, from the opening to the verdict. */
const MOST: Readonly<Record<string, number>> = {
  'step.alu': 46_000,
  'step.load': 62_000,
  'step.store': 62_000,
  'move.16': 56_000,
  'descend.graph/vm': 110_000,
  'descend.graph/tile': 110_000,
  'descend.tile/vm': 110_000,
  'descend.loop/graph': 110_000,
  'disputes.mnist k=1.gas': 400_000,
  'disputes.mnist k=2.gas': 430_000,
  'disputes.toy k=4.gas': 1_000_000,
}

/** ... and any single one. */
const MOST_OF_ANY = 1_000_000

/** What a transaction costs before it does anything. */
const LEAST_OF_ANY = 21_000

/** The figures, all of them so much lower. */
const lowered = (figures: GasFigures, by: number): GasFigures =>
  JSON.parse(JSON.stringify(figures), (_, value) =>
    typeof value === 'number' && value >= LEAST_OF_ANY ? Math.floor(value * by) : value,
  )

const singles = (figures: GasFigures): readonly (readonly [string, number])[] =>
  [...flatten(figures)].filter(([name]) => !name.startsWith('disputes.'))

describe('gas', () => {
  // Rationale: the honest side pays for every move, so that what it costs decides what a bond must be; a rise that
  // nobody looked at would make bonds too small.
  test('GAS-3 no figure rises by more than 1% unless it is committed: npm run bench -- gas --write', async () => {
    const [committed, measured] = [readSnapshot(), await measureGas(() => {})]
    expect(rises(committed, measured)).toEqual([])
    const figures = flatten(measured)
    for (const [name, most] of Object.entries(MOST))
      expect([name, figures.get(name)! <= most]).toEqual([name, true])
    for (const [name, gas] of singles(measured)) {
      expect([name, gas < MOST_OF_ANY]).toEqual([name, true])
      expect([name, gas > LEAST_OF_ANY]).toEqual([name, true])
    }
    for (const model of ['mnist', 'toy', 'llama'])
      expect(measured.disputes.some(({ name }) => name.includes(model))).toBe(true)
  }, 240_000)

  // Rationale: a comparison that sees nothing would let every rise pass.
  test('GAS-4 a rise beyond the tolerance, a figure that came and one that went are told by name', () => {
    const figures = readSnapshot()
    const { '2': two, ...others } = figures.move
    expect(rises(figures, { ...figures, open: Math.ceil(figures.open * 1.02) })).toEqual([
      expect.stringMatching(/^open rose from \d+ to \d+, by 2\.0%$/),
    ])
    expect(rises(figures, { ...figures, open: Math.floor(figures.open * 1.005) })).toEqual([])
    expect(rises(figures, { ...figures, open: figures.open - 5000 })).toEqual([])
    expect(rises(figures, { ...figures, move: others })).toEqual([`move.2 is gone: it was ${two}`])
    expect(rises({ ...figures, move: others }, figures)).toEqual([`move.2 is new: ${two}`])
    // Each figure is looked at, wherever it stands.
    for (const [name, gas] of flatten(figures))
      if (!name.endsWith('.transactions'))
        expect([
          name,
          rises(lowered(figures, 0.97), figures).some((rise) => rise.startsWith(`${name} rose`)),
        ]).toEqual([name, gas > 0])
  })
})
