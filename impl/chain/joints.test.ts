import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { inputs, toys } from '../../spec/checks/toy/toyModel.arbitrary.ts'
import { toyRun } from '../../spec/checks/toy/toyModel.ts'
import { type Bytes, bigEndian, concat } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import { memoryRoot, slotAddress, slotRoots, writeBytes } from '../../spec/commitments/memory.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { descriptorRoot, encodeDescriptor } from '../../spec/graph/descriptor.ts'
import { commitState, encodeState, initialState } from '../../spec/machine/state.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import {
  caseOf,
  damage,
  descriptorWord,
  type GraphCase,
  graphCases,
  plainMemory,
  plainTensors,
  preOf,
} from '../../spec/tower/phases/graph.arbitrary.ts'
import { commitGraph } from '../../spec/tower/phases/graphState.ts'
import { nodeRunWitness } from '../../spec/tower/phases/graphWitness.ts'
import { commitTile, nodeTilesWitness, type TileRoots } from '../../spec/tower/phases/tile.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import {
  type Question,
  type RegistryChain,
  rulesOf,
  specVerdictOf,
  startRegistry,
} from './registry.fixture.ts'

let chain: RegistryChain
beforeAll(async () => {
  chain = await startRegistry()
})
afterAll(() => chain?.stop())

/** The contract's word on each question is the specification's, values included; what both said. */
const expectAgreement = async (model: Model, questions: readonly Question[]): Promise<readonly string[]> => {
  await chain.register(model)
  const rules = rulesOf(model)
  const expected = questions.map((question) => specVerdictOf(rules, question))
  expect(await chain.verdicts(model, questions)).toEqual(expected)
  return expected
}

/** Counts how often each refusal came up, and `accepted`. */
const count = (seen: Map<string, number>, verdicts: readonly string[]): void => {
  for (const verdict of verdicts) {
    const name = verdict.startsWith('0x') ? 'accepted' : verdict.split(':')[0]!
    seen.set(name, (seen.get(name) ?? 0) + 1)
  }
}

const expectAtLeast = (seen: ReadonlyMap<string, number>, minima: Readonly<Record<string, number>>): void => {
  for (const [name, least] of Object.entries(minima))
    expect([name, (seen.get(name) ?? 0) >= least]).toEqual([name, true])
}

// --- Graphs whose descriptors are any bits -----------------------------------------------------------------------

const OUTPUT = Uint8Array.of(1, 2, 3)

const withPhases = (given: GraphCase, phases: readonly PhaseName[]): GraphCase => ({
  ...given,
  model: { ...given.model, phases },
})

/** Half of all nodes are in place: drawn bits seldom are. */
const anyCases: fc.Arbitrary<GraphCase> = fc.tuple(graphCases, fc.boolean()).map(([given, inPlace]) => {
  const descriptors = given.trees.model.nodes.map(({ descriptor }) =>
    descriptor.with(27, (descriptor[27]! & 0x7f) | (inPlace ? 0x80 : 0)),
  )
  return caseOf(descriptors, given.values, given.trees.model.weights, given.state.node)
})

/** A descent from the case's node to a last state of the machine that nobody computed. */
const toMachine = (given: GraphCase, status: number, length = 17): Question & { kind: 'descent' } => {
  const memory = writeBytes(plainMemory(given), slotAddress(7), OUTPUT)
  const processor = { ...initialState(0x1_0040, memory), status }
  const preimage = encodeState(memoryRoot(memory), processor)
  return {
    kind: 'descent',
    phase: 0,
    preState: preOf(given),
    end: commitState(processor),
    length,
    witness: nodeRunWitness(given.trees, given.state, preimage, slotRoots(memory)),
  }
}

/** A descent from the case's node to a last state of its tiles that nobody computed. */
const toTiles = (given: GraphCase): Question & { kind: 'descent' } => {
  const { trees, state } = given
  const end: TileRoots = {
    tile: descriptorWord(given, 7) || 1,
    outputRoot: tensorRoot(OUTPUT),
    job: {
      descriptor: descriptorRoot(trees.model.nodes[state.node]!.descriptor),
      operands: plainTensors(given).slice(0, 6).map(tensorRoot),
    },
  }
  const witness = nodeTilesWitness(trees, state, end)
  return {
    kind: 'descent',
    phase: 0,
    preState: preOf(given),
    end: commitTile(end),
    length: end.tile,
    witness,
  }
}

/** The question itself, then with one thing in it that is not so. */
const damagedQuestions = (
  question: Question & { kind: 'descent' },
  [place, bit]: readonly [number, number],
): readonly Question[] => {
  const { witness, length } = question
  const other = keccak<StateRoot>(witness)
  return [
    question,
    ...[0, 1, 2, 3].map((quarter) => {
      const at = Math.floor(((quarter + (place % 1000) / 1000) * witness.length) / 4)
      return { ...question, witness: damage(witness, at, bit) }
    }),
    { ...question, witness: witness.slice(0, place % witness.length) },
    { ...question, witness: concat(witness, new Uint8Array(1 + (place % 40))) },
    { ...question, preState: other },
    { ...question, end: other },
    ...[0, length - 1, length + 1, 2 ** 48 - 1].map((stated) => ({ ...question, length: stated })),
  ]
}

