import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chanceOf } from '../chance.ts'
import { backgroundGas, constantFee, recordedFee, walkingFee } from './fees.ts'
import { type BlockTerms, paidGwei, select, type Waiting } from './pool.ts'

const BLOCK_GAS = 30_000_000

const waiting = (sequence: number, given: Partial<Waiting<string>> = {}): Waiting<string> => ({
  sender: 'sam',
  payload: `call ${sequence}`,
  gas: 100_000,
  tipGwei: 1,
  maxFeeGwei: 100,
  sentAt: 0,
  visibleAt: 0,
  sequence,
  ...given,
})

const terms = (given: Partial<BlockTerms> = {}): BlockTerms => ({
  time: 12,
  baseFeeGwei: 10,
  gas: BLOCK_GAS,
  isCensored: () => false,
  ...given,
})

const sequences = (calls: readonly Waiting<string>[]) => calls.map(({ sequence }) => sequence)

describe('the base fee', () => {
  test('FEES-1 constant, recorded and driven by congestion: an eighth up for a full block, an eighth down for an empty one', () => {
    expect(constantFee(7).after(BLOCK_GAS).gwei).toBe(7)
    const recorded = recordedFee([5, 6])
    expect([recorded.gwei, recorded.after(0).gwei, recorded.after(0).after(0).gwei]).toEqual([5, 6, 5])
    const walk = walkingFee({ start: 16, min: 1, max: 17 }, BLOCK_GAS)
    expect(walk.after(BLOCK_GAS / 2).gwei).toBe(16)
    expect(walk.after(0).gwei).toBe(14)
    expect(walk.after(BLOCK_GAS).gwei).toBe(17)
    expect(walkingFee({ start: 1, min: 1, max: 17 }, BLOCK_GAS).after(0).gwei).toBe(1)
  })

  test('FEES-2 others use the stated share of the blocks on average, and never more than there is', () => {
    const chance = chanceOf(1, 'chain', 'load')
    for (const load of [0, 0.3, 0.5, 0.9, 1]) {
      const used = Array.from({ length: 4000 }, () => backgroundGas(load, BLOCK_GAS, chance))
      expect(Math.min(...used)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...used)).toBeLessThanOrEqual(BLOCK_GAS)
      const mean = used.reduce((sum, gas) => sum + gas, 0) / used.length / BLOCK_GAS
      expect(Math.abs(mean - load)).toBeLessThan(0.02)
    }
  })
})

describe('the pool', () => {
  test('POOL-1 the highest tip goes first, then whoever came first', () => {
    const pool = [
      waiting(0, { sender: 'sam' }),
      waiting(1, { sender: 'vera', tipGwei: 3 }),
      waiting(2, { sender: 'rita' }),
    ]
    expect(sequences(select(pool, terms()).included)).toEqual([1, 0, 2])
  })

  test('POOL-2 what the most that is paid leaves of a tip is what counts, and what is paid', () => {
    const capped = waiting(0, { sender: 'sam', tipGwei: 50, maxFeeGwei: 12 })
    const modest = waiting(1, { sender: 'vera', tipGwei: 3, maxFeeGwei: 100 })
    expect(sequences(select([capped, modest], terms()).included)).toEqual([1, 0])
    expect([paidGwei(capped, 10), paidGwei(modest, 10)]).toEqual([12, 13])
  })

  test('POOL-3 too early, too dear, too large or censored waits, and its sender’s later calls behind it', () => {
    const later = waiting(9)
    for (const [call, block] of [
      [{ visibleAt: 13 }, {}],
      [{ maxFeeGwei: 9 }, {}],
      [{ gas: 200_000 }, { gas: 199_999 }],
      [{}, { isCensored: (sender: string) => sender === 'sam' }],
    ] as const) {
      const { included, left } = select(
        [waiting(1, call), later, waiting(2, { sender: 'vera' })],
        terms(block),
      )
      expect(sequences(included)).toEqual([2])
      expect(sequences(left)).toEqual([1, 9])
    }
  })

  // Rationale: a pool that loses, doubles or swaps calls would tell a story that no chain can.
  test('POOL-4 nothing is lost or doubled, a block is never overfull, a sender’s calls keep their order', () => {
    const calls = fc.array(
      fc.record({
        sender: fc.constantFrom('sam', 'vera', 'rita'),
        gas: fc.integer({ min: 21_000, max: 1_000_000 }),
        tipGwei: fc.integer({ min: 0, max: 5 }),
        maxFeeGwei: fc.integer({ min: 5, max: 30 }),
        visibleAt: fc.integer({ min: 0, max: 20 }),
      }),
      { maxLength: 12 },
    )
    let full = 0
    fc.assert(
      fc.property(calls, fc.integer({ min: 0, max: 3_000_000 }), (given, gas) => {
        const pool = given.map((call, sequence) => waiting(sequence, call))
        const { included, left } = select(pool, terms({ gas }))
        expect(sequences([...included, ...left]).toSorted((a, b) => a - b)).toEqual(sequences(pool))
        expect(included.reduce((sum, call) => sum + call.gas, 0)).toBeLessThanOrEqual(gas)
        for (const sender of ['sam', 'vera', 'rita']) {
          const own = included.filter((call) => call.sender === sender)
          expect(sequences(own)).toEqual(sequences(own).toSorted((a, b) => a - b))
          const first = left.find((call) => call.sender === sender)
          if (first !== undefined && own.length > 0) expect(own.at(-1)!.sequence).toBeLessThan(first.sequence)
        }
        if (included.length > 0 && left.length > 0) full++
      }),
    )
    expect(full).toBeGreaterThan(10)
  })
})
