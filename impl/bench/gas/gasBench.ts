import { startTestChain } from '../../chain/chain.fixture.ts'
import { OSAKA } from './chain.ts'
import { measureDisputes, measureMove, measureSealed, PAYERS } from './disputeGas.ts'
import type { DisputeFigures, GasFigures } from './gasFigures.ts'
import type { Paid, PaidDispute } from './paid.ts'
import { measureSteps } from './stepGas.ts'

const ARITIES = [2, 4, 8, 16, 32, 64] as const

/** Calls that have no figure of their own. */
const OTHERS = [
  'RegisterProgram',
  'RegisterModel',
  'Arbitrate',
  'Draw',
  'Forfeit',
  'PassClaim',
  'PassSeal',
  'Collect',
  'Notify',
  'Expire',
  'Withdraw',
  'Delegate',
  'Enroll',
  'CloseRound',
  'RecordRound',
  'Reward',
  'Slash',
  'Retire',
  'Unstake',
] as const

const dearest = (calls: readonly Paid[]): number => Math.max(...calls.map(({ gas }) => gas))

/** From the opening to the verdict: the calls that answer something. */
const figuresOf = ({ name, k, steps, calls }: PaidDispute): DisputeFigures => {
  const moves = calls.filter(({ isMove }) => isMove)
  return { name, k, steps, gas: moves.reduce((sum, { gas }) => sum + gas, 0), transactions: moves.length }
}

/** Descents that are moves; one that opens a dispute pays for the dispute's place too. */
const descents = (disputes: readonly PaidDispute[]): GasFigures['descend'] => {
  const byJoint = new Map<string, number>()
  for (const { calls } of disputes)
    for (const { what, gas } of calls.filter(({ isMove }) => isMove).slice(1)) {
      const joint = /^Descend (.+)$/.exec(what)?.[1]
      if (joint !== undefined) byJoint.set(joint, Math.max(gas, byJoint.get(joint) ?? 0))
    }
  return Object.fromEntries([...byJoint].toSorted(([a], [b]) => a.localeCompare(b)))
}

/** @param progress told of each part that begins */
export const measureGas = async (progress: (part: string) => void): Promise<GasFigures> => {
  progress('single instructions')
  const step = await measureSteps()
  const chain = await startTestChain(PAYERS, OSAKA)
  try {
    const move: Record<string, number> = {}
    for (const arity of ARITIES) {
      progress(`dissections at arity ${arity}`)
      move[arity] = await measureMove(chain, arity)
    }
    progress('disputes')
    const { disputes, others } = await measureDisputes(chain)
    progress('seals, attention and fees')
    const sealed = await measureSealed(chain)
    const all = [...disputes, ...others]
    const calls = [...all.flatMap((dispute) => dispute.calls), ...sealed]
    const openings = all.flatMap((dispute) => dispute.calls.filter(({ isMove }) => isMove).slice(0, 1))
    const kind = (name: string): number => dearest(calls.filter(({ what }) => what === name))
    return {
      step,
      move,
      descend: descents(disputes),
      request: kind('Request'),
      claim: kind('Claim'),
      seal: kind('Seal'),
      reveal: kind('Reveal'),
      open: dearest(openings),
      timeout: kind('Timeout'),
      settle: kind('Finalize'),
      attend: kind('Attend'),
      others: Object.fromEntries(OTHERS.map((name) => [name, kind(name)])),
      disputes: disputes.map(figuresOf),
    }
  } finally {
    await chain.stop()
  }
}
