import type { Parameters } from '../../spec/setting/parameters.ts'
import { timeFaults } from '../../spec/setting/world.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { count } from '../format.ts'
import { BLOCK_SECONDS } from '../worlds/world.ts'
import type { FieldFault } from './fault.ts'

/** The longest run of each phase that somebody can make a dispute about. */
const LONGEST: Readonly<Record<PhaseName, (model: Model) => number>> = {
  loop: () => 2 ** 32 - 1,
  graph: ({ nodeCount }) => nodeCount,
  tile: () => 2 ** 32 - 1,
  vm: ({ stepLimit }) => stepLimit,
}

/**
 * What a scenario gives no honest party the time for: the least is what the specification says, where a call's block
 * comes `BLOCK_SECONDS` after it and computing takes no time of the chain's.
 *
 * @param deadlineSeconds how long the task waits for an answer
 */
export const assumptionFaults = (
  parameters: Parameters,
  model: Model,
  deadlineSeconds: number,
): readonly FieldFault[] => {
  const lengths = model.phases.map((phase) => LONGEST[phase](model))
  const world = { inclusionSeconds: BLOCK_SECONDS, recomputeSeconds: lengths.map(() => 0) }
  const tooShort = (path: readonly string[], seconds: number, least: number): FieldFault => ({
    path,
    reason: `is ${count(seconds)}, and an honest party can need ${count(least)}, with a block every ${BLOCK_SECONDS} s; allowed: ${count(least)} and more, or game.outsideAssumptions: true`,
  })
  return [
    ...(deadlineSeconds < BLOCK_SECONDS
      ? [tooShort(['task', 'deadlineSeconds'], deadlineSeconds, BLOCK_SECONDS)]
      : []),
    ...timeFaults({ parameters, lengths }, world).map(({ parameter, seconds, leastSeconds }) =>
      tooShort(['game', parameter], seconds, leastSeconds),
    ),
  ]
}
