import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../checks/properties/refusal.ts'
import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import { keccak, type StateRoot, type TensorRoot } from '../../commitments/hash.ts'
import { memoryRoot, slotAddress, slotRoots, writeBytes } from '../../commitments/memory.ts'
import { tensorRoot } from '../../commitments/tensor.ts'
import { descriptorRoot } from '../../graph/descriptor.ts'
import { commitState, encodeState, initialState } from '../../machine/state.ts'
import {
  damage,
  damageBitmap,
  damageWord,
  descriptorWord,
  type GraphCase,
  graphCases,
  nodeParts,
  partAt,
  plainMemory,
  plainTensors,
  preOf,
  STEP_LIMIT,
} from './graph.arbitrary.ts'
import { commitGraph } from './graphState.ts'
import {
  commitTile,
  graphToTile,
  type JobRoots,
  nodeTilesWitness,
  type TileRoots,
  tileRunWitness,
  tileToVm,
} from './tile.ts'

/** The job of a node by its tensors, with descriptors of arbitrary bits: reserved kinds, indices beyond the trees. */
const jobOf = (given: GraphCase): JobRoots => ({
  descriptor: descriptorRoot(given.trees.model.nodes[given.state.node]!.descriptor),
  operands: plainTensors(given).slice(0, 6).map(tensorRoot),
})

const tileCountOf = (given: GraphCase): number => descriptorWord(given, 7) || 1

const OUTPUT = Uint8Array.of(1, 2, 3)

const damages = fc.tuple(fc.nat(), fc.nat())

