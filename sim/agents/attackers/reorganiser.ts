import { integer, mapping } from '../../scenario/fields.ts'
import { serving } from '../servers/honest.ts'
import { lieAnywhere } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'
import { overtaking } from './frontRunner.ts'

const LONGEST_SECONDS = 2 ** 31 - 1
/** Blocks that can be replaced: more than any that were, on the chains that this is about. */
const DEEPEST = 32
const TIP_FACTOR = 2

/**
 * Lies to every task, and replaces the last blocks every so often: its own calls come first in those that stand in their
 * place, copies of what the others had said among them, and the others' as late as it can make them.
 */
export const reorganiser = agentStrategy({
  options: mapping({ depth: integer(1, DEEPEST), every: integer(1, LONGEST_SECONDS) }),
  isHonest: () => false,
  play: ({ depth, every }, [stage]) => {
    const chance = stage!.chance('lies')
    const lying = serving(stage!, () => lieAnywhere(stage!, chance))
    const overtakes = overtaking(stage!, TIP_FACTOR)
    return [
      {
        act: (sight) => lying.act(sight) ?? overtakes(sight),
        computes: () => false,
        powers: { watchesPool: true, reorganises: { depth, every } },
      },
    ]
  },
})
