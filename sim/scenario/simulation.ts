import { maxMoves } from '../../spec/game/bounds.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import {
  type Costs,
  type Played,
  smallestClaimBondWei,
  smallestDisputeBondWei,
} from '../../spec/setting/bonds.ts'
import { type Parameters, parameterFault, type Wei } from '../../spec/setting/parameters.ts'
import { finalitySeconds, settlementSeconds } from '../../spec/setting/times.ts'
import { timeFaults } from '../../spec/setting/world.ts'
import { AGENT_STRATEGIES } from '../agents/index.ts'
import { isOf } from '../agents/names.ts'
import type { Compute } from '../agents/stage.ts'
import type { AgentRole, AgentStrategy } from '../agents/strategy.ts'
import { oneOf } from '../badInput.ts'
import { committedRates } from '../compute/rates.ts'
import type { TowerSetting } from '../towers/tower.ts'
import { type FieldFault, mustBe, schemaFaults } from './fault.ts'
import { bondFaults, pathOf, sealFaults, sealTerms } from './gameFields.ts'
import { towerOf } from './populationTower.ts'
import {
  agentSchema,
  COMMON_KEYS,
  type RawAgent,
  type RawSimulation,
  simulationSchema,
} from './simulationSchema.ts'
import { feeFaults, usualFeeWei } from './taskFee.ts'

/** Somebody of the cast, or a crowd of them: what all have, and a strategy with its options. */
export interface Member extends Omit<RawAgent, 'role' | 'strategy'> {
  readonly role: AgentRole
  readonly strategyName: string
  readonly strategy: AgentStrategy
  readonly options: unknown
  /** Its place among the file's actors, for messages. */
  readonly index: number
}

export type Cast = readonly Member[]

/** A simulation, checked in every field: what one point of a grid is played from. */
export interface Simulation extends Omit<RawSimulation, 'actors' | 'untilSeconds'> {
  readonly tower: TowerSetting
  readonly parameters: Parameters
  /** The deployment with what its formulas assume. */
  readonly played: Played
  readonly compute: Compute
  readonly cast: Cast
  readonly untilSeconds: Seconds
  /** Why the game's promises do not hold in this setting; undefined where they do. */
  readonly outside: string | undefined
}

const HIGHEST_CALL_GAS = 250_000n
const GWEI = 1_000_000_000

/** The dearest that gas can get in this world, in wei. */
const dearestGasWei = ({ chain }: Pick<RawSimulation, 'chain'>): Wei => {
  const { baseFeeGwei } = chain
  const gwei =
    typeof baseFeeGwei === 'number'
      ? baseFeeGwei
      : 'series' in baseFeeGwei
        ? Math.max(...baseFeeGwei.series)
        : baseFeeGwei.walk.max
  return BigInt(Math.round((gwei + 1) * GWEI))
}

/** With a tower that was never measured, a model that takes half a minute. */
const UNMEASURED_SECONDS: Seconds = 30

/** What the file says it takes to compute; where it says nothing, what the engine was measured to take. */
const computeOf = (
  { inferenceSeconds, recomputeSeconds }: RawSimulation['costs'],
  tower: TowerSetting,
): Compute => {
  const { lengths, ofModel } = tower
  const measured = ofModel && committedRates()[ofModel.name]?.[ofModel.phases.join(',')]
  const inference = inferenceSeconds ?? measured?.inferenceSeconds ?? UNMEASURED_SECONDS
  return {
    inferenceSeconds: inference,
    recomputeSeconds: recomputeSeconds ?? measured?.recomputeSeconds ?? lengths.map(() => inference),
  }
}

const WEI_PER_ETHER = 1e18

/** What the formulas of the bonds assume, from what the file says of the world. */
const costsOf = (
  raw: Pick<RawSimulation, 'costs' | 'task' | 'chain'>,
  { inferenceSeconds }: Compute,
): Costs => {
  const { costs, task } = raw
  const runUsd = (inferenceSeconds / 3600) * costs.computeUsdPerHour
  const runWei = costs.etherUsd === 0 ? 0n : BigInt(Math.ceil((runUsd / costs.etherUsd) * WEI_PER_ETHER))
  return {
    callWei: HIGHEST_CALL_GAS * dearestGasWei(raw),
    runWei,
    gainWei: costs.cheatGainWei + task.feeWei,
    interestBasisPoints: 0,
  }
}

