import type { Seconds } from '../game/clocks.ts'
import type { Call } from '../service/calls.ts'
import type { ServiceState } from '../service/state.ts'
import type { Intent, View } from './sight.ts'

/**
 * How a party departs from the honest strategy. What it says is damaged in its trace (`storey` plants a lie in a run,
 * the engine in a real one); when it says it is damaged here. An adversary is therefore an honest strategy over a
 * damaged trace with a fault of timing, and nothing in the strategies knows of it.
 */
export interface TimingFault {
  /** How long each reply and each opening waits once it is possible. */
  readonly delaySeconds?: Seconds
  /** From this second on the party says nothing more. */
  readonly silentFrom?: Seconds
}

type Strategy = (view: View) => Intent | undefined

export interface Timed {
  readonly act: Strategy
  /** When it wants to be asked again; undefined where it waits for others. */
  readonly wakesAt: (view: View) => Seconds | undefined
}

/** Since when the call has been possible; undefined where that is all the same. */
const possibleSince = ({ disputes, claims, parameters }: ServiceState, call: Call): Seconds | undefined => {
  if (call.kind === 'Move') {
    const dispute = disputes.get(call.disputeId)
    return dispute?.kind === 'Running' ? dispute.clocks.turnSince : undefined
  }
  if (call.kind === 'Open') {
    const claim = claims.get(call.claimId)
    return claim?.kind === 'Pending' ? claim.windowEnd - parameters.windowSeconds : undefined
  }
  return undefined
}

/** The strategy, with a fault of timing. */
export const timed = (strategy: Strategy, { delaySeconds = 0, silentFrom }: TimingFault): Timed => {
  const dueAt = ({ state, now }: View, { call }: Intent): Seconds => {
    const since = possibleSince(state, call)
    return since === undefined ? now : since + delaySeconds
  }
  const wanted = (view: View): Intent | undefined =>
    silentFrom !== undefined && view.now >= silentFrom ? undefined : strategy(view)
  return {
    act: (view) => {
      const intent = wanted(view)
      return intent !== undefined && view.now >= dueAt(view, intent) ? intent : undefined
    },
    wakesAt: (view) => {
      const intent = wanted(view)
      return intent && dueAt(view, intent)
    },
  }
}
