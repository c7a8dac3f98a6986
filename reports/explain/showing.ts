import { count, duration, ether } from '../../sim/format.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import { MEANINGS } from '../../spec/published/documents/meanings.ts'
import { burnedShare } from '../../spec/setting/parameters.ts'
import { arbitrationIn } from '../arbitration.ts'
import type { Row } from '../chronicle.ts'
import { machineModel, nameOf, outputWords, type Setting, stepCount } from '../wording.ts'
import { rootCount, rootWords, stateBehind } from './places.ts'

/** Whose vector a move answers. */
const opponent = ({ before, after, dispute, party, entry }: Row, { actors }: Setting): string => {
  if (entry.call.kind === 'Open')
    return nameOf(actors, before.claims.get(entry.call.claimId)?.claim.server ?? '')
  const contest = (dispute && (after.disputes.get(dispute) ?? before.disputes.get(dispute))) || undefined
  if (contest === undefined) return 'nobody'
  return nameOf(actors, party === 'asserter' ? contest.challenger : contest.asserter)
}

/** What a reply accepts of the opponent's vector, disputes, and shows of its own. */
const replied = (row: Row, setting: Setting): readonly string[] => {
  const { segment, reply } = row
  if (segment === undefined || reply === undefined) return []
  const other = opponent(row, setting)
  const { at, length, start, end } = segment
  const disputed = [
    `It accepts ${other}’s state ${stateBehind(at, 0, setting)}, ${rootWords(start)}, and disputes the one ${stateBehind(at, length, setting)}, ${rootWords(end)}.`,
  ]
  switch (reply.kind) {
    case 'Dissect':
      return [
        ...disputed,
        `Of ${length === 1 ? 'this' : 'these'} ${stepCount(length)} it shows its own states at ${rootCount(reply.roots.length)}; the last is ${rootWords(reply.roots.at(-1)!)}.`,
      ]
    case 'Descend':
      return [
        ...disputed,
        `It shows the run of ${segmentPath(segment, setting).join(' › ')} in phase ${setting.model.phases[segment.phase + 1]}: ${stepCount(reply.length)}, and its states at ${rootCount(reply.roots.length)}.`,
        `By its witness the contract saw that this run starts where the accepted state leads, and that its end, ${rootWords(reply.roots.at(-1)!)}, leads to another state than ${other}’s.`,
      ]
    case 'Arbitrate':
      return [...disputed, ...executed(row, setting)]
    default:
      return reply satisfies never
  }
}

/** The same of a tower of symbols, whose steps are no instructions. */
const executedSymbol = (row: Row, { actors }: Setting): readonly string[] => {
  const contest = row.dispute === undefined ? undefined : row.after.disputes.get(row.dispute)
  if (contest?.kind !== 'Decided' || row.party === undefined) return []
  const { asserter, challenger } = contest
  const [mover, other] = (row.party === 'asserter' ? [asserter, challenger] : [challenger, asserter]).map(
    (address) => nameOf(actors, address),
  )
  return contest.winner === row.party
    ? [
        `The contract executed that one step on the accepted state and came to another state than ${other} stood by: ${other} has lost.`,
      ]
    : [
        `The contract executed that one step on the accepted state and came to the state that ${other} stood by: ${mover} has lost.`,
      ]
}

const executed = (row: Row, setting: Setting): readonly string[] => {
  const model = machineModel(setting)
  if (model === undefined) return executedSymbol(row, setting)
  const arbitration = arbitrationIn(row, { ...setting, model })
  if (arbitration === undefined) return []
  const { assembly, postRoot, mover, opponent: other, moverWins } = arbitration
  const ruling = moverWins
    ? `which is not what ${other} stood by: ${other} has lost`
    : `which is what ${other} stood by: ${mover} has lost`
  return [
    `The contract executed ${assembly} on the accepted state and came to ${rootWords(postRoot)}, ${ruling}.`,
  ]
}

