import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { tensorRoot as specTensorRoot } from '../../spec/commitments/tensor.ts'
import { decodeHead } from '../../spec/graph/descriptor.ts'
import type { GraphModel, GraphNode } from '../../spec/graph/graphModel.ts'
import { tileElementsOf } from '../../spec/graph/operators/index.ts'
import { checkModel, type Model, type PhaseName } from '../../spec/tower/model.ts'
import { commitGraph } from '../../spec/tower/phases/graphState.ts'
import { commitLoop } from '../../spec/tower/phases/loop.ts'
import type { Trace, UpperTrace } from '../../spec/tower/tower.ts'
import { towerRules } from '../../spec/tower/towerRules.ts'
import { executeFrom, initialValues, type Values, withOutput } from '../graph/executor.ts'
import {
  type LlamaShape,
  type NumericFormat,
  requestOf,
  SMALL_LLAMA,
  smallLlama,
} from '../graph/llama.fixture.ts'
import { planNode } from '../graph/node.ts'
import { tensorRoot } from '../keccak/treeRoot.ts'
import { type HeldModel, holdModel } from './heldModel.ts'
import { expectLaw } from './law.fixture.ts'
import { NodeEngine } from './nodeEngine.ts'
import { towerRuns } from './towerRuns.ts'

const TOWERS: readonly (readonly PhaseName[])[] = [
  ['loop', 'graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['graph', 'vm'],
]
const FORMATS: readonly NumericFormat[] = ['fixed', 'f32']
const ITERATIONS = 5
const MOST_ITERATIONS = 20
const PROMPT = [5, 29, 31]

/** A model with its nodes cut into tiles of a few elements, so that there are tiles to look into. */
const tiled = (graph: GraphModel, tileElements: number): GraphModel => ({
  ...graph,
  nodes: graph.nodes.map((node) => {
    if (node.outputElements <= tileElements || node.operator.startsWith('append')) return node
    const descriptor = node.descriptor.slice()
    const words = new DataView(descriptor.buffer)
    words.setUint32(28, Math.ceil(node.outputElements / tileElements), true)
    words.setUint32(36, tileElements, true)
    return { ...node, descriptor }
  }),
})

interface Played {
  readonly phases: readonly PhaseName[]
  readonly shape: LlamaShape
  readonly seed: number
  readonly tileElements: number
}

const play = (format: NumericFormat, { phases, shape, seed, tileElements }: Played) => {
  const graph = tiled(smallLlama(shape, seed, format), tileElements)
  const engine = new NodeEngine(graph)
  const held = holdModel(graph, graph.weights.map(tensorRoot), phases, MOST_ITERATIONS)
  const iterations = phases[0] === 'loop' ? ITERATIONS : 1
  const input = requestOf(PROMPT, 120_000, 3)
  return { held, engine, input, runs: towerRuns(held, engine, input, iterations), iterations }
}

const small = (phases: readonly PhaseName[]): Played => ({
  phases,
  shape: SMALL_LLAMA,
  seed: 11,
  tileElements: 16,
})

const shapes = fc
  .tuple(
    fc.constantFrom(1, 2),
    fc.constantFrom(32, 64),
    fc.constantFrom(1, 2),
    fc.integer({ min: 40, max: 300 }),
  )
  .map(
    ([layers, width, kvHeads, vocabulary]): LlamaShape => ({
      ...SMALL_LLAMA,
      layers,
      width,
      kvHeads,
      vocabulary,
    }),
  )

/** Values before each node of each iteration, in the specification's operators. */
const plainStates = ({ graph }: HeldModel, input: Uint8Array, iterations: number): readonly Values[][] => {
  const carrySlots = 2 ** (graph.valueHeight - 1)
  let start = initialValues(graph, input)
  return Array.from({ length: iterations }, () => {
    const states: Values[] = [start]
    executeFrom(graph, start, 0).forEach((output, node) => {
      states.push(withOutput(graph, states.at(-1)!, node, output))
    })
    const end = states.at(-1)!
    start = end.map((value, slot) => (slot < carrySlots ? value : new Uint8Array(0)))
    return states
  })
}

const graphRoot = (values: Values, node: number, { valueHeight }: Model) =>
  commitGraph({ node, valueRoots: values.map(specTensorRoot) }, valueHeight)

/** Drawn evenly, as an index into anything. */
const numbers = fc.noBias(fc.nat())
const paths = fc.array(numbers, { minLength: 4, maxLength: 4 })

describe.each(FORMATS)('towers of a language model in %s', (format) => {
  // Rationale: a party's roots are computed natively and little by little; the chain knows only what the rules say.
  test('TOWER-RUNS-1 every root of loop and graph is that of the specification’s own values', () => {
    const { held, input, runs } = play(format, small(['loop', 'graph', 'vm']))
    const carrySlots = 2 ** (held.model.valueHeight - 1)
    const trace = runs.honest().trace as UpperTrace
    const plain = plainStates(held, input, ITERATIONS)
    const starts = [...plain.map(([first]) => first!), plain.at(-1)!.at(-1)!]
    const expected = starts.map((values, iteration) =>
      commitLoop({ iteration, carryRoots: values.slice(0, carrySlots).map(specTensorRoot) }, held.model),
    )
    expect(trace.rootsAt(expected.map((_, i) => i))).toEqual(expected)
    for (const iteration of [0, ITERATIONS - 1]) {
      const states = plain[iteration]!
      expect(trace.descend(iteration).below.rootsAt(states.map((_, i) => i))).toEqual(
        states.map((values, node) => graphRoot(values, node, held.model)),
      )
    }
  })

  // Rationale: without the law a party that computes honestly could not answer for what lies below its own roots.
  test('TOWER-RUNS-2 the law holds at random steps of every phase, in runs that are true and in false ones', () => {
    const reached = { operators: new Set<string>(), lies: 0, tiles: 0 }
    const games = fc.record({
      phases: fc.constantFrom(...TOWERS),
      shape: shapes,
      seed: numbers,
      tileElements: fc.constantFrom(4, 16, 64),
    })
    fc.assert(
      fc.property(games, paths, numbers, (game, path, choice) => {
        const { held, runs, iterations } = play(format, game)
        const { nodes } = held.graph
        const isLoop = game.phases[0] === 'loop'
        const iteration = isLoop ? path[0]! % iterations : 0
        const index = path[1]! % nodes.length
        const node = nodes[index]!
        const element = elementOf(node, game.shape, choice, iteration)
        const isFalse = choice % 3 > 0 && element !== undefined
        const run = isFalse ? runs.withElement(index, element, 1 + (choice % 200), iteration) : runs.honest()
        // A lie is looked into where it stands.
        const tile = isFalse ? Math.floor(element / tileElementsOf(node.descriptor)) : path[2]!
        const inTile = game.phases.includes('tile') ? [tile] : []
        expectLaw(held.model, run.trace, [...(isLoop ? [iteration] : []), index, ...inTile, path[3]!])
        reached.operators.add(node.operator)
        if (isFalse) reached.lies++
        if (inTile.length > 0 && decodeHead(node.descriptor).tileCount > 1) reached.tiles++
      }),
      { numRuns: 40 },
    )
    expect(reached.operators.size).toBeGreaterThan(6)
    expect(reached.lies).toBeGreaterThan(10)
    expect(reached.tiles).toBeGreaterThan(4)
  })

  // Rationale: a claim that the top phase's rules refuse is no claim, however right its output.
  test('TOWER-RUNS-3 claims start and end where the contract says, with the output of the run', () => {
    for (const phases of TOWERS) {
      const { held, input, runs, iterations } = play(format, small(phases))
      const { trace, prepared } = runs.honest()
      expect(checkModel(held.model)).toEqual({ ok: true, value: held.model })
      const { top } = rulesOf(held.model)
      const [start] = trace.rootsAt([0])
      expect(top.startRoot(specTensorRoot(input), prepared.startWitness)).toEqual({ ok: true, value: start })
      const { endRoot, length, outputWitness, output } = prepared
      expect(top.outputRoot(endRoot, length, outputWitness, iterations)).toEqual({
        ok: true,
        value: specTensorRoot(output),
      })
      const end = plainStates(held, input, iterations).at(-1)!.at(-1)!
      expect(output).toEqual(end[held.graph.outputSlot]!.slice(0, output.length))
    }
  })

  // Rationale: disputes must not cost more than the work that they are about, or nobody could afford to be honest.
  test('TOWER-RUNS-4 a run and a whole dispute about it take no more nodes than two inferences', () => {
    const { held, engine, runs } = play(format, small(['loop', 'graph', 'tile', 'vm']))
    const inference = ITERATIONS * held.graph.nodes.length
    const { trace } = runs.honest()
    expect(engine.executed).toBe(inference)
    const walk = (from: Trace): void => {
      from.rootsAt(Array.from({ length: Math.min(from.length, 40) + 1 }, (_, i) => i))
      if (from.kind === 'upper') walk(from.descend(from.length - 1).below)
    }
    walk(trace)
    expect(engine.executed).toBeLessThanOrEqual(2 * inference)
    // Nothing is computed twice, however often it is asked.
    const before = engine.executed
    walk(trace)
    expect(engine.executed).toBe(before)
  })

  // Rationale: 7B weights need addresses of 64 bits, and no test has the memory for them.
  test('TOWER-RUNS-9 with addresses of 64 bits, and weights from elsewhere, a run is the same', () => {
    const { held, input, runs } = play(format, small(['loop', 'graph', 'vm']))
    const { weights, ...graph } = held.graph
    const sources = weights.map((bytes) => ({
      byteLength: bytes.length,
      copyTo: (target: Uint8Array) => target.set(bytes),
    }))
    const wide = new NodeEngine({ ...graph, weights: [] }, sources, { wide: true })
    const again = towerRuns({ ...held, graph: wide.graph }, wide, input, ITERATIONS).honest()
    expect(again.prepared).toEqual(runs.honest().prepared)
    expectLaw(held.model, again.trace, [3, 4, 5])
  })

  // Rationale: a frivolous challenger must have something to stand by, to the very end.
  test('TOWER-RUNS-5 a damaged run begins as the true one and ends otherwise', () => {
    const { runs } = play(format, small(['loop', 'graph', 'tile', 'vm']))
    const honest = runs.honest().trace
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 4, maxLength: 4 }), (choices) => {
        let asked = 0
        const { trace } = runs.damaged((below) => choices[asked++ % choices.length]! % below)
        expect(trace.rootsAt([0])).toEqual(honest.rootsAt([0]))
        expect(trace.rootsAt([trace.length])).not.toEqual(honest.rootsAt([trace.length]))
      }),
      { numRuns: 10 },
    )
  })
})

