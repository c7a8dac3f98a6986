import { disputeId } from '../../../spec/service/task.ts'
import { verifierActs } from '../../../spec/strategies/parties.ts'
import type { Intent } from '../../../spec/strategies/sight.ts'
import { mapping } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import { firstOf } from '../liveTasks.ts'
import type { Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

/** The same opening as somebody else's, once. */
const copiedOpening = ({ calls, state, now }: Sight, { address }: Stage): Intent | undefined => {
  for (const { call, sender, outcome } of calls) {
    if (call.kind !== 'Open' || outcome !== 'accepted' || sender === address) continue
    const entry = state.claims.get(call.claimId)
    if (entry?.kind !== 'Pending' || now > entry.windowEnd) continue
    const { server } = entry.claim
    const own = { claimId: call.claimId, asserter: server, challenger: address, nonce: 0 }
    if (!state.disputes.has(disputeId(own)))
      return { call: { ...call, nonce: 0 }, valueWei: state.parameters.disputeBondWei }
  }
  return undefined
}

/** Opens behind somebody else's dispute with its vector, and hopes that the claim falls before it has to move. */
export const freeRider = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  play: (_, [stage]) => [
    {
      act: (sight) =>
        copiedOpening(sight, stage!) ??
        firstOf(sight, (id) =>
          verifierActs(sight, { address: stage!.address, task: id, traceAgainst: () => undefined }),
        ),
      computes: () => false,
    },
  ],
})
