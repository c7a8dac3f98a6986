import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../checks/properties/refusal.ts'
import { type Bytes, bigEndian, concat } from '../../commitments/bytes.ts'
import { keccak, type TensorRoot, ZERO_HASH } from '../../commitments/hash.ts'
import { memoryRoot, slotAddress, slotRoots, writeBytes } from '../../commitments/memory.ts'
import { merkleTree } from '../../commitments/merkle.ts'
import { SLOT_HEIGHT, tensorRoot, UNSET_TENSOR } from '../../commitments/tensor.ts'
import { encodeDescriptor, encodeRange, JOB_ADDRESS, JOB_RANGE_ADDRESS } from '../../graph/descriptor.ts'
import { commitState, encodeState, initialState } from '../../machine/state.ts'
import {
  caseOf,
  damage,
  damageBitmap,
  damageWord,
  descriptorWord,
  type GraphCase,
  graphCases,
  image,
  nodeParts,
  partAt,
  plainMemory,
  preOf,
  STEP_LIMIT,
} from './graph.arbitrary.ts'
import { GRAPH_TOP, graphToVm } from './graph.ts'
import { commitGraph } from './graphState.ts'
import { graphOutputWitness, graphStartWitness, nodeRunWitness, nodeWitness } from './graphWitness.ts'

/** A last state of the machine that nobody computed, with some output. */
const endOf = (given: GraphCase, status = 1) => {
  const memory = writeBytes(plainMemory(given), slotAddress(7), Uint8Array.of(1, 2, 3))
  const processor = { ...initialState(0x1_0040, memory), status }
  return {
    preimage: encodeState(memoryRoot(memory), processor),
    root: commitState(processor),
    slots: slotRoots(memory),
  }
}

const exitOf = (given: GraphCase, length = 17, status = 1) => {
  const end = endOf(given, status)
  const witness = nodeRunWitness(given.trees, given.state, end.preimage, end.slots)
  return { end, witness, exited: graphToVm(given.model).exitRoot(preOf(given), end.root, length, witness) }
}

