import { applyCall } from '../../../spec/service/apply.ts'
import type { Call } from '../../../spec/service/calls.ts'
import { serverActs, verifierActs } from '../../../spec/strategies/parties.ts'
import { mapping, number } from '../../scenario/fields.ts'
import type { Pending, Said, Sight } from '../../simulation/agent.ts'
import { firstOf } from '../liveTasks.ts'
import { type Behaviour, runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

/** Calls that do the same whoever sends them, so that the first to be included leaves nothing for the second. */
const ANYBODYS: ReadonlySet<Call['kind']> = new Set([
  ...(['Timeout', 'Draw', 'Finalize', 'PassClaim', 'PassSeal', 'Collect', 'Forfeit', 'Notify'] as const),
  ...(['Expire', 'CloseRound', 'RecordRound', 'Reward', 'Slash', 'Unstake'] as const),
])

/**
 * The call of somebody else's as one of the front-runner's own: a claim or an opening is copied, a revealed claim is
 * claimed openly, and what anyone may do is done. Everything else binds its sender, and a copy of it would be refused, or
 * be paid for in vain.
 */
const ownOf = ({ call, valueWei }: Pending, bondWei: bigint, sight: Sight): Said | undefined => {
  if (ANYBODYS.has(call.kind)) return { call, valueWei: 0n }
  if (call.kind === 'Claim' || call.kind === 'Open') return { call: { ...call, nonce: 0 }, valueWei }
  if (call.kind !== 'Reveal') return undefined
  const seal = sight.state.seals.get(call.sealId)
  if (seal === undefined) return undefined
  const { sealId: _, salt: __, ...assertion } = call
  const claim = { ...assertion, kind: 'Claim', nonce: 0, taskId: seal.seal.taskId } as const
  return { call: claim, valueWei: bondWei }
}

/** Copies of what waits for a block, and calls that conflict with it, each with a higher tip and so before it. */
export const overtaking = (stage: Stage, tipFactor: number): ((sight: Sight) => Said | undefined) => {
  const { address, parameters } = stage
  return (sight) => {
    for (const pending of sight.pending) {
      const own = ownOf(pending, parameters.claimBondWei, sight)
      if (own === undefined || own.valueWei > sight.balanceWei) continue
      const block = sight.block === undefined ? undefined : { number: sight.block, hashes: new Map() }
      const context = { sender: address, valueWei: own.valueWei, now: sight.now, block }
      // What it has sent already, or what is refused anyway, it does not send.
      if (!applyCall(sight.state, own.call, context).ok) continue
      return { ...own, tipGwei: pending.tipGwei * tipFactor + 1 }
    }
    return undefined
  }
}

/** What becomes of its copies: it collects, and draws where a claim fell; it has computed nothing, and moves nowhere. */
export const reaping = (stage: Stage): ((sight: Sight) => Said | undefined) => {
  const { address } = stage
  return (sight) =>
    firstOf(sight, (task, asked) => {
      const hasClaimed = [...sight.state.claims.values()].some(
        ({ claim }) => claim.server === address && claim.taskId === task,
      )
      const { prepared, trace } = runOf(stage, asked)
      return (
        (hasClaimed ? serverActs(sight, { address, task, prepared, trace, silentAfter: 0 }) : undefined) ??
        verifierActs(sight, { address, task, traceAgainst: () => undefined })
      )
    })
}

export const frontRunner = agentStrategy({
  options: mapping({ tipFactor: number(1, 1000).default(2) }),
  isHonest: () => false,
  play: ({ tipFactor }, [stage]): readonly Behaviour[] => {
    const [overtakes, reaps] = [overtaking(stage!, tipFactor), reaping(stage!)]
    return [
      {
        act: (sight) => overtakes(sight) ?? reaps(sight),
        computes: () => false,
        powers: { watchesPool: true },
      },
    ]
  },
})
