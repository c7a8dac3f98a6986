import { maxMoves } from '../game/bounds.ts'
import { MAX_STEP_LIMIT, type PhaseName } from '../tower/model.ts'
import { checkPhases } from '../tower/towerRules.ts'
import { type Played, smallestClaimBondWei, smallestDisputeBondWei } from './bonds.ts'
import { parameterFault } from './parameters.ts'
import { timeFaults, type World, watchingWei } from './world.ts'

/** A deployment, the largest tower that is played in it, and what it assumes of the world. */
export interface Setting extends Played {
  /** Coarsest first; absent for the alphabet tower, whose phases have no names. */
  readonly phases?: readonly PhaseName[]
  readonly world: World
}

/** A setting in which the game's promises do not hold, with the values that are at fault. */
export class ImpossibleSetting extends Error {
  override readonly name = 'ImpossibleSetting'
  readonly values: Readonly<Record<string, unknown>>

  constructor(reason: string, values: Readonly<Record<string, unknown>>) {
    super(reason)
    this.values = values
  }
}

/** The setting, checked: first what the deployment itself refuses, then what depends on the world. @throws ImpossibleSetting */
export const settingOf = (setting: Setting): Setting => {
  const { parameters, phases, lengths } = setting
  const found = parameterFault(parameters)
  if (found !== undefined)
    throw new ImpossibleSetting(found.fault, { parameter: found.parameter, parameters })
  if (lengths.length === 0) throw new ImpossibleSetting('a tower has at least one phase', { k: 0 })
  const wrong = lengths.find((length) => !Number.isInteger(length) || length < 1 || length > MAX_STEP_LIMIT)
  if (wrong !== undefined)
    throw new ImpossibleSetting(`a run of ${wrong} steps is not one of 1 to 2^48 - 1`, { lengths })
  if (phases !== undefined && phases.length !== lengths.length)
    throw new ImpossibleSetting('each phase has a longest run', { phases, lengths })
  const checked = phases && checkPhases(phases)
  if (checked?.ok === false)
    throw new ImpossibleSetting('two neighbouring phases have no descent', checked.rejection.details)
  const moves = maxMoves(lengths, parameters.arity)
  if (moves > parameters.mostMoves)
    throw new ImpossibleSetting(
      `a dispute can have ${moves} moves, more than the ${parameters.mostMoves} that the deployment takes`,
      { mostMoves: parameters.mostMoves, moves },
    )
  checkBonds(setting)
  checkWorld(setting)
  return setting
}

const checkBonds = (setting: Setting): void => {
  const { claimBondWei, disputeBondWei } = setting.parameters
  const leastDispute = smallestDisputeBondWei(setting)
  if (disputeBondWei < leastDispute)
    throw new ImpossibleSetting(
      `a dispute bond of ${disputeBondWei} wei does not pay an honest server or deter a swarm: at least ${leastDispute}`,
      { disputeBondWei, smallestDisputeBondWei: leastDispute },
    )
  const leastClaim = smallestClaimBondWei(setting)
  if (claimBondWei < leastClaim)
    throw new ImpossibleSetting(
      `a claim bond of ${claimBondWei} wei does not deter a lie or pay whoever refutes it: at least ${leastClaim}`,
      { claimBondWei, smallestClaimBondWei: leastClaim },
    )
}

const checkWorld = (setting: Setting): void => {
  const { parameters, lengths, world, costs } = setting
  if (world.recomputeSeconds.length !== lengths.length)
    throw new ImpossibleSetting('each phase has a time to recompute a run of it', {
      recomputeSeconds: world.recomputeSeconds,
      lengths,
    })
  const [late] = timeFaults(setting, world)
  if (late !== undefined)
    throw new ImpossibleSetting(
      `${late.parameter} ${late.seconds} is too short for an honest party: at least ${late.leastSeconds}`,
      { ...late },
    )
  const earned = watchingWei(setting, world)
  if (parameters.attention !== undefined && earned < costs.runWei)
    throw new ImpossibleSetting(
      `to look at a task is worth ${earned} wei to a verifier, and costs it ${costs.runWei}`,
      { watchingWei: earned, runWei: costs.runWei },
    )
}

/**
 * A setting past the assumptions, for explorations and sweeps that must fail in it: nothing is checked.
 */
export const settingOutsideAssumptions = (setting: Setting): Setting => setting
