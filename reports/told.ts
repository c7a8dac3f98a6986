import type { AgentRole } from '../sim/agents/strategy.ts'
import type { NamedGraph } from '../sim/stepNames.ts'
import type { Id } from '../spec/commitments/hash.ts'
import type { GraphModel, GraphNode } from '../spec/graph/graphModel.ts'
import type { Address } from '../spec/service/task.ts'

/** Somebody with a name. */
export interface Player {
  readonly name: string
  readonly role: AgentRole | 'requester'
  readonly address: Address
}

/** A graph as far as it says what its nodes put out. */
export interface OutputGraph extends NamedGraph, Pick<GraphModel, 'outputSlot'> {
  readonly nodes: readonly Pick<GraphNode, 'name' | 'outputSlot' | 'outputType' | 'outputElements'>[]
}

/** What a reader must know of a run to follow its calls, whoever played it and on whatever tower. */
export interface Told {
  readonly actors: readonly Player[]
  readonly graph: OutputGraph
  /** Phases of its tower, coarsest first. */
  readonly model: { readonly phases: readonly string[] }
  /** The task that it is about; of several, the first. */
  readonly task: Id
}
