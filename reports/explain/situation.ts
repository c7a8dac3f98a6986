import { count, duration, ether } from '../../sim/format.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { segmentCount } from '../../spec/game/position.ts'
import type { ClaimState, DisputeState, ServiceState, TaskState } from '../../spec/service/state.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import type { Row } from '../chronicle.ts'
import { nameOf, type Setting } from '../wording.ts'
import { rootWords } from './places.ts'
import { type NextMove, type Standing, standings } from './standing.ts'

/** How long something still lasts, or that it is over. */
const until = (second: Seconds, now: Seconds): string =>
  second >= now ? `for ${duration(second - now)} more` : `no more, for ${duration(now - second)}`

const taskWords = (what: string, entry: TaskState, state: ServiceState, now: Seconds): string => {
  const last = lastOpenSecond(state, entry)
  switch (entry.kind) {
    case 'Open':
      return `${what} waits ${until(last!, now)} for a server that shows its output, the root of the last state with a proof that the output sits in it, and a bond of ${ether(state.parameters.claimBondWei)} ETH.`
    case 'Bound':
      return `${what} can be settled ${until(last!, now)}.`
    case 'Settled':
      return `${what} is settled${entry.isPaid ? ', and the fee paid' : ''}.`
    case 'Expired':
      return `${what} has expired: its fee has gone back.`
    default:
      return entry satisfies never
  }
}

/** @param on the task, where there are several */
const claimWords = (
  entry: ClaimState,
  on: string,
  state: ServiceState,
  now: Seconds,
  setting: Setting,
): string => {
  const { claim } = entry
  const who = nameOf(setting.actors, claim.server)
  const stands = `${who}’s claim${on} that the run ends in ${rootWords(claim.endRoot)}`
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

const decidedWords = (what: string, dispute: DisputeState, { actors }: Setting): readonly string[] => {
  const [asserter, challenger] = [nameOf(actors, dispute.asserter), nameOf(actors, dispute.challenger)]
  if (dispute.kind === 'Decided') {
    const winner = dispute.winner === 'asserter' ? asserter : challenger
    return [`${what} of ${challenger} against ${asserter} is decided: ${winner} has won by ${dispute.by}.`]
  }
  return dispute.kind === 'Drawn'
    ? [`${what} of ${challenger} against ${asserter} ended with the claim.`]
    : []
}

/** Ways to go on that are the same but for the segment's length, together: the lengths, and the way. */
const waysOf = (next: readonly NextMove[]): readonly (readonly [lengths: readonly number[], NextMove])[] => {
  const ways: [number[], NextMove][] = []
  for (const move of next) {
    const same = ways.find(([, way]) => way.reply === move.reply && way.mustShow === move.mustShow)
    if (same === undefined) ways.push([[move.segmentLength], move])
    else same[0].push(move.segmentLength)
  }
  return ways
}

const standingWords = (
  what: string,
  { asserter, challenger, accepted, disputed, toMove, segments, next }: Standing,
): readonly string[] => {
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
  const ways = waysOf(next)
  return [
    `In ${what} of ${challenger} against ${asserter} both accept the state ${accepted.where}: ${rootWords(accepted.root)}.`,
    ...disputed.map(({ name: who, root, where }) => `${who} stands by ${rootWords(root)} ${where}.`),
    time,
    ...(ways.length === 1 ? [] : [`${pick}.`]),
    ...ways.map(([lengths, { reply, mustShow }]) => {
      const steps = `${lengths.map((length) => count(length)).join(' or ')} ${lengths.at(-1) === 1 ? 'step' : 'steps'}`
      const of = ways.length === 1 ? `${pick}, of ${steps}` : `Where that is of ${steps}`
      return `${of}: ${name} must ${reply.toLowerCase()} it, and show ${mustShow}.`
    }),
  ]
}

/**
 * How everything stands behind these calls, in sentences. Where there are several tasks or disputes, each has its number.
 *
 * @param only a dispute, of which alone is told, with its claim and its task
 */
export const situation = (rows: readonly Row[], setting: Setting, only?: Id): readonly string[] => {
  const last = rows.at(-1)
  if (last === undefined) return ['Nobody has called anything yet.']
  const { after: state, entry } = last
  const now = entry.time
  const chosen = only === undefined ? undefined : state.disputes.get(only)
  const isShown = (kind: 'tasks' | 'claims' | 'disputes', id: Id): boolean => {
    if (only === undefined) return true
    if (kind === 'disputes') return id === only
    const claim = chosen?.claim
    if (kind === 'claims') return id === claim
    return claim !== undefined && id === state.claims.get(claim)!.claim.taskId
  }
  const all = <Value>(kind: 'tasks' | 'claims' | 'disputes', map: ReadonlyMap<Id, Value>) =>
    [...map].flatMap(([id, value], i) => (isShown(kind, id) ? [{ id, value, number: i + 1 }] : []))
  const named = (what: string, number: number, size: number): string =>
    size === 1 ? `the ${what}` : `${what} ${number}`
  const opening = (words: string): string => `${words[0]!.toUpperCase()}${words.slice(1)}`
  const taskNumber = new Map([...state.tasks.keys()].map((id, i) => [id, i + 1]))
  const disputes = all('disputes', state.disputes)
  const disputeName = (number: number): string => named('dispute', number, state.disputes.size)
  const running = new Map(standings(rows, setting).map((standing) => [standing.dispute, standing]))
  return [
    ...all('tasks', state.tasks).map(({ value, number }) =>
      taskWords(opening(named('task', number, state.tasks.size)), value, state, now),
    ),
    ...all('claims', state.claims).map(({ value }) => {
      const on = state.tasks.size === 1 ? '' : ` on task ${taskNumber.get(value.claim.taskId)}`
      return claimWords(value, on, state, now, setting)
    }),
    ...disputes.flatMap(({ value, number }) => decidedWords(opening(disputeName(number)), value, setting)),
    ...disputes.flatMap(({ id, number }) => {
      const standing = running.get(id)
      return standing === undefined ? [] : standingWords(disputeName(number), standing)
    }),
    ...[...state.credits].flatMap(([account, wei]) =>
      wei === 0n || only !== undefined
        ? []
        : [`${nameOf(setting.actors, account)} can withdraw ${ether(wei)} ETH.`],
    ),
  ]
}