// Rationale: scratch is empty when an iteration starts, and natively it is not cleared: where that makes a difference, an
// honest server would serve what the rules do not say.
describe('graphs that are no language model', () => {
  const graph = smallLlama(SMALL_LLAMA, 11)
  const damaged = (node: number, alter: (words: DataView) => void): GraphModel => {
    const descriptor = graph.nodes[node]!.descriptor.slice()
    alter(new DataView(descriptor.buffer))
    return { ...graph, nodes: graph.nodes.with(node, { ...graph.nodes[node]!, descriptor }) }
  }
  const { outputSlot } = graph.nodes[9]!

  test('TOWER-RUNS-6 such a graph is refused', () => {
    expect(() => new NodeEngine(graph)).not.toThrow()
    const early = damaged(2, (words) => words.setUint32(0, 2 ** 30 + outputSlot, true))
    expect(() => new NodeEngine(early)).toThrow('node 2 reads scratch that no node has written')
    const twice = damaged(12, (words) => words.setUint32(24, outputSlot, true))
    expect(() => new NodeEngine(twice)).toThrow('node 12 writes scratch that is not empty')
    const anew = damaged(2, (words) => words.setUint32(24, 1, true))
    anew.nodes[2]!.descriptor.set([1, 0, 0, 0x40])
    expect(() => new NodeEngine(anew)).toThrow('node 2 reads the slot that it writes anew')
  })

  // Rationale: what stands behind a shorter tensor is zero, whatever stood there before.
  test('TOWER-RUNS-8 a carry slot that is written anew holds that tensor alone', () => {
    const node = (operator: string, operands: readonly number[], elements: number, outputSlot: number) =>
      planNode({
        name: operator,
        operator,
        operands: operands.map((index) => ({ kind: 'value', index })),
        outputSlot,
        attributes: [elements],
      })
    const anew: GraphModel = {
      name: 'anew',
      nodes: [
        node('add', [0, 0], 4, 1),
        node('rectify', [0], 2, 1),
        node('add', [1, 2], 4, 3),
        node('rectify', [3], 4, 2),
      ],
      weights: [],
      valueHeight: 3,
      weightHeight: 0,
      inputSlot: 0,
      inputBytes: 16,
      outputSlot: 2,
    }
    const held = holdModel(anew, [], ['loop', 'graph', 'tile', 'vm'], 9)
    const input = new Uint8Array(Int32Array.of(1, 2, 3, 4).buffer)
    const { trace, prepared } = towerRuns(held, new NodeEngine(anew), input, 3).honest()
    expect([...new Int32Array(prepared.output.buffer)]).toEqual([3, 6, 0, 0])
    const plain = plainStates(held, input, 3)
    const starts = [...plain.map(([first]) => first!), plain.at(-1)!.at(-1)!]
    expect(trace.rootsAt([0, 1, 2, 3])).toEqual(
      starts.map((values, iteration) =>
        commitLoop({ iteration, carryRoots: values.slice(0, 4).map(specTensorRoot) }, held.model),
      ),
    )
    for (const iteration of [0, 2])
      for (const step of [0, 1, 2, 3]) expectLaw(held.model, trace, [iteration, step, 0, 5])
  })

  test('TOWER-RUNS-7 an element that its node does not write cannot be false', () => {
    const { runs } = play('fixed', small(['loop', 'graph', 'tile', 'vm']))
    const append = graph.nodes.findIndex(({ operator }) => operator === 'append')
    expect(runs.writesElement!(append, 0, 0)).toBe(true)
    expect(runs.writesElement!(append, 0, 1)).toBe(false)
    expect(() => runs.withElement(append, 0, 1, 1)).toThrow(`does not write element 0`)
  })
})

const rulesOf = (model: Model) => {
  const rules = towerRules(model)
  if (!rules.ok) throw new Error(rules.rejection.reason)
  return rules.value
}

/** An element that the node writes in the iteration; undefined where it writes none. */
const elementOf = (
  { operator, outputElements }: GraphNode,
  { context }: LlamaShape,
  choice: number,
  iteration: number,
): number | undefined => {
  const behind = iteration + 1 - PROMPT.length
  if (operator === 'write-token') return behind < 0 ? undefined : behind
  const width = outputElements / context
  return operator.startsWith('append') ? iteration * width + (choice % width) : choice % outputElements
}