const asserted = (row: Row, { graph, model }: Setting): readonly string[] => {
  const { call } = row.entry
  if (call.kind !== 'Claim' && call.kind !== 'Reveal') return []
  const made = [...row.after.claims].find(([id]) => !row.before.claims.has(id))?.[1].claim
  return [
    `It answers with ${outputWords(call.output, graph)}, as what a run of ${stepCount(call.length, model.phases[0])} comes to.`,
    ...(made === undefined
      ? []
      : [
          `The contract derived the first state, ${rootWords(made.startRoot)}, from model and input itself, and saw the output sit in the last one, ${rootWords(made.endRoot)}.`,
        ]),
  ]
}

const value = ({ entry }: Row): string => `${ether(entry.valueWei)} ETH`

/** What an accepted call said and showed, in sentences. */
const saidBy = (row: Row, setting: Setting): readonly string[] => {
  const { call, time } = row.entry
  const { actors } = setting
  switch (call.kind) {
    case 'Request':
      return [
        `It asks for the model’s result on an input of ${count(call.input.length)} bytes, puts ${value(row)} into escrow as the fee, and waits ${duration(call.deadline - time)}.`,
      ]
    case 'Claim':
      return [...asserted(row, setting), `Its stake is ${value(row)}.`]
    case 'Open':
      return [
        ...replied(row, setting),
        `Its stake is ${value(row)}, ${ether(burnedShare(row.before.parameters, row.entry.valueWei))} of it burned, whoever wins.`,
      ]
    case 'Move':
      return replied(row, setting)
    case 'Reveal':
      return ['It shows what it had sealed.', ...asserted(row, setting)]
    case 'Seal':
      return [`It binds itself to an answer that it does not show yet. Its stake is ${value(row)}.`]
    case 'Timeout':
      return ['The clock of the party to move has run out, which anybody may say: that party has lost.']
    case 'Finalize':
      return ['The claim’s window is over and no dispute about it runs: it is final.']
    case 'Withdraw':
      return [`It takes ${ether(row.paidWei)} ETH out.`]
    case 'Expire':
      return ['Nobody’s answer stood in time: the fee goes back.']
    case 'Draw':
      return ['The claim has fallen in another dispute: this one ends, and its challenger has its part.']
    case 'Forfeit':
      return ['The seal was not revealed in time: its bond is burned.']
    case 'PassClaim':
      return ['The fee goes past a claim that has fallen, or that says otherwise.']
    case 'PassSeal':
      return ['The fee goes past a seal that was forfeited.']
    case 'Collect':
      return ['The claim that the fee has come to is final: its server has the fee.']
    case 'Notify':
      return ['It brings the output to whoever asked for it.']
    case 'Delegate':
      return [`It lets ${nameOf(actors, call.to)} make its moves.`]
    case 'Enroll':
      return [`It stakes ${value(row)} on its attention to the model.`]
    case 'Retire':
      return ['It gives up watching the model.']
    case 'Unstake':
      return ['The stake of a verifier that has retired is free.']
    case 'CloseRound':
      return [`Round ${count(call.round)} is over.`]
    case 'RecordRound':
      return [`The randomness of round ${count(call.round)} is on record: it says who is asked.`]
    case 'Attend':
      return ['It is asked about the task, and answers by the root that it computed.']
    case 'Reward':
      return [`${nameOf(actors, call.verifier)} answered right, and has its pay.`]
    case 'Slash':
      return [`${nameOf(actors, call.verifier)} was asked and did not answer right: its stake is burned.`]
    case 'RegisterProgram':
    case 'RegisterModel':
      return ['It brings a program or a model to the deployment.']
    default:
      return call satisfies never
  }
}

/** What a call showed to whoever watches the chain, in sentences; of one that was refused, why. */
export const showing = (row: Row, setting: Setting): readonly string[] => {
  const { outcome } = row.entry
  if (outcome === 'accepted') return saidBy(row, setting)
  const meaning =
    outcome === 'InsufficientFunds' ? 'the caller cannot pay what it carries' : MEANINGS[outcome]
  return [`It was refused as ${outcome} and changed nothing: ${meaning}.`]
}
