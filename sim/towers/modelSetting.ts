import type { ModelRuns } from '../../impl/inference/runs.ts'
import { tensorRoot } from '../../impl/keccak/treeRoot.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import { applyCall } from '../../spec/service/apply.ts'
import { VERSIONED } from '../../spec/service/keeping.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { longestRuns, type Model, modelId, type PhaseName } from '../../spec/tower/model.ts'
import { chanceOf } from '../chance.ts'
import type { HeldRun, ModelLie, Tower, TowerSetting } from './tower.ts'

/** The runs of a model on the input of a task. */
export interface TaskRuns {
  readonly runs: ModelRuns
  readonly input: Bytes
  /** What people call the input. */
  readonly inputName: string
}

const NOBODY = `0x${'00'.repeat(20)}` as const

/** A lie that a later step healed is none: so often another is drawn. */
const MOST_DRAWS = 100

/** A deployment on which a model is registered, in whatever setting. */
export const deployedModel = (model: Model, parameters: Parameters): ServiceState =>
  registrationOf(model).reduce(
    (state, call) => {
      const result = applyCall(state, call, { sender: NOBODY, valueWei: 0n, now: 0 })
      if (!result.ok) throw new Error(`${call.kind} refused: ${result.rejection.reason}`)
      return result.value.state
    },
    initialService(parameters, VERSIONED),
  )

const lied = (runs: ModelRuns, lie: ModelLie): HeldRun => {
  if (lie.kind === 'element') return runs.withElement(lie.node, lie.element, lie.add, lie.iteration)
  // Where another input's run is shorter, its last instruction is the false one.
  if (lie.kind === 'step') return runs.withStep(Math.min(lie.step, runs.honest().trace.length - 1))
  const { below } = chanceOf(lie.draw, 'lie', 'anywhere')
  const truth = runs.honest().prepared
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const run = runs.damaged(below)
    if (run.prepared.endRoot !== truth.endRoot) return run
  }
  throw new Error('whatever is altered in this model, it ends as if nothing were')
}

/**
 * The tower of a model, in which everything is computed, once for all that play on it.
 *
 * @param nth the runs on the n-th task's input @param kinds how many inputs there are: then they come again
 */
export const modelSetting = (
  name: string,
  phases: readonly PhaseName[],
  nth: (index: number) => TaskRuns,
  kinds: number,
): TowerSetting => {
  const known = new Map<number, TaskRuns>()
  const byRoot = new Map<TensorRoot, ModelRuns>()
  const taskOf = (nonce: number): TaskRuns => {
    const index = nonce % kinds
    const found = known.get(index)
    if (found !== undefined) return found
    const asked = nth(index)
    known.set(index, asked)
    byRoot.set(tensorRoot(asked.input), asked.runs)
    return asked
  }
  const { runs, inputName } = taskOf(0)
  const { model, iterations } = runs
  const ofInput = (input: TensorRoot): ModelRuns => {
    const found = byRoot.get(input)
    if (found === undefined) throw new Error(`nobody asks for an input of the root ${input}`)
    return found
  }
  const tower: Tower = {
    model: modelId(model),
    iterations,
    deployed: (parameters) => deployedModel(model, parameters),
    inputOf: (nonce) => taskOf(nonce).input,
    claimOf: (input, lie) =>
      lie === undefined ? ofInput(input).honest() : lied(ofInput(input), lie as ModelLie),
    anyLie: (chance) => ({ kind: 'anywhere', draw: chance.below(2 ** 32) }),
    guess: (mark) => ({ kind: 'anywhere', draw: mark }),
    lieFrom: (at, mark) => ({ kind: 'anywhere', draw: at.reduce((sum, step) => sum + step, mark) % 2 ** 32 }),
    registered: model,
  }
  return { lengths: longestRuns(model), ofModel: { name, phases, runs, inputName }, raise: () => tower }
}