const places = fc.tuple(fc.nat(), fc.nat())

describe('joints', () => {
  // Rationale: a descent joins and opens roots, whatever the operators are, so that any bits of a descriptor must mean
  // the same on both sides: reserved kinds, indices beyond the trees, in place or not, no tiles.
  test('JOINT-2 from any node of any graph, to the machine and to tiles, contract and spec agree', async () => {
    const seen = new Map<string, number>()
    const features = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(anyCases, places, fc.constantFrom(1, 2, 255), async (given, at, status) => {
        const machine = withPhases(given, ['graph', 'vm'])
        const tiles = withPhases(given, ['graph', 'tile', 'vm'])
        count(seen, await expectAgreement(machine.model, damagedQuestions(toMachine(machine, status), at)))
        count(seen, await expectAgreement(tiles.model, damagedQuestions(toTiles(tiles), at)))
        const kinds = [0, 1, 2, 3, 4, 5].map((i) => descriptorWord(given, i) >>> 30)
        const found = [
          descriptorWord(given, 6) >>> 31 === 1 ? 'in place' : 'not in place',
          descriptorWord(given, 7) === 0 ? 'no tiles' : 'tiles',
          ...(kinds.includes(3) ? ['reserved kind'] : []),
          ...(kinds.includes(2) ? ['weight'] : []),
        ]
        for (const name of found) features.set(name, (features.get(name) ?? 0) + 1)
      }),
      { numRuns: 40 },
    )
    expectAtLeast(seen, {
      accepted: 80,
      WitnessMalformed: 80,
      PreStateMismatch: 80,
      DescriptorMismatch: 20,
      OperandMismatch: 5,
      EndMismatch: 80,
      LengthInvalid: 80,
    })
    expectAtLeast(features, {
      'in place': 10,
      'not in place': 10,
      'no tiles': 10,
      'reserved kind': 20,
      weight: 20,
    })
  }, 60_000)

  // Rationale: the real thing: every joint of a tower of four, between states that runs come to.
  test('JOINT-3 on random toys of every tower, contract and spec agree at each joint and at the top', async () => {
    const seen = new Map<string, number>()
    const towers: readonly (readonly PhaseName[])[] = [
      ['loop', 'graph', 'tile', 'vm'],
      ['loop', 'graph', 'vm'],
      ['graph', 'tile', 'vm'],
      ['graph', 'vm'],
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...towers).chain((phases) => toys(phases)),
        inputs,
        fc.array(fc.nat(), { minLength: 3, maxLength: 3 }),
        places,
        async ({ plain: { model }, carry, plain }, input, steps, at) => {
          const { trace, prepared } = toyRun({ plain, carry }, input)
          const [end] = trace.rootsAt([trace.length])
          const { startWitness, outputWitness } = prepared
          const { mostIterations: iterations } = model
          const top: readonly Question[] = [
            { kind: 'startRoot', input: tensorRoot(input), witness: startWitness },
            {
              kind: 'startRoot',
              input: tensorRoot(input),
              witness: concat(startWitness, new Uint8Array(32)),
            },
            ...[outputWitness, outputWitness.slice(1), concat(outputWitness, new Uint8Array(1))].map(
              (witness): Question => ({
                kind: 'outputRoot',
                iterations,
                end: end!,
                length: trace.length,
                witness,
              }),
            ),
            {
              kind: 'outputRoot',
              iterations,
              end: end!,
              length: trace.length + 1,
              witness: outputWitness,
            },
          ]
          const questions: Question[] = [...top]
          let run: Trace = trace
          for (let phase = 0; run.kind === 'upper'; phase++) {
            const step: number = steps[phase]! % run.length
            const { below, witness } = run.descend(step)
            const question = {
              kind: 'descent',
              phase,
              preState: run.rootsAt([step])[0]!,
              end: below.rootsAt([below.length])[0]!,
              length: below.length,
              witness,
            } as const
            questions.push(...damagedQuestions(question, at))
            run = below
          }
          if (run.kind === 'last')
            questions.push({
              kind: 'stepRoot',
              preState: run.rootsAt([run.length - 1])[0]!,
              witness: run.stepWitness(run.length - 1),
            })
          count(seen, await expectAgreement(model, questions))
        },
      ),
      { numRuns: 30 },
    )
    expectAtLeast(seen, { accepted: 120, PreStateMismatch: 60, EndMismatch: 60, LengthInvalid: 60 })
  }, 60_000)
})

// --- What one descriptor means -----------------------------------------------------------------------------------