const parametersOf = (raw: RawSimulation, lengths: readonly number[], compute: Compute): Parameters => {
  const { game, chain } = raw
  const inclusionSeconds = chain.inclusionSeconds + chain.blockSeconds
  const base: Parameters = {
    arity: game.arity,
    clockSeconds: game.clockSeconds,
    descentSeconds: game.descentSeconds,
    windowSeconds: game.windowSeconds,
    claimBondWei: 1n,
    disputeBondWei: 1n,
    burnBasisPoints: game.burnBasisPoints,
    disputesAtOnce: game.disputesAtOnce,
    mostMoves: maxMoves(lengths, game.arity),
    inclusionSeconds,
    ...sealTerms(game),
  }
  const costs = costsOf(raw, compute)
  const played = (parameters: Parameters): Played => ({ parameters, lengths, costs })
  const stated = game.claimBondWei ?? game.bondWei
  if (stated !== undefined) {
    const claimed = { ...base, claimBondWei: stated }
    return { ...claimed, disputeBondWei: game.disputeBondWei ?? smallestDisputeBondWei(played(claimed)) }
  }
  // Each bond has its least by the other: from below, until neither moves.
  let parameters = base
  for (;;) {
    const disputeBondWei = game.disputeBondWei ?? smallestDisputeBondWei(played(parameters))
    const next = { ...parameters, disputeBondWei }
    const claimBondWei = [smallestClaimBondWei(played(next)), disputeBondWei].reduce((a, b) =>
      a > b ? a : b,
    )
    if (claimBondWei <= parameters.claimBondWei) return next
    parameters = { ...next, claimBondWei }
  }
}

/** Why the promises do not hold here, if they do not. */
const outsideOf = ({ parameters, lengths, costs }: Played, compute: Compute): string | undefined => {
  const fault = parameterFault(parameters)
  if (fault !== undefined) return fault.fault
  const played: Played = { parameters, lengths, costs }
  const smallest = smallestDisputeBondWei(played)
  if (parameters.disputeBondWei < smallest)
    return `disputeBondWei ${parameters.disputeBondWei} is less than ${smallest}`
  const least = smallestClaimBondWei(played)
  if (parameters.claimBondWei < least) return `claimBondWei ${parameters.claimBondWei} is less than ${least}`
  const [late] = timeFaults(played, {
    inclusionSeconds: parameters.inclusionSeconds,
    recomputeSeconds: compute.recomputeSeconds.map(Math.ceil),
  })
  return late && `${late.parameter} ${late.seconds} is less than ${late.leastSeconds}`
}

const memberOf = (given: unknown, index: number, report: (fault: FieldFault) => void): Member | undefined => {
  const isMapping = typeof given === 'object' && given !== null && !Array.isArray(given)
  const entries = isMapping ? Object.entries(given) : []
  const part = (isCommon: boolean) =>
    Object.fromEntries(entries.filter(([key]) => COMMON_KEYS.includes(key) === isCommon))
  const parsed = agentSchema.safeParse(isMapping ? part(true) : given)
  if (!parsed.success) {
    for (const fault of schemaFaults(parsed.error, given, ['actors', index])) report(fault)
    return undefined
  }
  const { role, strategy: strategyName, ...common } = parsed.data
  const strategies = AGENT_STRATEGIES[role]
  if (!Object.hasOwn(strategies, strategyName)) {
    const reason = mustBe(
      strategyName,
      `for ${role === 'attacker' ? 'an' : 'a'} ${role} ${oneOf(Object.keys(strategies))}`,
    )
    report({ path: ['actors', index, 'strategy'], reason })
    return undefined
  }
  const strategy = strategies[strategyName]!
  const own = part(false)
  const options = strategy.options.safeParse(own)
  if (!options.success) {
    for (const fault of schemaFaults(options.error, own, ['actors', index])) report(fault)
    return undefined
  }
  return { ...common, role, strategyName, strategy, options: options.data, index }
}

/** What can be checked of the options only with the rest of the file at hand. */
const optionFaults = (
  cast: readonly Member[],
  parameters: Parameters,
  tower: TowerSetting,
): readonly FieldFault[] => {
  const delegates = cast.filter(({ role, count }) => role === 'delegate' && count === 1)
  const namesOf = (members: readonly Member[]) => members.map(({ name }) => name)
  const around = { delegates: namesOf(delegates), parameters, tower }
  return cast.flatMap((member) => {
    const { index, strategy, options } = member
    const names = namesOf(cast.filter((other) => other !== member))
    const fault = strategy.fault?.(options, { ...around, names })
    return fault === undefined
      ? []
      : [{ path: ['actors', index, ...fault.field.split('.')], reason: fault.reason }]
  })
}

