import type { Id } from '../../../spec/commitments/hash.ts'
import type { Wei } from '../../../spec/setting/parameters.ts'
import { honestReply } from '../../../spec/strategies/honest.ts'
import { verifierActs } from '../../../spec/strategies/parties.ts'
import { disputesAbout, type Intent } from '../../../spec/strategies/sight.ts'
import type { Trace } from '../../../spec/tower/tower.ts'
import { integer, mapping } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import { firstOf } from '../liveTasks.ts'
import { affordable, lieAnywhere, once, runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

const MOST_DISPUTES = 10_000

/** So many disputes about each claim, true or false, lying as long as it can. */
const openings = (
  { state, now }: Sight,
  { address }: Stage,
  disputes: number,
  traceOf: (task: Id) => Trace,
  canPay: (wei: Wei, what: string) => boolean,
): Intent | undefined => {
  for (const [claimId, entry] of state.claims) {
    if (entry.kind !== 'Pending' || now > entry.windowEnd || entry.claim.server === address) continue
    const { claim } = entry
    const position = { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
    const picked = honestReply(position, state.parameters.arity, traceOf(claim.taskId))
    if (picked === undefined) continue
    const opened = new Set<number>()
    for (const [, { challenger, nonce }] of disputesAbout(state, claimId))
      if (challenger === address) opened.add(nonce)
    let nonce = 0
    while (opened.has(nonce)) nonce++
    if (nonce < disputes && canPay(state.parameters.disputeBondWei, claimId))
      return {
        call: { kind: 'Open', claimId, nonce, reply: picked.reply },
        valueWei: state.parameters.disputeBondWei,
      }
  }
  return undefined
}

export const frivolous = agentStrategy({
  options: mapping({ disputes: integer(1, MOST_DISPUTES).default(1) }),
  isHonest: () => false,
  play: ({ disputes }, [stage]) => {
    const chance = stage!.chance('lies')
    const canPay = affordable()
    const lies = once((_: Id) => lieAnywhere(stage!, chance))
    return [
      {
        act: (sight) => {
          const traceOf = (id: Id) => runOf(stage!, sight.state.tasks.get(id)!.task, lies(id)).trace
          return (
            openings(sight, stage!, disputes, traceOf, (wei, what) => canPay(sight, wei, what)) ??
            firstOf(sight, (id) =>
              verifierActs(sight, { address: stage!.address, task: id, traceAgainst: () => traceOf(id) }),
            )
          )
        },
        computes: () => false,
      },
    ]
  },
})
