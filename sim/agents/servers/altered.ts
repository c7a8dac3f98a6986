import { mapping } from '../../scenario/fields.ts'
import {
  addend,
  elementSchema,
  needsGraph,
  needsMachineAlone,
  stepSchema,
  wrapFault,
} from '../../strategies/server.ts'
import type { Lie, TowerModel } from '../../towers/tower.ts'
import { agentStrategy, type OptionFault } from '../strategy.ts'
import { serving } from './honest.ts'

/** Where a strategy does not fit a model's phases, with why. */
const misfit = (
  strategy: string,
  { phases }: TowerModel,
  needs: (phases: TowerModel['phases']) => string | undefined,
): OptionFault | undefined => {
  const reason = needs(phases)
  return reason === undefined
    ? undefined
    : { field: 'strategy', reason: `${strategy} does not fit phases [${phases.join(', ')}]: it ${reason}` }
}

/** One element of one node's output is another, and everything is computed on from there. */
export const wrongValue = agentStrategy({
  options: mapping({ at: elementSchema, add: addend }),
  isHonest: () => false,
  fault: (options, { tower: { ofModel } }) =>
    ofModel === undefined
      ? {
          field: 'strategy',
          reason:
            'wrong-value alters an element of a node, and symbols have none; allowed: wrong-anywhere, or a model',
        }
      : (misfit('wrong-value', ofModel, needsGraph) ?? wrapFault(options, ofModel.runs)),
  play: ({ at, add }, [stage]) => {
    const lie: Lie = { kind: 'element', ...at, add }
    return [serving(stage!, () => lie)]
  },
})

/** The state after one instruction is false, where the machine's run is all that there is. */
export const wrongStep = agentStrategy({
  options: mapping({ at: stepSchema }),
  isHonest: () => false,
  fault: ({ at: { step } }, { tower: { lengths, ofModel } }) => {
    if (ofModel === undefined && lengths.length > 1)
      return {
        field: 'strategy',
        reason: `wrong-step does not fit ${lengths.length} phases: it needs a single one`,
      }
    const unfit = ofModel && misfit('wrong-step', ofModel, needsMachineAlone)
    if (unfit !== undefined) return unfit
    const length = ofModel === undefined ? lengths[0]! : ofModel.runs.honest().trace.length
    return step < length
      ? undefined
      : { field: 'at.step', reason: `${step} is outside the run; allowed: 0 to ${length - 1}` }
  },
  play: ({ at: { step } }, [stage]) => {
    const { tower, mark } = stage!
    const lie: Lie =
      tower.registered === undefined
        ? { at: [step], mark: mark(), continuation: 'consistent' }
        : { kind: 'step', step }
    return [serving(stage!, () => lie)]
  },
})