describe('the graph phase', () => {
  // Rationale: keeps (1) of the invariant. What the contract derives from roots is what the machine really starts in,
  // whatever bits the committed descriptor has: kinds 0 and 3, indices beyond the trees, in place, no tiles.
  test('GRAPH-3 entering any node gives the root of the memory that the design lays out', () => {
    fc.assert(
      fc.property(graphCases, (given) => {
        const { enterRoot } = graphToVm(given.model)
        const start = commitState(initialState(given.model.program.entry, plainMemory(given)))
        expect(enterRoot(preOf(given), nodeWitness(given.trees, given.state))).toEqual({
          ok: true,
          value: start,
        })
      }),
      { numRuns: 200 },
    )
  })

  test('GRAPH-4 leaving a node puts the output slot of the memory into the node’s slot, and nothing else', () => {
    fc.assert(
      fc.property(graphCases, (given) => {
        const { values, state, model } = given
        const slot = (descriptorWord(given, 6) % 2 ** 31) % values.length
        const written = {
          node: state.node + 1,
          valueRoots: state.valueRoots.with(slot, endOf(given).slots[7] as TensorRoot),
        }
        expect(exitOf(given).exited).toEqual({ ok: true, value: commitGraph(written, model.valueHeight) })
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: each part of a witness stands for something that the contract does not know; if damage to one went
  // unseen, a liar could choose it.
  test('GRAPH-5 a damaged part of a node’s opening is refused for what it is', () => {
    fc.assert(
      fc.property(graphCases, fc.nat(), fc.nat(), (given, place, bit) => {
        const { enterRoot } = graphToVm(given.model)
        const witness = nodeWitness(given.trees, given.state)
        const refusal = (damaged: Bytes) => refusalOf(enterRoot(preOf(given), damaged))
        const parts = nodeParts(given, witness)
        expect(parts.at(-1)!.words[1]).toBe(witness.length)
        expect(refusal(damage(witness, place % 4, bit))).toBe('DescriptorMismatch')
        for (const part of parts) {
          const damaged = damageWord(witness, part, place, bit)
          if (damaged !== undefined) expect(refusal(damaged)).toBe(part.reason)
          // A word more or less puts all that follows elsewhere.
          expect(refusal(damageBitmap(witness, part, place, bit))).not.toBe('accepted')
        }
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusalOf(enterRoot(keccak(bigEndian(place, 6)), witness))).toBe('PreStateMismatch')
      }),
      { numRuns: 100 },
    )
  })

  test('GRAPH-6 a damaged part of the machine’s end is refused for what it is', () => {
    fc.assert(
      fc.property(graphCases, fc.nat(), fc.nat(), (given, place, bit) => {
        const { exitRoot } = graphToVm(given.model)
        const { end, witness } = exitOf(given)
        const refusal = (damaged: Bytes) => refusalOf(exitRoot(preOf(given), end.root, 17, damaged))
        const memory = partAt(witness, 'memory', nodeParts(given, witness).at(-1)!.words[1], 4, 'EndMismatch')
        const processor = memory.words[1]
        expect(witness.length).toBe(processor + 129)
        expect(refusal(damageWord(witness, memory, place, bit)!)).toBe('EndMismatch')
        expect(['WitnessMalformed', 'EndMismatch']).toContain(
          refusal(damageBitmap(witness, memory, place, bit)),
        )
        expect(refusal(damage(witness, processor + (place % 129), bit))).toBe('EndMismatch')
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(1 + (place % 64))))).toBe('WitnessMalformed')
        expect(refusalOf(exitRoot(keccak(bigEndian(place, 6)), end.root, 17, witness))).toBe(
          'PreStateMismatch',
        )
        expect(refusalOf(exitRoot(preOf(given), keccak(bigEndian(place, 6)), 17, witness))).toBe(
          'EndMismatch',
        )
      }),
      { numRuns: 100 },
    )
  })

  // Rationale: keeps (3). Else a liar would stop a run where its output suits it.
  test('GRAPH-7 a run of the machine is left with a length up to the step limit, stable or cut off by it', () => {
    const [example] = fc.sample(graphCases, { numRuns: 1, seed: 1 })
    const refusal = (length: number, status: number) => refusalOf(exitOf(example!, length, status).exited)
    for (const status of [1, 2, 255]) {
      expect(refusal(1, status)).toBe('accepted')
      expect(refusal(STEP_LIMIT, status)).toBe('accepted')
      for (const length of [0, -1, 0.5, Number.NaN, STEP_LIMIT + 1, 2 ** 48])
        expect(refusal(length, status)).toBe('LengthInvalid')
    }
    expect(refusal(STEP_LIMIT, 0)).toBe('accepted')
    for (const length of [1, STEP_LIMIT - 1]) expect(refusal(length, 0)).toBe('EndNotStable')
    expect(refusal(STEP_LIMIT + 1, 0)).toBe('LengthInvalid')
  })

  test('GRAPH-8 examples: kinds 0 and 3 are no operand, indices wrap, a node in place starts from its slot', () => {
    const values = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte))
    const weights = [5, 6, 7].map((byte) => Uint8Array.of(byte))
    const startOf = (outputSlot: number, inPlace: boolean, tileCount: number) => {
      const kinds = [
        { kind: 'value', index: 2 },
        { kind: 'value', index: 4 + 1 },
        { kind: 'weight', index: 4 + 2 },
        { kind: 'weight', index: 3 },
      ] as const
      const plan = { operands: kinds, outputSlot, inPlace, tileCount, operatorCode: 1, tileElements: 1 }
      const descriptor = encodeDescriptor({ ...plan, attributes: [] })
      // Operand 4 is of kind 3, operand 5 of kind 0, both with an index.
      new DataView(descriptor.buffer).setUint32(16, 0xc000_0001, true)
      new DataView(descriptor.buffer).setUint32(20, 0x0000_0001, true)
      const given = caseOf([descriptor], values, weights, 0)
      const entered = graphToVm(given.model).enterRoot(preOf(given), nodeWitness(given.trees, given.state))
      const memory = writeBytes(
        writeBytes(image(), JOB_ADDRESS, descriptor),
        JOB_RANGE_ADDRESS,
        encodeRange(0, Math.max(1, tileCount)),
      )
      return { entered, memory, entry: given.model.program.entry }
    }
    const operands: readonly (readonly [number, number])[] = [
      [1, 3],
      [2, 2],
      [3, 7],
    ]
    for (const [outputSlot, inPlace, tileCount] of [
      [3, false, 1],
      [3, false, 0],
      [3, true, 5],
      [4 + 3, true, 1],
    ] as const) {
      const { entered, memory, entry } = startOf(outputSlot, inPlace, tileCount)
      const filled = [...operands, ...(inPlace ? [[7, 4] as const] : [])].reduce(
        (m, [slot, byte]) => writeBytes(m, slotAddress(slot), Uint8Array.of(byte)),
        memory,
      )
      expect(entered).toEqual({ ok: true, value: commitState(initialState(entry, filled)) })
    }
  })

  test('GRAPH-9 a node that the graph does not have, and a descriptor of another node, cannot be entered', () => {
    const [any, other] = [1, 2].map((seed) => fc.sample(graphCases, { numRuns: 1, seed })[0]!)
    const nodes = [any!, other!].map(({ trees }) => trees.model.nodes[0]!.descriptor)
    const values = [Uint8Array.of(1), Uint8Array.of(2)]
    const at = (node: number): GraphCase => caseOf(nodes, values, [], node)
    const { enterRoot } = graphToVm(at(0).model)
    // The state of node 1 with the opening of node 0, and with one that calls itself node 1.
    const witness = nodeWitness(at(0).trees, at(0).state)
    expect(refusalOf(enterRoot(preOf(at(1)), witness))).toBe('PreStateMismatch')
    expect(refusalOf(enterRoot(preOf(at(1)), concat(bigEndian(1, 4), witness.subarray(4))))).toBe(
      'DescriptorMismatch',
    )
    for (const node of [2, 2 ** 31, 2 ** 32 - 1]) {
      const pre = commitGraph({ ...at(0).state, node }, at(0).model.valueHeight)
      const beyond = concat(bigEndian(node, 4), witness.subarray(4))
      expect(enterRoot(pre, beyond)).toMatchObject({
        rejection: {
          reason: 'DescriptorMismatch',
          details: { expected: at(0).model.graphRoot, actual: ZERO_HASH },
        },
      })
    }
  })
})

