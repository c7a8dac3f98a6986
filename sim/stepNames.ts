import type { Segment } from '../spec/game/reply.ts'
import type { GraphNode } from '../spec/graph/graphModel.ts'
import type { PhaseName } from '../spec/tower/model.ts'
import { range } from './format.ts'

/** A graph as far as its nodes have names. */
export interface NamedGraph {
  readonly nodes: readonly Pick<GraphNode, 'name'>[]
  /** Tokens of the prompt, where an iteration is a token of a language model. */
  readonly promptTokens?: number | undefined
}

/** A node as people know it: index, and its name where that says more. */
export const nodeName = ({ nodes }: NamedGraph, index: number): string => {
  const name = nodes[index]?.name ?? '(no such node)'
  return name === `node ${index}` ? name : `node ${index} ${name}`
}

const plural =
  (one: string) =>
  (_: NamedGraph, first: number, length: number): string =>
    `${length === 1 ? one : `${one}s`} ${range(first, length)}`

/** The token of the answer that an iteration comes to, from 1 on; 0 and less within the prompt. */
export const answerToken = (iteration: number, promptTokens: number): number => iteration + 2 - promptTokens

/** Iterations, with what one of them is for where it is looked into. */
const iterations = (graph: NamedGraph, first: number, length: number): string => {
  const words = plural('iteration')(graph, first, length)
  if (graph.promptTokens === undefined || length > 1) return words
  const token = answerToken(first, graph.promptTokens)
  return `${words} (${token < 1 ? `token ${first + 1} of the prompt` : `token ${token} of the answer`})`
}

/** Steps of a phase, in the word of that phase. */
const STEPS: Readonly<Record<PhaseName, (graph: NamedGraph, first: number, length: number) => string>> = {
  graph: (graph, first, length) => (length === 1 ? nodeName(graph, first) : `nodes ${range(first, length)}`),
  loop: iterations,
  tile: plural('tile'),
  vm: plural('instruction'),
}

/** Of a phase that has no word of its own: of a tower of symbols. */
const STEP = plural('step')

/** Where a segment lies, from the coarsest phase down: one entry for each phase. */
export const segmentPath = (
  { at, length }: Pick<Segment, 'at' | 'length'>,
  { model, graph }: { readonly model: { readonly phases: readonly string[] }; readonly graph: NamedGraph },
): readonly string[] =>
  at.map((step, depth) => {
    const words = STEPS[model.phases[depth] as PhaseName] ?? STEP
    return words(graph, step, depth === at.length - 1 ? length : 1)
  })
