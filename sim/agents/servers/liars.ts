import type { Id } from '../../../spec/commitments/hash.ts'
import type { Seconds } from '../../../spec/game/clocks.ts'
import { burnedShare } from '../../../spec/setting/parameters.ts'
import { timed } from '../../../spec/strategies/adversaries.ts'
import type { Intent } from '../../../spec/strategies/sight.ts'
import { choice, integer, mapping, share } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import { lieAnywhere, type Stage } from '../stage.ts'
import { agentStrategy, type OptionFault, type Surroundings } from '../strategy.ts'
import { serving } from './honest.ts'

const LONGEST_SECONDS = 2 ** 31 - 1

const continuation = choice(['consistent', 'garbage']).default('consistent')

/** What no run leads to a model's parties cannot hold: each of their roots is computed. */
const garbageFault = (
  { continuation }: { readonly continuation: 'consistent' | 'garbage' },
  { tower: { ofModel } }: Surroundings,
): OptionFault | undefined =>
  ofModel === undefined || continuation === 'consistent'
    ? undefined
    : {
        field: 'continuation',
        reason: `is garbage, which does not go with model ${ofModel.name}; allowed: consistent`,
      }

/** Its run is false from a random step of a random phase on. */
export const wrongAnywhere = agentStrategy({
  options: mapping({ continuation }),
  isHonest: () => false,
  fault: garbageFault,
  play: (options, [stage]) => {
    const chance = stage!.chance('lies')
    return [serving(stage!, () => lieAnywhere(stage!, chance, options.continuation))]
  },
})

/** Lies, and says nothing more after so many moves. */
export const silent = agentStrategy({
  options: mapping({ after: integer(0, Number.MAX_SAFE_INTEGER).default(0) }),
  isHonest: () => false,
  play: ({ after }, [stage]) => {
    const chance = stage!.chance('lies')
    return [serving(stage!, () => lieAnywhere(stage!, chance), { silentAfter: after })]
  },
})

/** Whether a lie gains on average, for one who believes that it is checked with this probability. */
const expectsGain = ({ parameters, cheatGainWei }: Stage, checks: number): boolean =>
  (1 - checks) * Number(cheatGainWei) > checks * Number(burnedShare(parameters, parameters.claimBondWei))

/** Lies in a task with a probability, or in each where it expects to gain by that. */
export const cheat = agentStrategy({
  options: mapping({
    probability: share().optional(),
    beliefs: mapping({ checks: share() }).optional(),
    continuation,
  }),
  isHonest: () => false,
  fault: (options, around) =>
    options.probability === undefined || options.beliefs === undefined
      ? garbageFault(options, around)
      : { field: 'beliefs', reason: 'stands beside probability; allowed: one of them' },
  play: ({ probability, beliefs, continuation: continues }, [stage]) => {
    const chance = stage!.chance('lies')
    const lies = (): boolean =>
      beliefs === undefined ? chance.is(probability ?? 1) : expectsGain(stage!, beliefs.checks)
    return [serving(stage!, () => (lies() ? lieAnywhere(stage!, chance, continues) : undefined))]
  },
})

/** Claims without running anything: a guess, which is false from the first step on. */
export const lazy = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  play: (_, [stage]) => {
    const guess = stage!.tower.guess(stage!.mark())
    return [{ ...serving(stage!, () => guess), computes: () => false }]
  },
})

/** Answers truly, and moves as late as it says. */
export const late = agentStrategy({
  options: mapping({ afterSeconds: integer(0, LONGEST_SECONDS) }),
  isHonest: () => false,
  play: ({ afterSeconds }, [stage]) => {
    const { act } = serving(stage!, () => undefined)
    const late = timed(act as Parameters<typeof timed>[0], { delaySeconds: afterSeconds })
    // Since when a task can be claimed the chain does not say: since it was seen first.
    const seen = new Map<Id, Seconds>()
    const claimDue = ({ now }: Sight, { call }: Intent): Seconds => {
      if (call.kind !== 'Claim' && call.kind !== 'Seal') return now
      const since = seen.get(call.taskId) ?? now
      seen.set(call.taskId, since)
      return since + afterSeconds
    }
    return [
      {
        act: (sight) => {
          const intent = late.act(sight)
          return intent !== undefined && sight.now >= claimDue(sight, intent) ? intent : undefined
        },
        wakesAt: (sight) => {
          const intent = late.act(sight)
          return intent === undefined ? late.wakesAt(sight) : claimDue(sight, intent)
        },
      },
    ]
  },
})
