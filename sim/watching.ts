import type { Id, StateRoot } from '../spec/commitments/hash.ts'
import type { Seconds } from '../spec/game/clocks.ts'
import { drawOf, enrollmentId } from '../spec/service/attention.ts'
import type { Enrollment, ServiceState } from '../spec/service/state.ts'
import type { Address } from '../spec/service/task.ts'
import type { Wei } from '../spec/setting/parameters.ts'
import { judgementEnd, roundEnd, roundOf } from '../spec/setting/times.ts'
import { free, type Intent, type View } from '../spec/strategies/sight.ts'
import { watcherActs } from '../spec/strategies/watcher.ts'

/** A verifier with a stake on its attention to the story's model. */
export interface Watching {
  readonly address: Address
  readonly task: Id
  readonly modelId: Id
  readonly stakeWei: Wei
  /** What it has computed to be the last state of the task's run; undefined where it looks at nothing. */
  readonly endRoot: () => StateRoot | undefined
}

type Acts = (view: View) => Intent | undefined

interface WatchingActs {
  readonly act: Acts
  /** When it wants to be asked again though nothing has become possible in its task. */
  readonly wakesAt: (view: View) => Seconds | undefined
}

/**
 * Stakes first, answers where it is asked, and takes its stake back once nothing can be held against it; between that it
 * verifies. Who has been slashed does not stake again.
 */
export const watchingBeside = (verifies: Acts, self: Watching): WatchingActs => {
  const { address, modelId, stakeWei, task } = self
  const enrolledIn = ({ enrollments }: ServiceState) => enrollments.get(enrollmentId(modelId, address))
  let hasEnrolled = false
  const enrolling = (state: ServiceState): Intent | undefined => {
    hasEnrolled ||= enrolledIn(state) !== undefined
    return hasEnrolled ? undefined : { call: { kind: 'Enroll', modelId }, valueWei: stakeWei }
  }
  const attending = (view: View): Intent | undefined => {
    const entry = view.state.tasks.get(task)
    const draw = entry && drawOf(entry)
    // The model is run for a task that is drawn, and not before.
    const endRoot =
      draw && view.now > roundEnd(view.state.parameters, draw.round) ? self.endRoot() : undefined
    return watcherActs(view, { address, task, endRoot })
  }
  /** The last second in which anything can be held against who has retired. */
  const judgedUntil = (state: ServiceState, { retiredAt }: Enrollment): Seconds => {
    const phases = state.models.get(modelId)!.phases.length
    return judgementEnd(state.parameters, phases, roundOf(state.parameters, retiredAt!))
  }
  const leaving = ({ state, now }: View): Intent | undefined => {
    const entry = enrolledIn(state)
    const kind = state.tasks.get(task)?.kind
    if (entry === undefined || (kind !== 'Settled' && kind !== 'Expired')) return undefined
    if (entry.retiredAt === undefined) return free({ kind: 'Retire', modelId })
    return now > judgedUntil(state, entry) ? free({ kind: 'Unstake', modelId, verifier: address }) : undefined
  }
  return {
    act: (view) => enrolling(view.state) ?? attending(view) ?? verifies(view) ?? leaving(view),
    wakesAt: ({ state, now }) => {
      const entry = enrolledIn(state)
      if (entry?.retiredAt === undefined) return undefined
      const free = judgedUntil(state, entry) + 1
      return free > now ? free : undefined
    },
  }
}