const castOf = (actors: readonly unknown[], report: (fault: FieldFault) => void): Cast => {
  const cast = actors.flatMap((given, index) => memberOf(given, index, report) ?? [])
  const accounts = new Set(['requester'])
  for (const { name, count, index } of cast) {
    const own = count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}-${i + 1}`)
    const taken = own.find((account) => accounts.has(account))
    if (taken !== undefined)
      report({ path: ['actors', index, 'name'], reason: `two actors are named ${taken}` })
    for (const account of own) accounts.add(account)
  }
  for (const { name, index } of cast) {
    const crowd = cast.find((other) => other.name !== name && isOf(other.name, name))
    if (crowd !== undefined)
      report({
        path: ['actors', index, 'name'],
        reason: `is ${name}, as one of the crowd ${crowd.name} is named`,
      })
  }
  return cast
}

/** With a fee that the deployment takes, where the file gives none. */
const withFee = (raw: RawSimulation, data: unknown): RawSimulation => {
  if (Object.hasOwn((data as { readonly task: object }).task, 'feeWei')) return raw
  const { game, task } = raw
  const feeWei = usualFeeWei({ ...game, claimBondWei: game.claimBondWei ?? game.bondWei })
  return { ...raw, task: { ...task, feeWei } }
}

/**
 * Checks what a simulation's file says, all of it at once.
 *
 * @param report told of each thing that is wrong
 * @returns undefined where something is
 */
export const checkSimulation = (
  data: unknown,
  report: (fault: FieldFault) => void,
): Simulation | undefined => {
  const parsed = simulationSchema.safeParse(data)
  if (!parsed.success) {
    for (const fault of schemaFaults(parsed.error, data)) report(fault)
    // Whoever plays is looked at all the same, so that all that is wrong is told at once.
    const given = (data as { readonly actors?: unknown } | null)?.actors
    if (Array.isArray(given)) castOf(given, report)
    return undefined
  }
  const { actors, ...raw } = withFee(parsed.data, data)
  let isRight = true
  const noted = (fault: FieldFault): void => {
    isRight = false
    report(fault)
  }
  const cast = castOf(actors, noted)
  const { task, costs, game, chain } = raw
  const tower = towerOf(raw, noted)
  if (tower === undefined) return undefined
  const { lengths } = tower
  const compute = computeOf(costs, tower)
  const { recomputeSeconds } = compute
  if (recomputeSeconds.length !== lengths.length)
    noted({
      path: ['costs', 'recomputeSeconds'],
      reason: `has ${recomputeSeconds.length} entries; allowed: one for each of the ${lengths.length} phases`,
    })
  // Whose entry is at fault is there all the same.
  const isWhole = cast.length === actors.length
  for (const [index, { actor }] of chain.censorship.entries())
    if (isWhole && !cast.some(({ name }) => name === actor))
      noted({ path: ['chain', 'censorship', index, 'actor'], reason: `nobody is named ${actor}` })
  for (const fault of [...sealFaults(game), ...bondFaults(game)]) noted(fault)
  const parameters = parametersOf({ ...raw, actors }, lengths, compute)
  for (const fault of feeFaults(task, parameters)) noted(fault)
  if (isWhole) for (const fault of optionFaults(cast, parameters, tower)) noted(fault)
  const refused = raw.world === 'anvil' ? parameterFault(parameters) : undefined
  if (refused !== undefined)
    noted({
      path: pathOf(game, refused.parameter),
      reason: `the contracts refuse such a deployment: ${refused.fault}; allowed with world: model`,
    })
  const played: Played = { parameters, lengths, costs: costsOf(raw, compute) }
  const outside = outsideOf(played, compute)
  if (outside !== undefined && !game.outsideAssumptions)
    noted({
      path: ['game'],
      reason: `${outside}: the game's promises do not hold in such a setting; allowed with outsideAssumptions: true`,
    })
  if (!isRight) return undefined
  const k = lengths.length
  const last = task.everySeconds * (task.count - 1)
  const untilSeconds =
    raw.untilSeconds ??
    last + finalitySeconds(parameters, k, task.deadlineSeconds) + 2 * settlementSeconds(parameters, k)
  return {
    ...raw,
    tower,
    parameters,
    played,
    compute,
    cast,
    untilSeconds,
    outside,
  }
}

/** What the formulas of the bonds are asked about, in this setting. */
export const playedIn = (simulation: Simulation): Played => ({
  parameters: simulation.parameters,
  lengths: simulation.tower.lengths,
  costs: costsOf(simulation, simulation.compute),
})
