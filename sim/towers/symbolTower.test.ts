import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { littleEndian } from '../../spec/commitments/bytes.ts'
import { withSymbols } from '../../spec/commitments/hash.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { descended } from './descended.fixture.ts'
import { symbolRules, symbolTower } from './symbolTower.ts'
import { type Lie, symbolClaim, symbolTrace } from './symbolTrace.ts'

const towers = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 4 }).chain((lengths) =>
  fc.record({
    lengths: fc.constant(lengths),
    input: fc.nat().map((seed) => tensorRoot(littleEndian(seed, 8))),
    lie: fc.option(
      fc.record({
        at: fc.tuple(...lengths.map((length) => fc.integer({ min: 0, max: length - 1 }))),
        mark: fc.integer({ min: 1, max: 9 }),
        continuation: fc.constant('consistent' as const),
      }),
      { nil: undefined },
    ),
    path: fc.tuple(...lengths.map((length) => fc.integer({ min: 0, max: length - 1 }))),
  }),
)

const HASHES = [
  { hash: 'keccak', play: <Value>(test: () => Value): Value => test() },
  { hash: 'symbols', play: withSymbols },
]

describe.each(HASHES)('a tower of symbols with $hash', ({ play }) => {
  // Rationale: what its chain computes of a joint must be what its parties hold, or simulated disputes prove nothing.
  test('SYMBOLS-1 a step is the run below it: every joint of every trace is the rules’, but where a lie begins', () =>
    play(() => {
      fc.assert(
        fc.property(towers, ({ lengths, input, lie, path }) => {
          const tower = symbolTower(lengths)
          const rules = symbolRules(tower)
          const trace = symbolTrace(tower, input, lie)
          expect(rules.top.startRoot(input, new Uint8Array())).toEqual({
            ok: true,
            value: trace.rootsAt([0])[0],
          })
          for (const { phase, run, step } of descended(trace, path)) {
            const [pre, post] = run.rootsAt([step, step + 1])
            if (run.kind === 'last') {
              const isLie = lie !== undefined && path.every((at, i) => at === lie.at[i])
              const computed = rules.arbiter.stepRoot(pre!, run.stepWitness(step))
              if (isLie) expect(computed).not.toEqual({ ok: true, value: post })
              else expect(computed).toEqual({ ok: true, value: post })
              continue
            }
            const { below, witness } = run.descend(step)
            const [start, end] = below.rootsAt([0, below.length])
            const joint = rules.descents[phase]!
            expect(joint.enterRoot(pre!, witness)).toEqual({ ok: true, value: start })
            expect(joint.exitRoot(pre!, end!, below.length, witness)).toEqual({ ok: true, value: post })
          }
        }),
      )
    }))

  test('SYMBOLS-2 a claim’s output sits in its last state, and a lie’s is another', () =>
    play(() => {
      fc.assert(
        fc.property(towers, ({ lengths, input, lie }) => {
          const tower = symbolTower(lengths)
          const rules = symbolRules(tower)
          const { prepared } = symbolClaim(tower, input, lie)
          expect(rules.top.outputRoot(prepared.endRoot, prepared.length, prepared.outputWitness)).toEqual({
            ok: true,
            value: tensorRoot(prepared.output),
          })
          const truth = symbolClaim(tower, input).prepared
          expect(truth.endRoot === prepared.endRoot).toBe(lie === undefined)
          expect(rules.top.outputRoot(truth.endRoot, truth.length + 1, truth.outputWitness)).toMatchObject({
            rejection: { reason: 'LengthInvalid' },
          })
        }),
      )
    }))

  test('SYMBOLS-3 a trace with a lie is true up to it and false behind it; garbage is no run’s below the top', () =>
    play(() => {
      const tower = symbolTower([4, 5])
      const input = tensorRoot(littleEndian(1, 8))
      const lie: Lie = { at: [2, 3], mark: 1, continuation: 'consistent' }
      const [truth, liar] = [symbolTrace(tower, input), symbolTrace(tower, input, lie)]
      const garbage = symbolTrace(tower, input, { ...lie, continuation: 'garbage' })
      const steps = [0, 1, 2, 3, 4]
      const same = (other: typeof truth) =>
        other.rootsAt(steps).map((root, i) => root === truth.rootsAt(steps)[i])
      expect(same(liar)).toEqual([true, true, true, false, false])
      expect(same(garbage)).toEqual([true, true, true, false, false])
      expect(garbage.rootsAt([3])).toEqual(liar.rootsAt([3]))
      const below = (trace: typeof truth) => (trace.kind === 'upper' ? trace.descend(2).below : trace)
      expect(below(garbage).rootsAt([3])).toEqual(below(liar).rootsAt([3]))
      expect(below(garbage).rootsAt([4])).not.toEqual(below(liar).rootsAt([4]))
    }))
})
