import { maxMoves } from '../game/bounds.ts'
import { MAX_STEP_LIMIT, type PhaseName } from '../tower/model.ts'
import { checkPhases } from '../tower/towerRules.ts'
import { type Costs, smallestBondWei } from './bond.ts'
import { type Parameters, parameterFault } from './parameters.ts'

/** A deployment, the largest tower that is played in it, and what its bond must be worth. */
export interface Setting {
  readonly parameters: Parameters
  /** Coarsest first; absent for the alphabet tower, whose phases have no names. */
  readonly phases?: readonly PhaseName[]
  /** The longest run of each phase, coarsest first; the last is the step limit. */
  readonly lengths: readonly number[]
  readonly costs: Costs
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

/** The setting, checked. @throws ImpossibleSetting */
export const settingOf = (setting: Setting): Setting => {
  const { parameters, phases, lengths, costs } = setting
  const { arity, bondWei, burnBasisPoints } = parameters
  const fault = parameterFault(parameters)
  if (fault !== undefined) throw new ImpossibleSetting(fault, { parameters })
  if (lengths.length === 0) throw new ImpossibleSetting('a tower has at least one phase', { k: 0 })
  const wrong = lengths.find((length) => !Number.isInteger(length) || length < 1 || length > MAX_STEP_LIMIT)
  if (wrong !== undefined)
    throw new ImpossibleSetting(`a run of ${wrong} steps is not one of 1 to 2^48 - 1`, { lengths })
  if (phases !== undefined && phases.length !== lengths.length)
    throw new ImpossibleSetting('each phase has a longest run', { phases, lengths })
  const checked = phases && checkPhases(phases)
  if (checked?.ok === false)
    throw new ImpossibleSetting('two neighbouring phases have no descent', checked.rejection.details)
  const smallest = smallestBondWei(burnBasisPoints, costs, maxMoves(lengths, arity))
  if (smallest === undefined || bondWei < smallest)
    throw new ImpossibleSetting(`a bond of ${bondWei} wei does not cover what an honest party can lose`, {
      bondWei,
      smallestBondWei: smallest,
    })
  return setting
}

/**
 * A setting past the assumptions, for explorations and sweeps that must fail in it: nothing is checked.
 */
export const settingOutsideAssumptions = (setting: Setting): Setting => setting