describe('the graph phase on top', () => {
  const cases = graphCases.map((given) => {
    const carry = 2 ** (given.model.valueHeight - 1)
    const empty = merkleTree([], given.model.valueHeight - 1, SLOT_HEIGHT)
    return { ...given, carry, model: { ...given.model, carryRoot: empty.root } }
  })

  test('GRAPH-10 a claim starts in the carry with the input in its slot, beside an unset right half', () => {
    fc.assert(
      fc.property(cases, fc.nat(), fc.nat(), ({ trees, model, carry }, slot, place) => {
        const inputSlot = slot % carry
        const graph = { ...trees.model, inputSlot }
        const { startRoot } = GRAPH_TOP({ ...model, inputSlot })
        const input = tensorRoot(bigEndian(place, 6))
        const witness = graphStartWitness(graph)
        const values = Array.from({ length: 2 * carry }, (_, i) => (i === inputSlot ? input : UNSET_TENSOR))
        expect(startRoot(input, witness)).toEqual({
          ok: true,
          value: commitGraph({ node: 0, valueRoots: values }, model.valueHeight),
        })
        if (witness.length > 0)
          expect(refusalOf(startRoot(input, damage(witness, place % witness.length)))).toBe('StartMismatch')
        expect(refusalOf(startRoot(input, concat(witness, new Uint8Array(32))))).toBe('WitnessMalformed')
      }),
      { numRuns: 100 },
    )
  })

  test('GRAPH-11 a claim’s output is the one in its last state, and its length is the number of nodes', () => {
    fc.assert(
      fc.property(graphCases, fc.nat(), fc.nat(), ({ trees, model, state }, place, bit) => {
        const { outputRoot } = GRAPH_TOP(model)
        const last = { ...state, node: model.nodeCount }
        const end = commitGraph(last, model.valueHeight)
        const witness = graphOutputWitness(trees.model, last)
        const refusal = (damaged: Bytes) => refusalOf(outputRoot(end, model.nodeCount, damaged))
        expect(outputRoot(end, model.nodeCount, witness)).toEqual({
          ok: true,
          value: last.valueRoots[model.outputSlot],
        })
        for (const length of [0, model.nodeCount - 1, model.nodeCount + 1, Number.NaN])
          expect(refusalOf(outputRoot(end, length, witness))).toBe('LengthInvalid')
        const proof = partAt(witness, 'output', 0, 1 + model.valueHeight, 'EndMismatch')
        expect(proof.words[1]).toBe(witness.length)
        const damaged = damageWord(witness, proof, place, bit)
        if (damaged !== undefined) expect(refusal(damaged)).toBe('EndMismatch')
        expect(['WitnessMalformed', 'EndMismatch']).toContain(
          refusal(damageBitmap(witness, proof, place, bit)),
        )
        expect(refusal(witness.slice(0, place % witness.length))).toBe('WitnessMalformed')
        expect(refusal(concat(witness, new Uint8Array(32)))).toBe('WitnessMalformed')
        // The state of an earlier node is not the last.
        const earlier = commitGraph({ ...last, node: model.nodeCount - 1 }, model.valueHeight)
        expect(refusalOf(outputRoot(earlier, model.nodeCount, witness))).toBe('EndMismatch')
      }),
      { numRuns: 100 },
    )
  })
})