describe('what a descriptor means on the chain', () => {
  const values = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte))
  const weights = [5, 6, 7].map((byte) => Uint8Array.of(byte))
  const plan = {
    operands: [
      { kind: 'value', index: 2 },
      { kind: 'weight', index: 1 },
    ],
    outputSlot: 3,
    inPlace: false,
    tileCount: 1,
    operatorCode: 1,
    tileElements: 1,
    attributes: [],
  } as const

  const nodeOf = (descriptor: Bytes): GraphCase => caseOf([descriptor], values, weights, 0)

  /** What the chain makes of a node: the start of its run in the machine, and the state behind it. */
  const chainWord = async (given: GraphCase, status = 1, length = 17): Promise<string> => {
    const [word] = await expectAgreement(given.model, [toMachine(given, status, length)])
    return word!
  }

  /** The memory in which the machine starts, slot by slot, said once more without the code under test. */
  const startOf = (
    given: GraphCase,
    filled: readonly (readonly [slot: number, byte: number])[],
    tiles = 1,
  ) => {
    const empty = Array.from({ length: 7 }, () => new Uint8Array())
    const tensors = filled.reduce<Bytes[]>(
      (all, [slot, byte]) => all.with(slot - 1, Uint8Array.of(byte)),
      empty,
    )
    return commitState(initialState(given.model.program.entry, plainMemory(given, 0, tiles, tensors)))
  }

  const word = (descriptor: Bytes, index: number, value: number): Bytes => {
    const bytes = descriptor.slice()
    new DataView(bytes.buffer).setUint32(4 * index, value, true)
    return bytes
  }

  test('JOINT-4 an output in place starts as the value in its slot, any other one unset', async () => {
    const [there, unset] = [true, false].map((inPlace) => nodeOf(encodeDescriptor({ ...plan, inPlace })))
    const operands = [[1, 3] as const, [2, 6] as const]
    expect(await chainWord(there!)).toContain(startOf(there!, [...operands, [7, 4]]))
    expect(await chainWord(unset!)).toContain(startOf(unset!, operands))
  })

  test('JOINT-5 an operand of kind 3 is none, as one of kind 0 is', async () => {
    for (const kind of [0, 3]) {
      const given = nodeOf(word(encodeDescriptor(plan), 1, kind * 2 ** 30 + 1))
      expect(await chainWord(given)).toContain(startOf(given, [[1, 3]]))
    }
  })

  test('JOINT-6 an operand’s index and the output’s slot are taken modulo the size of their trees', async () => {
    const beyond = nodeOf(
      encodeDescriptor({
        ...plan,
        operands: [
          { kind: 'value', index: 4 * 1000 + 2 },
          { kind: 'weight', index: 4 * 5 + 1 },
        ],
        outputSlot: 4 * 77 + 3,
      }),
    )
    const behind = commitGraph(
      { node: 1, valueRoots: beyond.state.valueRoots.with(3, tensorRoot(OUTPUT)) },
      beyond.model.valueHeight,
    )
    expect(await chainWord(beyond)).toBe(
      `${startOf(beyond, [
        [1, 3],
        [2, 6],
      ])} ${behind}`,
    )
  })

  test('JOINT-7 a node without tiles has one, in the range that the machine finds and as the length of its run', async () => {
    const given = nodeOf(encodeDescriptor({ ...plan, tileCount: 0 }))
    expect(await chainWord(given)).toContain(
      startOf(
        given,
        [
          [1, 3],
          [2, 6],
        ],
        1,
      ),
    )
    const tiles = withPhases(given, ['graph', 'tile', 'vm'])
    const question = toTiles(tiles)
    expect(question.length).toBe(1)
    const verdicts = await expectAgreement(tiles.model, [question, { ...question, length: 0 }])
    expect(verdicts.map((verdict) => verdict.split(':')[0]!.slice(0, 2))).toEqual(['0x', 'Le'])
  })

  test('JOINT-8 a machine that trapped is stable, like one that exited, and one that runs is not', async () => {
    const given = nodeOf(encodeDescriptor(plan))
    for (const status of [1, 2, 255]) expect(await chainWord(given, status)).toMatch(/^0x/)
    expect(await chainWord(given, 0)).toBe(`EndNotStable: length 17, stepLimit ${given.model.stepLimit}`)
    expect(await chainWord(given, 0, given.model.stepLimit)).toMatch(/^0x/)
  })

  // Rationale: a tree is climbed by an index’s lowest bits, so that a node far beyond the graph would open the descriptor of one in it. No
  // run comes to such a state, but two liars can agree on one.
  test('JOINT-9 a state that stands at a node beyond the graph leads nowhere, whatever node its lowest bits are', async () => {
    const descriptors = [1, 2, 3].map((operatorCode) => encodeDescriptor({ ...plan, operatorCode }))
    for (const [count, height] of [
      [1, 0],
      [3, 2],
    ] as const)
      for (const node of Array.from({ length: count }, (_, i) => i)) {
        const given = caseOf(descriptors.slice(0, count), values, weights, node)
        const beyond = [height, height + 1, 31].map((bit) => node + 2 ** bit)
        const questions = [node, ...beyond].map((stated): Question => {
          const question = toMachine(given, 1)
          const preState = commitGraph({ ...given.state, node: stated }, given.model.valueHeight)
          return {
            ...question,
            preState,
            witness: concat(bigEndian(stated, 4), question.witness.subarray(4)),
          }
        })
        const [inside, ...outside] = await expectAgreement(given.model, questions)
        expect(inside).toMatch(/^0x/)
        for (const verdict of outside) expect(verdict).toMatch(/^DescriptorMismatch/)
      }
  })
})
