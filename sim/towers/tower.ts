import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Id, TensorRoot } from '../../spec/commitments/hash.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import type { PreparedClaim } from '../../spec/strategies/parties.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import type { Chance } from '../chance.ts'
import type { Lie as SymbolLie } from './symbolTrace.ts'

/** What a population plays on: what the chain knows of it, and the runs that its parties hold. */
export interface Tower {
  /** By which the service knows it. */
  readonly model: Id
  /** Iterations that a request asks for. */
  readonly iterations: number
  /** A deployment on which it is registered. */
  readonly deployed: (parameters: Parameters) => ServiceState
  /** What the n-th task asks. */
  readonly inputOf: (nonce: number) => Bytes
  /** A task's run, and what a server posts of it. */
  readonly claimOf: (input: TensorRoot, lie?: Lie) => HeldRun
  /** A lie somewhere in the run, anywhere that chance has it. @param mark of whoever tells it */
  readonly anyLie: (chance: Chance, mark: number, continuation: SymbolLie['continuation']) => Lie
  /** What one guesses who computes nothing: false from the first step on. */
  readonly guess: (mark: number) => Lie
  /**
   * A lie from the first step on behind a place: a step for each phase as far down as there are any, coarsest first. Of a
   * model anywhere, as chance has it.
   */
  readonly lieFrom: (at: readonly number[], mark: number) => Lie
  /** What a registry must be told of it; undefined of a tower of symbols, which has a contract of its own. */
  readonly registered: Model | undefined
}

/** A run, true or with a lie, as a party holds it. */
export interface HeldRun {
  readonly trace: Trace
  readonly prepared: PreparedClaim
}

/** Where a run departs from the truth. */
export type Lie = SymbolLie | ModelLie

/** A lie in the run of a model. */
export type ModelLie =
  | {
      readonly kind: 'element'
      readonly iteration: number
      readonly node: number
      readonly element: number
      /** Added to it; wraps in its type. */
      readonly add: number
    }
  /** The state after this instruction. */
  | { readonly kind: 'step'; readonly step: number }
  /** Somewhere. */
  | { readonly kind: 'anywhere'; readonly draw: number }

/** A model that a tower is of. */
export interface TowerModel {
  readonly name: string
  readonly phases: readonly PhaseName[]
  /** On the input of the first task. */
  readonly runs: ModelRuns
  /** What people call that input. */
  readonly inputName: string
}

/** A file's tower, before anything is played on it. */
export interface TowerSetting {
  /** The longest run of each phase, coarsest first. */
  readonly lengths: readonly number[]
  /** Undefined of a tower of symbols: it has no model. */
  readonly ofModel: TowerModel | undefined
  /** The tower of a run: what was computed of a model before is at hand. */
  readonly raise: () => Tower
}
