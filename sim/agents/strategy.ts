import type { z } from 'zod'
import type { Parameters } from '../../spec/setting/parameters.ts'
import type { TowerSetting } from '../towers/tower.ts'
import type { Behaviour, Stage } from './stage.ts'

export const AGENT_ROLES = ['server', 'verifier', 'attacker', 'delegate'] as const
export type AgentRole = (typeof AGENT_ROLES)[number]

/** A strategy of the simulator: the options that a scenario gives it, and what it makes of its accounts. */
export interface AgentStrategy<Options = unknown> {
  readonly options: z.ZodType<Options>
  /** Whether whoever plays it does all that the protocol asks, and is owed that it loses no bond and no stake. */
  readonly isHonest: (options: Options) => boolean
  /** Accounts that one of them has; names get letters where there are several. */
  readonly accounts?: number
  /** One behaviour for each of its accounts' stages. */
  readonly play: (options: Options, stages: readonly Stage[]) => readonly Behaviour[]
  /** Whether it has its model for itself. */
  readonly withholds?: boolean
  /** What of its options does not fit the rest of the file; undefined where all does. */
  readonly fault?: (options: Options, around: Surroundings) => OptionFault | undefined
}

/** What a strategy's options are checked against. */
export interface Surroundings {
  /** Of everybody else in the file. */
  readonly names: readonly string[]
  /** Of those that make others' moves. */
  readonly delegates: readonly string[]
  readonly parameters: Parameters
  readonly tower: TowerSetting
}

export interface OptionFault {
  /** The option at fault. */
  readonly field: string
  readonly reason: string
}

/** Keeps an entry's option type inside the entry: the table holds them all alike. */
export const agentStrategy = <Options>(strategy: AgentStrategy<Options>): AgentStrategy =>
  strategy as unknown as AgentStrategy
