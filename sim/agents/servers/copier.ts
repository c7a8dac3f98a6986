import type { Id } from '../../../spec/commitments/hash.ts'
import { serverActs } from '../../../spec/strategies/parties.ts'
import { mapping } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import { firstOf } from '../liveTasks.ts'
import { runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

/** What another has posted of a task, or revealed. */
const postedBy = ({ calls, state }: Sight, { address }: Stage, task: Id) => {
  for (const { call, sender, outcome } of calls) {
    if (outcome !== 'accepted' || sender === address) continue
    if (call.kind === 'Claim' && call.taskId === task) return call
    if (call.kind === 'Reveal' && state.seals.get(call.sealId)?.seal.taskId === task) return call
  }
  return undefined
}

/** Posts what another has posted or revealed as its own, as early as it can. It has computed nothing, and moves nowhere. */
export const copier = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  play: (_, [stage]) => [
    {
      act: (sight) =>
        firstOf(sight, (id, task) => {
          const posted = postedBy(sight, stage!, id)
          if (posted === undefined) return undefined
          const { length, endRoot, output, startWitness, outputWitness } = posted
          const prepared = { length, endRoot, output, startWitness, outputWitness }
          const { trace } = runOf(stage!, task)
          return serverActs(sight, { address: stage!.address, task: id, prepared, trace, silentAfter: 0 })
        }),
      computes: () => false,
    },
  ],
})