describe('from a node to its tiles', () => {
  /** The last tile state, as somebody posts it, and the witness of leaving it. */
  const endOf = (given: GraphCase) => {
    const end: TileRoots = { tile: tileCountOf(given), outputRoot: tensorRoot(OUTPUT), job: jobOf(given) }
    return { end: commitTile(end), witness: nodeTilesWitness(given.trees, given.state, end) }
  }

  // Rationale: keeps (1). The job of all tiles comes from the committed graph and the agreed state, by nobody's word.
  test('TILE-3 entering any node gives tile 0 over the output that the node starts from, and its job', () => {
    fc.assert(
      fc.property(graphCases, (given) => {
        const first = { tile: 0, outputRoot: tensorRoot(plainTensors(given)[6]!), job: jobOf(given) }
        const { enterRoot } = graphToTile(given.model)
        expect(enterRoot(preOf(given), endOf(given).witness)).toEqual({
          ok: true,
          value: commitTile(first),
        })
      }),
      { numRuns: 200 },
    )
  })

  test('TILE-4 leaving a node’s tiles puts the output so far into the node’s slot, and nothing else', () => {
    fc.assert(
      fc.property(graphCases, (given) => {
        const { values, state, model } = given
        const slot = (descriptorWord(given, 6) % 2 ** 31) % values.length
        const written = {
          node: state.node + 1,
          valueRoots: state.valueRoots.with(slot, tensorRoot(OUTPUT)),
        }
        const { end, witness } = endOf(given)
        expect(graphToTile(model).exitRoot(preOf(given), end, tileCountOf(given), witness)).toEqual({
          ok: true,
          value: commitGraph(written, model.valueHeight),
        })
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: keeps (3). A run of fewer tiles would leave blocks of the output as a liar likes them.
  test('TILE-1 a node has the tiles that its descriptor says, one where it says none', () => {
    fc.assert(
      fc.property(graphCases, (given) => {
        const { end, witness } = endOf(given)
        const count = tileCountOf(given)
        const refusal = (length: number) =>
          refusalOf(graphToTile(given.model).exitRoot(preOf(given), end, length, witness))
        for (const length of [0, -1, count - 1, count + 1, count + 0.5, Number.NaN, 2 ** 32 + count])
          expect(refusal(length)).toBe('LengthInvalid')
        // The state of another tile than the last one's is not the end.
        const earlier = commitTile({ tile: count - 1, outputRoot: tensorRoot(OUTPUT), job: jobOf(given) })
        expect(refusalOf(graphToTile(given.model).exitRoot(preOf(given), earlier, count, witness))).toBe(
          'EndMismatch',
        )
      }),
      { numRuns: 100 },
    )
  })

  test('TILE-5 a damaged part of a witness is refused for what it is', () => {
    fc.assert(
      fc.property(graphCases, damages, (given, [place, bit]) => {
        const { end, witness } = endOf(given)
        const { exitRoot } = graphToTile(given.model)
        const count = tileCountOf(given)
        const refusal = (damaged: Bytes) => refusalOf(exitRoot(preOf(given), end, count, damaged))
        const parts = nodeParts(given, witness)
        expect(witness.length).toBe(parts.at(-1)!.words[1] + 32)
        expect(refusal(witness)).toBe('accepted')
        expect(refusal(damage(witness, place % 4, bit))).toBe('DescriptorMismatch')
        for (const part of parts) {
          const damaged = damageWord(witness, part, place, bit)
          if (damaged !== undefined) expect(refusal(damaged)).toBe(part.reason)
          expect(refusal(damageBitmap(witness, part, place, bit))).not.toBe('accepted')
        }
        expect(refusal(damage(witness, witness.length - 1 - (place % 32), bit))).toBe('EndMismatch')
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(1 + (place % 64))))).toBe('WitnessMalformed')
        expect(refusalOf(exitRoot(keccak(bigEndian(place, 6)), end, count, witness))).toBe('PreStateMismatch')
        const otherEnd = keccak<StateRoot>(bigEndian(place, 6))
        expect(refusalOf(exitRoot(preOf(given), otherEnd, count, witness))).toBe('EndMismatch')
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: the job is the node's, so that an end over another one is nobody's: no run of the node comes to it.
  test('TILE-6 a last state over another job is refused', () => {
    fc.assert(
      fc.property(graphCases, damages, (given, [place, bit]) => {
        const { witness } = endOf(given)
        const job = jobOf(given)
        const other = keccak<TensorRoot>(bigEndian(place, 6))
        const jobs: readonly JobRoots[] = [
          { ...job, descriptor: other },
          { ...job, operands: job.operands.with(bit % 6, other) },
        ]
        for (const wrong of jobs) {
          const count = tileCountOf(given)
          const end = commitTile({ tile: count, outputRoot: tensorRoot(OUTPUT), job: wrong })
          expect(refusalOf(graphToTile(given.model).exitRoot(preOf(given), end, count, witness))).toBe(
            'EndMismatch',
          )
        }
      }),
      { numRuns: 50 },
    )
  })
})

describe('from a tile to the machine', () => {
  /** A state of a node's tiles with any index and any output so far. */
  const cases = fc
    .record({
      given: graphCases,
      tile: fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      output: fc.uint8Array({ maxLength: 70 }),
    })
    .map(({ given, tile, output }) => {
      const state: TileRoots = { tile, outputRoot: tensorRoot(output), job: jobOf(given) }
      const memory = plainMemory(given, tile, 1, [...plainTensors(given).slice(0, 6), output])
      return { ...given, tile, state, pre: commitTile(state), memory }
    })

  type TileCase = typeof cases extends fc.Arbitrary<infer Case> ? Case : never

  /** A last state of the machine that nobody computed, and the witness of leaving it. */
  const endOf = ({ memory, state }: TileCase, status = 1) => {
    const written = writeBytes(memory, slotAddress(7), OUTPUT)
    const processor = { ...initialState(0x1_0040, written), status }
    const preimage = encodeState(memoryRoot(written), processor)
    return {
      end: commitState(processor),
      output: slotRoots(written)[7] as TensorRoot,
      witness: tileRunWitness(state, preimage, slotRoots(written)),
    }
  }

  // Rationale: keeps (1). The machine starts on this tile of this job, over the output that the tiles before it left.
  test('TILE-7 entering a tile gives the memory of the job with this one tile as its range', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { model, pre, memory } = given
        expect(tileToVm(model).enterRoot(pre, endOf(given).witness)).toEqual({
          ok: true,
          value: commitState(initialState(model.program.entry, memory)),
        })
      }),
      { numRuns: 200 },
    )
  })

  test('TILE-8 leaving a tile goes on to the next over the output as it stands, with the same job', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { model, state, pre } = given
        const { end, output, witness } = endOf(given)
        expect(tileToVm(model).exitRoot(pre, end, 17, witness)).toEqual({
          ok: true,
          value: commitTile({ ...state, tile: (state.tile + 1) % 2 ** 32, outputRoot: output }),
        })
      }),
      { numRuns: 100 },
    )
  })

  test('TILE-2 a damaged part of a tile’s opening is refused: index, output and job are the state’s', () => {
    fc.assert(
      fc.property(cases, damages, (given, [place, bit]) => {
        const { enterRoot } = tileToVm(given.model)
        const { witness } = endOf(given)
        const refusal = (damaged: Bytes) => refusalOf(enterRoot(given.pre, damaged))
        const tensors = partAt(witness, 'tensors', 4 + 32, 7, 'PreStateMismatch')
        expect(refusal(witness)).toBe('accepted')
        expect(refusal(damage(witness, place % 4, bit))).toBe('PreStateMismatch')
        expect(refusal(damage(witness, 4 + (place % 32), bit))).toBe('PreStateMismatch')
        const damaged = damageWord(witness, tensors, place, bit)
        if (damaged !== undefined) expect(refusal(damaged)).toBe('PreStateMismatch')
        expect(['WitnessMalformed', 'PreStateMismatch']).toContain(
          refusal(damageBitmap(witness, tensors, place, bit)),
        )
        expect(refusal(witness.slice(0, place % tensors.words[1]))).toBe('WitnessMalformed')
        expect(refusalOf(enterRoot(keccak(bigEndian(place, 6)), witness))).toBe('PreStateMismatch')
      }),
      { numRuns: 100 },
    )
  })

  test('TILE-9 a damaged part of the machine’s end is refused for what it is', () => {
    fc.assert(
      fc.property(cases, damages, (given, [place, bit]) => {
        const { exitRoot } = tileToVm(given.model)
        const { end, witness } = endOf(given)
        const refusal = (damaged: Bytes) => refusalOf(exitRoot(given.pre, end, 17, damaged))
        const tensors = partAt(witness, 'tensors', 4 + 32, 7, 'PreStateMismatch')
        const memory = partAt(witness, 'memory', tensors.words[1], 4, 'EndMismatch')
        expect(witness.length).toBe(memory.words[1] + 129)
        expect(refusal(damageWord(witness, memory, place, bit)!)).toBe('EndMismatch')
        expect(refusal(damage(witness, memory.words[1] + (place % 129), bit))).toBe('EndMismatch')
        expect(['WitnessMalformed', 'EndMismatch']).toContain(
          refusal(damageBitmap(witness, memory, place, bit)),
        )
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(1 + (place % 64))))).toBe('WitnessMalformed')
        const otherEnd = keccak<StateRoot>(bigEndian(place, 6))
        expect(refusalOf(exitRoot(given.pre, otherEnd, 17, witness))).toBe('EndMismatch')
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: keeps (3). Else a liar would stop a run where its block suits it.
  test('TILE-10 a run of the machine is left with a length up to the step limit, stable or cut off by it', () => {
    const [example] = fc.sample(cases, { numRuns: 1, seed: 1 }) as [TileCase]
    const refusal = (length: number, status: number) => {
      const { end, witness } = endOf(example, status)
      return refusalOf(tileToVm(example.model).exitRoot(example.pre, end, length, witness))
    }
    for (const status of [1, 2, 255]) {
      expect(refusal(1, status)).toBe('accepted')
      expect(refusal(STEP_LIMIT, status)).toBe('accepted')
      for (const length of [0, -1, 0.5, Number.NaN, STEP_LIMIT + 1])
        expect(refusal(length, status)).toBe('LengthInvalid')
    }
    expect(refusal(STEP_LIMIT, 0)).toBe('accepted')
    for (const length of [1, STEP_LIMIT - 1]) expect(refusal(length, 0)).toBe('EndNotStable')
  })
})
