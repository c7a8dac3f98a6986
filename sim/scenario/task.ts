import { StepLimitError } from '../../impl/inference/commitModel.ts'
import { type ModelRuns, modelRuns } from '../../impl/inference/runs.ts'
import { encodeEdge } from '../../impl/inference/runTensors.ts'
import { seededRuns } from '../../impl/inference/toyRuns.ts'
import { loadModel, MODEL_NAMES, UnknownModelError } from '../../impl/models/catalogue.ts'
import { pixelsOf, TEST_IMAGES, testDigits } from '../../impl/models/mnist/data.ts'
import { languageFile } from '../../impl/tower/languageFile.ts'
import { languageFault, languageRuns, openLanguage } from '../../impl/tower/languageRuns.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { oneOf } from '../badInput.ts'
import { count } from '../format.ts'
import type { Report } from './cast.ts'
import { mustBe, shown } from './fault.ts'
import { type RawScenario, TOY } from './schema.ts'
import { ALPHABET } from './simulationSchema.ts'

/** What a model is asked, and what it answers: each kind of model has keys of its own. */

/** A task as far as it says what is asked of which model. */
export type Task = Omit<RawScenario['task'], 'feeWei' | 'deadlineSeconds'>
type Kind = 'image' | 'toy' | 'language'
type InputKey = Exclude<keyof Task, 'model'>

const kindOf = (model: string): Kind =>
  model === TOY ? 'toy' : MODEL_NAMES.includes(model) ? 'image' : 'language'

const upTo = (most: number): string => `an integer from 0 to ${count(most)}`

/** The keys of each kind, those that it needs first, with what is allowed. */
const KEYS: Readonly<
  Record<Kind, { readonly needed: Partial<Record<InputKey, string>>; readonly others: readonly InputKey[] }>
> = {
  image: { needed: { image: upTo(TEST_IMAGES - 1) }, others: [] },
  toy: { needed: { seed: upTo(Number.MAX_SAFE_INTEGER) }, others: [] },
  language: {
    needed: { prompt: 'a text, or a list of token ids', tokens: 'an integer from 1 on' },
    others: ['seed', 'temperature', 'topK', 'topP'],
  },
}
export const INPUT_KEYS: readonly InputKey[] = [
  'image',
  'prompt',
  'tokens',
  'seed',
  'temperature',
  'topK',
  'topP',
]

const GRAPH_TOWERS: readonly (readonly PhaseName[])[] = [
  ['loop', 'graph', 'tile', 'vm'],
  ['loop', 'graph', 'vm'],
  ['graph', 'tile', 'vm'],
  ['graph', 'vm'],
]

/** The lists of phases that a model can be played in; where it is not known, those of any. */
export const towersOf = (model: string | undefined): readonly (readonly PhaseName[])[] => {
  if (model === undefined) return [...GRAPH_TOWERS, ['vm']]
  return kindOf(model) === 'image' ? [['graph', 'vm'], ['vm']] : GRAPH_TOWERS
}

/** Why there is no such model; undefined where there is. */
const modelFault = (model: string): string | undefined => {
  if (kindOf(model) !== 'language') return undefined
  try {
    languageFile(model)
    return undefined
  } catch (error) {
    if (!(error instanceof UnknownModelError)) throw error
    return error.fetch === undefined
      ? mustBe(
          model,
          `${oneOf([...MODEL_NAMES, TOY])}, or a language model by its name or file, or ${ALPHABET} for a tower of symbols`,
        )
      : `is ${shown(model)}, which is not here yet: ${error.fetch}`
  }
}

/** Whether a model can be played: others must be fetched or made first. */
export const isHere = (model: string): boolean => modelFault(model) === undefined

/** Whether the task has the keys that its model takes, and no others. */
export const checkInput = (task: Task, report: Report): boolean => {
  const unknown = modelFault(task.model)
  if (unknown !== undefined) {
    report({ path: ['task', 'model'], reason: unknown })
    return false
  }
  const { needed, others } = KEYS[kindOf(task.model)]
  const words = [
    ...Object.entries(needed).map(([key, allowed]) => `${key}, ${allowed}`),
    ...(others.length === 0 ? [] : [others.join(', ')]),
  ].join('; ')
  let isRight = true
  const refuse = (key: InputKey, reason: string): void => {
    isRight = false
    report({ path: ['task', key], reason })
  }
  for (const key of INPUT_KEYS) {
    const isGiven = task[key] !== undefined
    if (isGiven && !Object.hasOwn(needed, key) && !others.includes(key))
      refuse(key, `does not go with model ${task.model}; allowed: ${words}`)
    const allowed = needed[key]
    if (!isGiven && allowed !== undefined) refuse(key, mustBe(undefined, allowed))
  }
  return isRight
}

/** The model's runs on the input that the task names, and how people call that input. */
export interface AskedRuns {
  readonly runs: ModelRuns
  readonly input: Uint8Array
  readonly inputName: string
}

/**
 * @param task with the keys that its model takes
 * @param nth of the tasks that ask it: each of an image asks the next one, each of a toy another input
 * @returns undefined where something was reported
 * @throws ModelFileError, MnistFileError
 */
export const runsOf = (
  task: Task,
  phases: readonly PhaseName[],
  report: Report,
  nth = 0,
): AskedRuns | undefined => {
  const kind = kindOf(task.model)
  if (kind === 'toy') return { ...seededRuns(task.seed!, phases, nth), inputName: `seed ${task.seed}` }
  if (kind === 'language') return languageRunsOf(task, phases, report)
  const model = loadModel(task.model)
  const image = (task.image! + nth) % TEST_IMAGES
  const input = encodeEdge(pixelsOf(testDigits(), image), model.header.tensors!.input)
  return { runs: modelRuns(model, phases, input), input, inputName: `image ${image}` }
}

/** How many different inputs tasks of this kind can ask in turn. */
export const kindsOfInput = (model: string): number =>
  ({ image: TEST_IMAGES, toy: 2 ** 32, language: 1 })[kindOf(model)]

const languageRunsOf = (task: Task, phases: readonly PhaseName[], report: Report): AskedRuns | undefined => {
  const language = openLanguage(languageFile(task.model))
  if (language === undefined) {
    report({ path: ['task', 'model'], reason: `is ${shown(task.model)}, which is no language model` })
    return undefined
  }
  const { temperature = 0, topK = 0, topP = 0, seed = 0 } = task
  const asked = {
    prompt: task.prompt!,
    tokens: task.tokens!,
    sampling: { temperature, topK, topP, seed: BigInt(seed) },
  }
  const fault = languageFault(language, phases, asked)
  if (fault !== undefined) {
    report({ path: ['task', fault.field], reason: fault.reason })
    return undefined
  }
  const { tokens, prompt } = asked
  try {
    return {
      ...languageRuns(language, phases, asked),
      inputName: `${tokens} token${tokens === 1 ? '' : 's'} behind ${JSON.stringify(prompt)}`,
    }
  } catch (error) {
    if (!(error instanceof StepLimitError)) throw error
    report({ path: ['game', 'phases'], reason: error.message })
    return undefined
  }
}
