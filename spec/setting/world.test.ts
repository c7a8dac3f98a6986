import { expect, test } from 'vitest'
import { maxMoves } from '../game/bounds.ts'
import type { Parameters } from './parameters.ts'
import { timeFaults } from './world.ts'

const PARAMETERS: Parameters = {
  arity: 2,
  clockSeconds: 1,
  descentSeconds: 0,
  windowSeconds: 1,
  claimBondWei: 1000n,
  disputeBondWei: 1000n,
  burnBasisPoints: 5000,
  disputesAtOnce: 1,
  mostMoves: 1,
  inclusionSeconds: 12,
}

const leastOf = (
  parameters: Partial<Parameters>,
  lengths: readonly number[],
  inclusionSeconds: number,
  recomputeSeconds: readonly number[],
) =>
  Object.fromEntries(
    timeFaults(
      { parameters: { ...PARAMETERS, ...parameters }, lengths },
      { inclusionSeconds, recomputeSeconds },
    ).map(({ parameter, leastSeconds }) => [parameter, leastSeconds]),
  )

/** Rationale: a clock that covers every second move of the longest dispute is what an honest party can be asked to keep. */
test('TIME-1 the least clock and window are an honest party’s worst case', () => {
  expect(leastOf({}, [2 ** 28], 12, [0])).toEqual({ clockSeconds: 14 * 12, windowSeconds: 12 })
  expect(leastOf({}, [6, 2 ** 28], 12, [5, 7])).toEqual({ clockSeconds: 2 * 17 + 14 * 19, windowSeconds: 17 })
  expect(leastOf({ descentSeconds: 40 }, [6, 2 ** 28], 12, [5, 7])).toEqual({
    clockSeconds: 2 * 17 + 14 * 19 - 40,
    windowSeconds: 17,
  })
  expect(leastOf({ clockSeconds: 14 * 12, windowSeconds: 12 }, [2 ** 28], 12, [0])).toEqual({})
  expect(leastOf({}, [1], 0, [0])).toEqual({})
})

test('TIME-2 every second move of the longest dispute fits into the least clock', () => {
  for (const arity of [2, 16, 64])
    for (const lengths of [[1], [2], [9], [6, 2 ** 28], [4096, 4096, 1024, 2 ** 26]]) {
      const least =
        leastOf(
          { arity },
          lengths,
          1,
          lengths.map(() => 0),
        )['clockSeconds'] ?? 1
      // The opening takes none of the challenger's time.
      expect(least).toBeGreaterThanOrEqual(Math.ceil((maxMoves(lengths, arity) - 1) / 2))
    }
})
