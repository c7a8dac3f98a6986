import { count, duration, ether } from '../../sim/format.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { segmentCount } from '../../spec/game/position.ts'
import type { ClaimState, DisputeState, ServiceState, TaskState } from '../../spec/service/state.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import type { Row } from '../chronicle.ts'
import { nameOf, type Setting } from '../wording.ts'
import { rootWords } from './places.ts'
import { type Standing, standings } from './standing.ts'

/** How long something still lasts, or that it is over. */
const until = (second: Seconds, now: Seconds): string =>
  second >= now ? `for ${duration(second - now)} more` : `no more, for ${duration(now - second)}`

const taskWords = (entry: TaskState, state: ServiceState, now: Seconds): string => {
  const last = lastOpenSecond(state, entry)
  switch (entry.kind) {
    case 'Open':
      return `The task waits ${until(last!, now)} for a server that shows its output, the root of the last state with a proof that the output sits in it, and a bond of ${ether(state.parameters.claimBondWei)} ETH.`
    case 'Bound':
      return `The task can be settled ${until(last!, now)}.`
    case 'Settled':
      return `The task is settled${entry.isPaid ? ', and the fee paid' : ''}.`
    case 'Expired':
      return 'The task has expired: its fee has gone back.'
    default:
      return entry satisfies never
  }
}

const claimWords = (entry: ClaimState, state: ServiceState, now: Seconds, setting: Setting): string => {
  const { claim } = entry
  const who = nameOf(setting.actors, claim.server)
  const stands = `${who}’s claim that the run ends in ${rootWords(claim.endRoot)}`
  switch (entry.kind) {
    case 'Pending': {
      if (entry.disputes > 0) return `${stands} is disputed.`
      if (entry.windowEnd < now)
        return `${stands} stood its whole window undisputed: anybody may finalize it.`
      const { arity, disputeBondWei } = state.parameters
      const roots = segmentCount(claim.length, arity)
      const shown =
        claim.length > 1 ? `${count(roots)} roots of its own run` : 'its own run below the single step'
      return `${stands} can be disputed ${until(entry.windowEnd, now)}: whoever comes to another state must show ${shown}, and a bond of ${ether(disputeBondWei)} ETH.`
    }
    case 'Final':
      return `${stands} is final.`
    case 'Refuted':
      return `${stands} is refuted.`
    default:
      return entry satisfies never
  }
}

const decidedWords = (dispute: DisputeState, { actors }: Setting): readonly string[] => {
  const [asserter, challenger] = [nameOf(actors, dispute.asserter), nameOf(actors, dispute.challenger)]
  if (dispute.kind === 'Decided') {
    const winner = dispute.winner === 'asserter' ? asserter : challenger
    return [
      `The dispute of ${challenger} against ${asserter} is decided: ${winner} has won by ${dispute.by}.`,
    ]
  }
  return dispute.kind === 'Drawn'
    ? [`The dispute of ${challenger} against ${asserter} ended with the claim.`]
    : []
}

const standingWords = ({
  asserter,
  challenger,
  accepted,
  disputed,
  toMove,
  segments,
  next,
}: Standing): readonly string[] => {
  const [posted] = disputed
  const { name, secondsLeft } = toMove
  const time =
    secondsLeft < 0
      ? `${name} is to move, but its clock ran out ${duration(-secondsLeft)} ago: anybody may say so, and ${posted!.name} wins.`
      : `${name} is to move, within ${duration(secondsLeft)}; else ${posted!.name} wins.`
  const pick =
    segments === 1
      ? `${name} must answer ${posted!.name}’s single segment`
      : `${name} must pick the first of ${posted!.name}’s ${segments} segments whose start it accepts and whose end it disputes`
  return [
    `In the dispute of ${challenger} against ${asserter} both accept the state ${accepted.where}: ${rootWords(accepted.root)}.`,
    ...disputed.map(({ name: who, root, where }) => `${who} stands by ${rootWords(root)} ${where}.`),
    time,
    ...(next.length === 1 ? [] : [`${pick}.`]),
    ...next.map(({ reply, segmentLength, mustShow }) => {
      const steps = `${count(segmentLength)} ${segmentLength === 1 ? 'step' : 'steps'}`
      const of = next.length === 1 ? `${pick}, of ${steps}` : `Where that is of ${steps}`
      return `${of}: ${name} must ${reply.toLowerCase()} it, and show ${mustShow}.`
    }),
  ]
}

/** How everything stands behind these calls, in sentences. */
export const situation = (rows: readonly Row[], setting: Setting): readonly string[] => {
  const last = rows.at(-1)
  if (last === undefined) return ['Nobody has called anything yet.']
  const { after: state, entry } = last
  return [
    ...[...state.tasks.values()].map((task) => taskWords(task, state, entry.time)),
    ...[...state.claims.values()].map((claim) => claimWords(claim, state, entry.time, setting)),
    ...[...state.disputes.values()].flatMap((dispute) => decidedWords(dispute, setting)),
    ...standings(rows, setting).flatMap(standingWords),
    ...[...state.credits].flatMap(([account, wei]) =>
      wei === 0n ? [] : [`${nameOf(setting.actors, account)} can withdraw ${ether(wei)} ETH.`],
    ),
  ]
}
