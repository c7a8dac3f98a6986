import type { Id } from '../commitments/hash.ts'
import { maxMoves } from '../game/bounds.ts'
import type { GameRules } from '../game/position.ts'
import { type Result, reject } from '../result.ts'
import { checkModel, checkProgram, modelId, programId } from '../tower/model.ts'
import { towerRules } from '../tower/towerRules.ts'
import { type Applied, changed } from './applied.ts'
import type { Call } from './calls.ts'
import { type ServiceState, withEntry } from './state.ts'

export const registerProgram = (
  state: ServiceState,
  { program }: Call & { kind: 'RegisterProgram' },
): Result<Applied> => {
  const checked = checkProgram(program)
  if (!checked.ok) return checked
  const id = programId(program)
  if (state.programs.has(id)) return reject('AlreadyRegistered', { id })
  return changed({ ...state, programs: withEntry(state.programs, id, program) }, id)
}

export const registerModel = (
  state: ServiceState,
  { model }: Call & { kind: 'RegisterModel' },
): Result<Applied> => {
  const program = programId(model.program)
  if (!state.programs.has(program)) return reject('ProgramUnknown', { id: program })
  const checked = checkModel(model)
  if (!checked.ok) return checked
  const rules = towerRules(model)
  if (!rules.ok) return rules
  return registerRules(state, modelId(model), rules.value)
}

/** Puts a tower under an id; the alphabet tower, which no contract ships, comes in this way. */
export const registerRules = (state: ServiceState, id: Id, rules: GameRules): Result<Applied> => {
  const { arity, mostMoves } = state.parameters
  // BOUND-7: a dispute about any model has as many moves as the deployment's clocks and bonds are made for.
  const moves = maxMoves(rules.lengths, arity)
  if (moves > mostMoves) return reject('MovesTooMany', { most: mostMoves, given: moves })
  if (state.models.has(id)) return reject('AlreadyRegistered', { id })
  return changed({ ...state, models: withEntry(state.models, id, rules) }, id)
}
