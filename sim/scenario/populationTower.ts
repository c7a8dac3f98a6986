import type { PhaseName } from '../../spec/tower/model.ts'
import { count } from '../format.ts'
import { modelSetting } from '../towers/modelSetting.ts'
import { symbolSetting } from '../towers/symbolSetting.ts'
import type { TowerSetting } from '../towers/tower.ts'
import type { Report } from './cast.ts'
import { checkTower } from './load.ts'
import { DEFAULT_PHASES } from './schema.ts'
import { ALPHABET, type RawSimulation } from './simulationSchema.ts'
import { checkInput, INPUT_KEYS, kindsOfInput, runsOf } from './task.ts'

const DEFAULT_LENGTHS: readonly number[] = [64, 64, 4096]

/** Each task of a model is computed, and kept as long as anybody may ask for it. */
const MOST_MODEL_TASKS = 100

type Given = Pick<RawSimulation, 'task' | 'game'>

const alphabetOf = ({ task, game }: Given, report: Report): TowerSetting | undefined => {
  const foreign = INPUT_KEYS.filter((key) => task[key] !== undefined)
  for (const key of foreign)
    report({ path: ['task', key], reason: `does not go with model ${ALPHABET}; allowed: lengths` })
  if (game.phases !== undefined)
    report({
      path: ['game', 'phases'],
      reason: `does not go with model ${ALPHABET}, whose phases task.lengths gives`,
    })
  return foreign.length > 0 || game.phases !== undefined
    ? undefined
    : symbolSetting(task.lengths ?? DEFAULT_LENGTHS)
}

/** By model, phases and what is asked: a grid's points have what was computed of one in common. */
const known = new Map<string, TowerSetting>()

const ofModel = ({ task }: Given, phases: readonly PhaseName[], report: Report): TowerSetting | undefined => {
  const { model } = task
  const asked = { model, ...Object.fromEntries(INPUT_KEYS.map((key) => [key, task[key]])) }
  const key = JSON.stringify([phases, asked])
  const found = known.get(key)
  if (found !== undefined) return found
  const first = runsOf(asked, phases, report)
  if (first === undefined) return undefined
  const setting = modelSetting(
    model,
    phases,
    (nth) => (nth === 0 ? first : runsOf(asked, phases, report, nth)!),
    kindsOfInput(model),
  )
  known.set(key, setting)
  return setting
}

/**
 * The tower that a population plays on.
 *
 * @returns undefined where something was reported
 * @throws ModelFileError, MnistFileError
 */
export const towerOf = (given: Given, report: Report): TowerSetting | undefined => {
  const { task, game } = given
  const { model } = task
  if (model === ALPHABET) return alphabetOf(given, report)
  let isRight = checkInput(task, report)
  const refuse: Report = (fault) => {
    isRight = false
    report(fault)
  }
  if (task.lengths !== undefined)
    refuse({
      path: ['task', 'lengths'],
      reason: `does not go with model ${model}, whose phases game.phases gives`,
    })
  if (task.count > MOST_MODEL_TASKS)
    refuse({
      path: ['task', 'count'],
      reason: `is ${count(task.count)}, and each task of a model is computed; allowed: 1 to ${MOST_MODEL_TASKS}, or model ${ALPHABET}`,
    })
  const phases = game.phases ?? DEFAULT_PHASES
  if (!checkTower(phases, model, report) || !isRight) return undefined
  return ofModel(given, phases, report)
}
