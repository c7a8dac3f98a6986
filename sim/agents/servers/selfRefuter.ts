import { verifierActs } from '../../../spec/strategies/parties.ts'
import { mapping } from '../../scenario/fields.ts'
import { firstOf } from '../liveTasks.ts'
import { lieAnywhere, truthOf } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'
import { serving } from './honest.ts'

/** A liar that loses to its own second account, before anybody else wins: it keeps what is not burned of its bond. */
export const selfRefuter = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  accounts: 2,
  play: (_, [liar, refuter]) => {
    const chance = liar!.chance('lies')
    const { address } = refuter!
    return [
      serving(liar!, () => lieAnywhere(liar!, chance)),
      {
        act: (sight) =>
          firstOf(sight, (id, task) =>
            verifierActs(sight, {
              address,
              task: id,
              traceAgainst: ({ server }) => (server === liar!.address ? truthOf(refuter!, task) : undefined),
            }),
          ),
        computes: () => false,
      },
    ]
  },
})
