import type { Segment } from '../spec/game/reply.ts'
import type { GraphNode } from '../spec/graph/graphModel.ts'
import type { Model, PhaseName } from '../spec/tower/model.ts'
import { range } from './format.ts'

/** A graph as far as its nodes have names. */
export interface NamedGraph {
  readonly nodes: readonly Pick<GraphNode, 'name'>[]
}

/** A node as people know it: index and name. */
export const nodeName = ({ nodes }: NamedGraph, index: number): string =>
  `node ${index} ${nodes[index]?.name ?? '(no such node)'}`

const plural =
  (one: string) =>
  (_: NamedGraph, first: number, length: number): string =>
    `${length === 1 ? one : `${one}s`} ${range(first, length)}`

/** Steps of a phase, in the word of that phase. */
const STEPS: Readonly<Record<PhaseName, (graph: NamedGraph, first: number, length: number) => string>> = {
  graph: (graph, first, length) => (length === 1 ? nodeName(graph, first) : `nodes ${range(first, length)}`),
  loop: plural('iteration'),
  tile: plural('tile'),
  vm: plural('instruction'),
}

/** Where a segment lies, from the coarsest phase down: one entry for each phase. */
export const segmentPath = (
  { at, length }: Pick<Segment, 'at' | 'length'>,
  { model, graph }: { readonly model: Pick<Model, 'phases'>; readonly graph: NamedGraph },
): readonly string[] =>
  at.map((step, depth) => STEPS[model.phases[depth]!](graph, step, depth === at.length - 1 ? length : 1))
