import type { Id } from '../spec/commitments/hash.ts'
import type { GraphModel } from '../spec/graph/graphModel.ts'
import type { ServiceState } from '../spec/service/state.ts'
import type { Model } from '../spec/tower/model.ts'
import type { Actor } from './actors.ts'
import type { Outcome, Summary } from './outcome.ts'
import type { Scenario } from './scenario/load.ts'
import type { Expectation } from './scenario/schema.ts'
import type { NamedGraph } from './stepNames.ts'
import type { Story } from './story.ts'
import type { Truth } from './truth.ts'
import type { ChainPlace } from './worlds/world.ts'

/** What is known of a run before its first call. */
export interface RunStage {
  readonly scenario: Scenario
  readonly actors: readonly Pick<Actor, 'name' | 'role' | 'address'>[]
  readonly graph: GraphModel & NamedGraph
  readonly model: Model
  readonly task: Id
  /** Undefined in the model. */
  readonly place: ChainPlace | undefined
  /** The service before the first call: program and model are registered. */
  readonly start: ServiceState
}

/** Everything about one run, for whoever tells of it. */
export interface RunRecord extends RunStage {
  readonly story: Story
  readonly outcome: Outcome
  readonly truth: Truth
  /** Keys of the scenario's `expect` that did not come true. */
  readonly unmet: readonly (keyof Expectation)[]
  readonly summary: Omit<Summary, 'reportPath'>
}
