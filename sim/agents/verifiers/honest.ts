import type { Id } from '../../../spec/commitments/hash.ts'
import { drawOf, enrollmentId } from '../../../spec/service/attention.ts'
import { isDrawn, isWatching } from '../../../spec/service/rounds.ts'
import type { Claim, Task } from '../../../spec/service/task.ts'
import { timed } from '../../../spec/strategies/adversaries.ts'
import { hasOpened, type Verifier, verifierActs } from '../../../spec/strategies/parties.ts'
import { watcherActs } from '../../../spec/strategies/watcher.ts'
import { integer, mapping, share } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import { delegate, delegateFault, delegating } from '../delegates/delegating.ts'
import { firstOf, QuietTasks, UNPAID } from '../liveTasks.ts'
import { affordable, type Behaviour, once, runOf, type Stage, truthOf } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

const LONGEST_SECONDS = 2 ** 31 - 1

/** Which claims it looks at: each with a probability, and never one whose model it does not hold. */
const checking = ({ chance, isWithheld }: Stage, checks: number): ((claim: Claim, id: Id) => boolean) => {
  if (checks === 1) return ({ server }) => !isWithheld(server)
  const draws = chance('checks')
  const looksAt = once((_: Id) => draws.is(checks))
  return ({ server }, id) => !isWithheld(server) && looksAt(id)
}

interface Silence {
  /** Moves after the opening before it falls silent; without bound where absent. */
  readonly silentAfter?: number
}

/** Runs the model for the claims that it looks at, and disputes what is false. */
export const verifying = (stage: Stage, checks: number, { silentAfter }: Silence = {}): Behaviour => {
  const looksAt = checking(stage, checks)
  const { address, parameters } = stage
  const canPay = affordable()
  const quiet = new QuietTasks(address)
  let sight: Sight
  let isShort = false
  const mayPlay = (claim: Id): boolean => {
    const can = hasOpened(sight.state, claim, address) || canPay(sight, parameters.disputeBondWei, claim)
    isShort ||= !can
    return can
  }
  const selves = new Map<Id, Verifier>()
  const selfFor = (id: Id, task: Task): Verifier => {
    const known = selves.get(id)
    if (known !== undefined) return known
    const traceAgainst: Verifier['traceAgainst'] = (claim, claimId) => {
      if (!looksAt(claim, claimId)) return undefined
      stage.looksAt(id)
      return mayPlay(claimId) ? truthOf(stage, task) : undefined
    }
    const self: Verifier = { address, task: id, silentAfter, traceAgainst }
    selves.set(id, self)
    return self
  }
  return {
    overlooksBystanding: true,
    act: (seen) => {
      sight = seen
      return firstOf(
        seen,
        (id, task) => {
          isShort = false
          return verifierActs(seen, selfFor(id, task)) ?? (isShort ? UNPAID : undefined)
        },
        quiet,
      )
    },
  }
}

const checks = share().default(1)

export const honest = agentStrategy({
  options: mapping({ checks, delegate }),
  isHonest: () => true,
  fault: delegateFault,
  play: (options, [stage]) => [
    delegating(stage!, options, (silence) => verifying(stage!, options.checks, silence)),
  ],
})

/** Whether a watcher must look at a task: its draw fell on it. */
const isHeldTo = ({ state }: Sight, { address, tower: { model } }: Stage, id: Id): boolean => {
  const entry = state.tasks.get(id)!
  const draw = drawOf(entry)
  const randomness = draw && state.rounds.get(draw.round)?.randomness
  const enrollment = state.enrollments.get(enrollmentId(model, address))
  if (draw === undefined || randomness === undefined || enrollment === undefined) return false
  const { attentionWei } = entry.task
  return (
    isWatching(state, enrollment, draw) && isDrawn(state, { model, attentionWei }, draw, address, randomness)
  )
}

const NOTHING_TO_STAKE_ON =
  'watcher stakes on its attention, and this game asks for none; allowed with game.attention'

/** An honest one that stakes on its attention besides, and answers where it looked. */
export const watcher = agentStrategy({
  options: mapping({ checks, delegate }),
  fault: (options, around) =>
    around.parameters.attention === undefined
      ? { field: 'strategy', reason: NOTHING_TO_STAKE_ON }
      : delegateFault(options, around),
  // One that looks now and then is slashed for the times when it did not.
  isHonest: (options) => options.checks === 1,
  play: (options, [stage]) => {
    const { address, parameters, tower } = stage!
    const { model } = tower
    const verifies = delegating(stage!, options, (silence) => verifying(stage!, options.checks, silence))
    const draws = stage!.chance('looks')
    const looks = once(() => draws.is(options.checks))
    // Whoever has been slashed does not stake again.
    let hasEnrolled = false
    return [
      {
        act: (sight) => {
          const isEnrolled = sight.state.enrollments.has(enrollmentId(model, address))
          hasEnrolled ||= isEnrolled
          if (!hasEnrolled)
            return { call: { kind: 'Enroll', modelId: model }, valueWei: parameters.attention!.stakeWei }
          return (
            firstOf(sight, (id, task) => {
              const endRoot = looks(id) ? runOf(stage!, task).prepared.endRoot : undefined
              if (endRoot !== undefined && isHeldTo(sight, stage!, id)) stage!.looksAt(id)
              return watcherActs(sight, { address, task: id, endRoot })
            }) ?? verifies.act(sight)
          )
        },
      },
    ]
  },
})

/** Says what others say and runs nothing: so it disputes nothing. */
export const lazy = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  play: () => [{ act: () => undefined, wakesAt: () => undefined }],
})

/** Disputes what is false, and says each thing as late as it says. */
export const slow = agentStrategy({
  options: mapping({ afterSeconds: integer(0, LONGEST_SECONDS) }),
  isHonest: () => false,
  play: ({ afterSeconds }, [stage]) => {
    const { act } = verifying(stage!, 1)
    return [timed(act as Parameters<typeof timed>[0], { delaySeconds: afterSeconds })]
  },
})

/** What it has computed is damaged, and it knows that: it must abstain. */
export const corrupted = agentStrategy({
  options: mapping({ at: mapping({ step: integer(0, Number.MAX_SAFE_INTEGER) }).optional() }),
  isHonest: () => false,
  play: (_, [stage]) => [
    {
      act: (sight) =>
        firstOf(sight, (id) =>
          verifierActs(sight, { address: stage!.address, task: id, traceAgainst: () => undefined }),
        ),
    },
  ],
})
