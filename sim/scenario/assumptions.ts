import type { Parameters } from '../../spec/setting/parameters.ts'
import { timeFaults } from '../../spec/setting/world.ts'
import type { Model, PhaseName } from '../../spec/tower/model.ts'
import { count } from '../format.ts'
import { BLOCK_SECONDS } from '../worlds/world.ts'

/** The longest run of each phase that somebody can make a dispute about. */
const LONGEST: Readonly<Record<PhaseName, (model: Model) => number>> = {
  loop: ({ iterations }) => iterations ?? 1,
  graph: ({ nodeCount }) => nodeCount,
  tile: () => 2 ** 32 - 1,
  vm: ({ stepLimit }) => stepLimit,
}

/** A time that leaves an honest party too little. */
export interface AssumptionFault {
  readonly path: readonly string[]
  /** How much it is, and how much an honest party can need. */
  readonly reason: string
  readonly leastSeconds: number
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
): readonly AssumptionFault[] => {
  const lengths = model.phases.map((phase) => LONGEST[phase](model))
  const world = { inclusionSeconds: BLOCK_SECONDS, recomputeSeconds: lengths.map(() => 0) }
  const tooShort = (path: readonly string[], seconds: number, leastSeconds: number): AssumptionFault => ({
    path,
    reason: `is ${count(seconds)}, and an honest party can need ${count(leastSeconds)}, with a block every ${BLOCK_SECONDS} s`,
    leastSeconds,
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
