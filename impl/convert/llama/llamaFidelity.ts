import { type Bytes, littleEndian } from '../../../spec/commitments/bytes.ts'
import type { GraphNode } from '../../../spec/graph/graphModel.ts'
import { planNodes } from '../../graph/native/plan.ts'
import { type Comparison, collectOutputs } from '../../inference/deviations.ts'
import { GREEDY, requestTensor } from '../../inference/languageModel.ts'
import { graphOf } from '../../inference/openNative.ts'
import { watchNodes } from '../../inference/watchNodes.ts'
import { type OpenModel, openModelFile } from '../../models/modelFile.ts'
import { tensorBytes } from '../../models/modelHeader.ts'
import { NodeEngine } from '../../tower/nodeEngine.ts'
import { elementsOf } from '../weights/tensorPlace.ts'
import { countWeights, type LlamaSource } from './llamaSource.ts'
import { llamaReference } from './reference.ts'

/** How far a converted LLaMA is from double precision over the weights that it was made of, on a few tokens. */
export interface LlamaFidelity {
  /** Positions of one sequence. */
  readonly samples: number
  /** How many blocks were compared, the first ones, and how many there are. */
  readonly blocks: number
  readonly allBlocks: number
  /** The value that `output` is about: the logits, or what comes out of the last block that was compared. */
  readonly outputNode: string
  readonly comparisons: readonly Comparison[]
}

/** Of a model with more weights only the first blocks are compared: it is to take seconds. */
const MOST_WEIGHTS = 2 ** 28
const POSITIONS = 4

const blocksToCompare = (source: LlamaSource, mostWeights: number): number => {
  const { blocks } = source
  if (countWeights(source) <= mostWeights) return blocks.length
  const ofBlock = Object.values(blocks[0]!).reduce((sum, { shape }) => sum + elementsOf(shape), 0)
  return Math.min(blocks.length, Math.max(1, Math.floor(mostWeights / ofBlock)))
}

/** The first nodes of a model file on the native engine, with the weights that they read and no others. */
const openPrefix = (open: OpenModel, nodes: readonly GraphNode[]): NodeEngine => {
  const graph = { ...graphOf(open), nodes }
  const read = new Set(
    planNodes(graph).flatMap(({ operands }) =>
      operands.flatMap((place) => (place.kind === 'weight' ? [place.slot] : [])),
    ),
  )
  const weights = open.header.weights.map((tensor, index) =>
    read.has(index)
      ? {
          byteLength: tensorBytes(tensor),
          copyTo: (target: Uint8Array) => open.readWeightInto(index, target),
        }
      : { byteLength: 0, copyTo: () => {} },
  )
  return new NodeEngine(graph, weights)
}

/**
 * Compares by operator and end to end; of a large model the first blocks alone.
 *
 * @param file the converted model
 * @param mostWeights of which so many at most are looked at, and one block at least
 * @throws ModelFileError, ConvertError
 */
export const measureLlamaFidelity = (
  source: LlamaSource,
  file: string,
  mostWeights = MOST_WEIGHTS,
): LlamaFidelity => {
  const open = openModelFile(file)
  try {
    const facts = open.header.llama!
    const blocks = blocksToCompare(source, mostWeights)
    const isWhole = blocks === source.blocks.length
    const outputNode = isWhole ? 'logits' : `block ${blocks - 1} feed-forward output`
    const end = isWhole ? open.nodes.length : 1 + open.nodes.findIndex(({ name }) => name === outputNode)
    const nodes = open.nodes.slice(0, end)
    const samples = Math.min(POSITIONS, facts.promptCapacity, facts.context)
    const tokens = Array.from({ length: samples }, (_, i) => (i * 7919 + 1) % facts.vocabulary)

    const watched = watchNodes(nodes, samples)
    const reference = llamaReference({ ...source, blocks: source.blocks.slice(0, blocks) })
    reference.feed([reference.start()], [tokens], isWhole ? 'all' : 'none', watched.observe)
    const outputs = collectOutputs()
    const engine = openPrefix(open, nodes)
    const values = new Map<number, Bytes>()
    engine.load(new Map([[open.header.inputSlot, requestTensor(tokens, GREEDY, facts)]]))
    for (let position = 0; position < samples; position++) {
      // Without its last nodes a graph does not count on by itself.
      engine.alter(facts.positionSlot, 0, littleEndian(position, 4))
      nodes.forEach(({ outputSlot }, node) => {
        values.set(outputSlot, engine.runNode(node).bytes)
      })
      const { expected, found } = watched.compare(position, (slot) => values.get(slot)!).get(outputNode)!
      outputs.add(expected, found)
    }
    return {
      samples,
      blocks,
      allBlocks: source.blocks.length,
      outputNode,
      comparisons: [{ against: 'double precision', operators: watched.report(), output: outputs.report() }],
    }
  } finally {
    open.close()
  }
}
