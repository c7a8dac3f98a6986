import { serverActs } from '../../../spec/strategies/parties.ts'
import { claimsOn } from '../../../spec/strategies/sight.ts'
import { integer, mapping } from '../../scenario/fields.ts'
import { firstOf } from '../liveTasks.ts'
import { affordable, lieAnywhere, once, runOf } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

const MOST_CLAIMS = 10_000

/** Floods each task with false claims, and plays each as long as it can. */
export const rivals = agentStrategy({
  options: mapping({ claims: integer(1, MOST_CLAIMS) }),
  isHonest: () => false,
  play: ({ claims }, [stage]) => {
    const { address, parameters } = stage!
    const chance = stage!.chance('lies')
    const canPay = affordable()
    const lieOf = once((_: string) => lieAnywhere(stage!, chance))
    return [
      {
        act: (sight) =>
          firstOf(sight, (id, task) => {
            const own = runOf(stage!, task, lieOf(id))
            const entry = sight.state.tasks.get(id)!
            const isOpen = (entry.kind === 'Open' || entry.kind === 'Bound') && sight.now <= task.deadline
            const posted = claimsOn(sight.state, id).filter(
              ([, { claim }]) => claim.server === address,
            ).length
            if (isOpen && posted < claims && canPay(sight, parameters.claimBondWei, `${id} ${posted}`))
              return {
                call: { kind: 'Claim', taskId: id, nonce: posted, ...own.prepared },
                valueWei: parameters.claimBondWei,
              }
            return posted === 0 ? undefined : serverActs(sight, { address, task: id, ...own })
          }),
        computes: () => false,
      },
    ]
  },
})
