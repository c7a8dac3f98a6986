import { mapping, text, wei } from '../../scenario/fields.ts'
import { isOf } from '../names.ts'
import { agentStrategy } from '../strategy.ts'

/**
 * Buys blocks so that its victim's calls are not in them, for as long as its budget lasts; the victim bids back through
 * its tips. How it ends is the censorship game's: by the ratio of the budgets, the blocks and the calls that are needed.
 */
export const censor = agentStrategy({
  options: mapping({ budgetWei: wei(0n), victim: text('the name of an actor') }),
  isHonest: () => false,
  fault: ({ victim }, { names }) =>
    names.includes(victim) ? undefined : { field: 'victim', reason: `nobody else is named ${victim}` },
  play: ({ budgetWei, victim }) => [
    {
      act: () => undefined,
      wakesAt: () => undefined,
      powers: { buysBlocks: { from: (sender) => isOf(victim, sender), budgetWei } },
    },
  ],
})
