import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hash } from '../spec/commitments/hash.ts'
import { stepRoot } from '../spec/machine/witness.ts'
import type { Trace } from '../spec/tower/tower.ts'
import { ROOT } from './command.fixture.ts'
import { playVariant, scenarioText } from './scenarios.fixture.ts'
import { firstFalseOf, trueRoots } from './truth.ts'

const VERA = '{ name: vera, role: verifier, strategy: honest }'
const shipped = (name: string): string => join(ROOT, 'scenarios', `${name}.yaml`)
const lying = (phases: string, strategy: string): string =>
  scenarioText({ phases, arity: '16', actors: [`{ name: sam, role: server, strategy: ${strategy} }`, VERA] })

describe('what the runner knows', () => {
  /** Rationale: an honest verifier's game ends at the very step where the claim first is false, or somebody errs. */
  test('TRUTH-1 the first false step is the one that an honest verifier wins by', async () => {
    for (const name of ['mnist-wrong-logit', 'mnist-one-phase']) {
      const { truth, story } = await playVariant(shipped(name), 'model')
      const arbitrated = story.journal.flatMap(({ call }) =>
        call.kind === 'Move' && call.reply.kind === 'Arbitrate' ? [call.reply.witness] : [],
      )
      expect(truth.claimIsTrue).toBe(false)
      expect([truth.firstFalse!.stepWitness]).toEqual(arbitrated)
    }
  })

  test('TRUTH-2 it is where the scenario put the lie', async () => {
    const step = await playVariant(lying('[vm]', 'wrong-step, at: { step: 12345 }'), 'model')
    expect(step.truth.firstFalse!.at).toEqual([12_345])
    for (const node of [0, 2, 5]) {
      const value = await playVariant(
        lying('[graph, vm]', `wrong-value, at: { node: ${node}, element: 0 }`),
        'model',
      )
      expect(value.truth.firstFalse!.at[0]).toBe(node)
      expect(value.truth.firstFalse!.at).toHaveLength(2)
    }
  })

  test('TRUTH-3 outputs stand as hex, and a true claim is false nowhere', async () => {
    const lie = await playVariant(
      lying('[graph, vm]', 'wrong-value, at: { node: 5, element: 0 }, add: 2'),
      'model',
    )
    const { claimed, true: right } = lie.summary.output
    const value = (hex: string | null): number => Buffer.from(hex!.slice(2), 'hex').readInt32LE()
    expect(value(claimed)).toBe(value(right) + 2)
    const honest = await playVariant(shipped('mnist-honest'), 'model')
    expect(honest.summary).toMatchObject({
      claimIsTrue: true,
      output: { claimed: '0x07000000', true: '0x07000000' },
    })
    expect(honest.truth.firstFalse).toBeUndefined()
  })

  test('TRUTH-4 the first difference is found at either end of a run, and in runs of unequal length', () => {
    const run = (roots: string): Trace => ({
      kind: 'last',
      length: roots.length - 1,
      rootsAt: (steps) => steps.map((step) => (roots[step] ?? roots.at(-1)) as unknown as Hash as never),
      stepWitness: (step) => Uint8Array.of(step),
    })
    const cases: readonly (readonly [string, string, readonly number[]])[] = [
      ['ab', 'aX', [0]],
      ['abcdefgh', 'aXXXXXXX', [0]],
      ['abcdefgh', 'abcdefgX', [6]],
      ['abcdefgh', 'abcXXXXX', [2]],
      ['abcd', 'abcdX', [3]],
      ['abcde', 'abX', [1]],
      ['abcd', 'abcd', []],
    ]
    for (const [honest, claimed, at] of cases)
      expect([honest, claimed, firstFalseOf(run(claimed), run(honest)).at]).toEqual([honest, claimed, at])
  })

  /** Rationale: pages mark what is false by these roots; a run that is not there has none, and must not stop a page. */
  test('TRUTH-8 the true roots are those of the true run at each path, and none where it has no such step', async () => {
    const { truth, story, model } = await playVariant(shipped('mnist-wrong-logit'), 'model')
    const claim = story.journal.flatMap(({ call }) => (call.kind === 'Claim' ? [call] : []))[0]!
    const [first, last] = truth.rootsAt([], [0, claim.length])!
    expect(last).not.toBe(claim.endRoot)
    expect(first).not.toBe(last)
    // The first false step: true before it, and what the contract computed behind it.
    const [node, step] = truth.firstFalse!.at as [number, number]
    const [before, after] = truth.rootsAt([node], [step, step + 1])!
    const arbitration = story.journal.flatMap(({ call }) =>
      call.kind === 'Move' && call.reply.kind === 'Arbitrate' ? [call] : [],
    )[0]!
    const { witness } = arbitration.reply as { readonly witness: Uint8Array }
    expect(stepRoot(model.program, before!, witness)).toEqual({ ok: true, value: after })
    expect(truth.rootsAt([claim.length], [0])).toBeUndefined()
    expect(truth.rootsAt([node, step], [0])).toBeUndefined()
    expect(
      trueRoots({ kind: 'last', length: 1, rootsAt: () => [], stepWitness: () => witness })([0], [0]),
    ).toBeUndefined()
  })
})
