import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../checks/properties/refusal.ts'
import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import { keccak, type StateRoot } from '../../commitments/hash.ts'
import { tensorRoot, UNSET_TENSOR } from '../../commitments/tensor.ts'
import { carryHeight } from '../model.ts'
import { damage, damageBitmap, damageWord, graphCases, partAt } from './graph.arbitrary.ts'
import { commitGraph } from './graphState.ts'
import { graphStartWitness } from './graphWitness.ts'
import { carryTree, commitLoop, iterationWitness, LOOP_TOP, loopOutputWitness, loopToGraph } from './loop.ts'

const ITERATIONS = 7

/** Models with any carry, and a state of their loop; what the loop does not read of a model is as good as any. */
const cases = fc
  .record({
    given: graphCases,
    iteration: fc.oneof(fc.nat({ max: ITERATIONS }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
    slot: fc.nat(),
    seed: fc.nat(),
  })
  .map(({ given, iteration, slot, seed }) => {
    const { values, state } = given
    const carrySlots = values.length / 2
    const inputSlot = slot % carrySlots
    const initial = values.slice(0, carrySlots).map(tensorRoot).with(inputSlot, UNSET_TENSOR)
    const model = {
      ...given.model,
      phases: ['loop', 'graph', 'vm'] as const,
      mostIterations: ITERATIONS,
      inputSlot,
      outputSlot: seed % carrySlots,
    }
    return {
      model: { ...model, carryRoot: carryTree({ carryRoots: initial }, model).root },
      graph: given.trees.model,
      carrySlots,
      initial,
      loop: { iteration, carryRoots: state.valueRoots.slice(0, carrySlots) },
      /** The values that an iteration leaves, in both halves. */
      left: values.map((_, i) => tensorRoot(bigEndian(seed + i, 6))),
    }
  })

const places = fc.tuple(fc.nat(), fc.nat())

/** Flips one bit in the `bytes` bytes from `from`. */
const damageIn = (witness: Bytes, from: number, bytes: number, [place, bit]: readonly [number, number]) =>
  damage(witness, from + (place % bytes), bit)

describe('the loop on top', () => {
  // Rationale: keeps (1). The contract derives the first state itself, from the committed carry and the request's input.
  test('LOOP-4 a claim starts in the committed carry with the input in its slot, at iteration 0', () => {
    fc.assert(
      fc.property(cases, places, ({ model, graph, initial }, at) => {
        const { startRoot } = LOOP_TOP(model)
        const input = tensorRoot(bigEndian(at[0], 6))
        const { inputSlot } = model
        const witness = graphStartWitness({ ...graph, inputSlot }, initial)
        const carryRoots = initial.with(inputSlot, input)
        expect(startRoot(input, witness)).toEqual({
          ok: true,
          value: commitLoop({ iteration: 0, carryRoots }, model),
        })
        if (witness.length > 0)
          expect(refusalOf(startRoot(input, damageIn(witness, 0, witness.length, at)))).toBe('StartMismatch')
        expect(refusalOf(startRoot(input, concat(witness, new Uint8Array(32))))).toBe('WitnessMalformed')
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: keeps (3). Fewer iterations than were asked for end in a state that nobody can dispute.
  test('LOOP-1 a claim has as many iterations as were asked for, and its output is in the last state’s carry', () => {
    fc.assert(
      fc.property(cases, places, ({ model, loop }, at) => {
        const { outputRoot } = LOOP_TOP(model)
        const last = { ...loop, iteration: ITERATIONS }
        const end = commitLoop(last, model)
        const witness = loopOutputWitness(last, model)
        const refusal = (damaged: Bytes) => refusalOf(outputRoot(end, ITERATIONS, damaged, ITERATIONS))
        expect(outputRoot(end, ITERATIONS, witness, ITERATIONS)).toEqual({
          ok: true,
          value: loop.carryRoots[model.outputSlot],
        })
        for (const length of [0, ITERATIONS - 1, ITERATIONS + 1, 2 ** 32 + ITERATIONS, Number.NaN])
          expect(refusalOf(outputRoot(end, length, witness, ITERATIONS))).toBe('LengthInvalid')
        const proof = partAt(witness, 'output', 0, 1 + carryHeight(model), 'EndMismatch')
        expect(proof.words[1]).toBe(witness.length)
        const damaged = damageWord(witness, proof, ...at)
        if (damaged !== undefined) expect(refusal(damaged)).toBe('EndMismatch')
        expect(refusal(damageBitmap(witness, proof, ...at))).not.toBe('accepted')
        expect(refusal(witness.slice(0, at[0] % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(32)))).toBe('WitnessMalformed')
        const earlier = commitLoop({ ...last, iteration: ITERATIONS - 1 }, model)
        expect(refusalOf(outputRoot(earlier, ITERATIONS, witness, ITERATIONS))).toBe('EndMismatch')
      }),
      { numRuns: 100 },
    )
  })
})

describe('from an iteration to the graph', () => {
  test('LOOP-5 entering an iteration gives the carry beside an unset right half, at node 0', () => {
    fc.assert(
      fc.property(cases, ({ model, loop, left, carrySlots }) => {
        const valueRoots = [...loop.carryRoots, ...Array.from({ length: carrySlots }, () => UNSET_TENSOR)]
        expect(
          loopToGraph(model).enterRoot(commitLoop(loop, model), iterationWitness(loop, left, model)),
        ).toEqual({ ok: true, value: commitGraph({ node: 0, valueRoots }, model.valueHeight) })
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: however many caches a model carries, they go over as one root; the scratch half stays behind.
  test('LOOP-6 leaving an iteration takes the whole left half over, and nothing of the right one', () => {
    fc.assert(
      fc.property(cases, ({ model, loop, left, carrySlots }) => {
        const end = commitGraph({ node: model.nodeCount, valueRoots: left }, model.valueHeight)
        const witness = iterationWitness(loop, left, model)
        const next = { iteration: (loop.iteration + 1) % 2 ** 32, carryRoots: left.slice(0, carrySlots) }
        expect(loopToGraph(model).exitRoot(commitLoop(loop, model), end, model.nodeCount, witness)).toEqual({
          ok: true,
          value: commitLoop(next, model),
        })
      }),
      { numRuns: 100 },
    )
  })

  test('LOOP-2 a damaged part of an entering witness is refused: iteration and carry are the state’s', () => {
    fc.assert(
      fc.property(cases, places, ({ model, loop, left }, at) => {
        const { enterRoot } = loopToGraph(model)
        const pre = commitLoop(loop, model)
        const witness = iterationWitness(loop, left, model)
        for (const [from, bytes] of [[0, 4] as const, [4, 32] as const])
          expect(refusalOf(enterRoot(pre, damageIn(witness, from, bytes, at)))).toBe('PreStateMismatch')
        expect(refusalOf(enterRoot(keccak(bigEndian(at[0], 6)), witness))).toBe('PreStateMismatch')
        expect(refusalOf(enterRoot(pre, witness.slice(0, at[0] % witness.length)))).toBe('WitnessMalformed')
        expect(refusalOf(enterRoot(pre, concat(witness, new Uint8Array(1))))).toBe('WitnessMalformed')
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: keeps (3). An iteration that stops at an earlier node would carry over what a liar likes.
  test('LOOP-3 an iteration is left after all nodes, and a damaged part of its witness is refused for what it is', () => {
    fc.assert(
      fc.property(cases, places, ({ model, loop, left }, at) => {
        const { exitRoot } = loopToGraph(model)
        const { nodeCount, valueHeight } = model
        const pre = commitLoop(loop, model)
        const endAt = (node: number): StateRoot => commitGraph({ node, valueRoots: left }, valueHeight)
        const witness = iterationWitness(loop, left, model)
        const refusal = (damaged: Bytes, length = nodeCount, end = endAt(nodeCount), from = pre) =>
          refusalOf(exitRoot(from, end, length, damaged))
        expect(refusal(witness)).toBe('accepted')
        for (const length of [0, nodeCount - 1, nodeCount + 1, 2 ** 32 + nodeCount, Number.NaN])
          expect(refusal(witness, length)).toBe('LengthInvalid')
        expect(refusal(witness, nodeCount, endAt(nodeCount - 1))).toBe('EndMismatch')
        for (const [from, bytes, reason] of [
          [0, 4, 'PreStateMismatch'],
          [4, 32, 'PreStateMismatch'],
          [36, 32, 'EndMismatch'],
          [68, 32, 'EndMismatch'],
        ] as const)
          expect(refusal(damageIn(witness, from, bytes, at))).toBe(reason)
        expect(refusal(witness, nodeCount, endAt(nodeCount), keccak(bigEndian(at[0], 6)))).toBe(
          'PreStateMismatch',
        )
        expect(refusal(witness.slice(0, at[0] % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(32)))).toBe('WitnessMalformed')
      }),
      { numRuns: 100 },
    )
  })
})
