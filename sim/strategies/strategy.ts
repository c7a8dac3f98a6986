import type { z } from 'zod'
import type { InferenceRun, ModelRuns } from '../../impl/inference/runs.ts'
import type { Claim } from '../../spec/service/task.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import type { Trace } from '../../spec/tower/tower.ts'

/**
 * A strategy is an honest one over a trace that may be damaged, and a number of moves after which it falls silent.
 * Each is an entry of a table: the options that a scenario gives it, what it needs, and how it comes by its trace.
 */
interface AnyStrategy<Options> {
  readonly options: z.ZodType<Options>
  /** Why it cannot be played with these phases; undefined where it can. */
  readonly misfit: (phases: readonly PhaseName[]) => string | undefined
  /** Why the options point outside the model: the field, below the actor's, and the reason. */
  readonly fault: (options: Options, runs: ModelRuns) => { field: string; reason: string } | undefined
  /** Moves that it makes before it falls silent; without bound where undefined. */
  readonly silentAfter: (options: Options) => number | undefined
}

export interface ServerStrategy<Options = unknown> extends AnyStrategy<Options> {
  /** What it claims, and plays from. */
  readonly run: (options: Options, runs: ModelRuns) => InferenceRun
}

export interface VerifierStrategy<Options = unknown> extends AnyStrategy<Options> {
  /** Whether it stakes on its attention to the model, and then looks, or sleeps; absent where it stakes nothing. */
  readonly attention?: 'looks' | 'sleeps'
  /** What it plays from against a claim; it disputes where this differs from the claim. Undefined where it looks at none. */
  readonly traceAgainst: (claim: Claim, runs: ModelRuns, choose: Choose) => Trace | undefined
}

/** A number in [0, below), from the scenario's seed alone. */
export type Choose = (below: number) => number

/** Keeps an entry's option type inside the entry: the table holds them all alike. */
export const serverStrategy = <Options>(strategy: ServerStrategy<Options>): ServerStrategy =>
  strategy as unknown as ServerStrategy

export const verifierStrategy = <Options>(strategy: VerifierStrategy<Options>): VerifierStrategy =>
  strategy as unknown as VerifierStrategy

export const fitsAll = (): undefined => undefined
export const noFault = (): undefined => undefined
export const neverSilent = (): undefined => undefined
