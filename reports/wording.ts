import { count, ether } from '../sim/format.ts'
import { type Bytes, fromBigEndian } from '../spec/commitments/bytes.ts'
import type { Reply } from '../spec/game/reply.ts'
import { ELEMENT_TYPES } from '../spec/graph/graphModel.ts'
import type { Model } from '../spec/tower/model.ts'
import type { Row } from './chronicle.ts'
import type { OutputGraph, Told } from './told.ts'

/** Whether the calls stood in transactions of a chain, where gas is paid for. */
export const hasGas = (rows: readonly Row[]): boolean =>
  rows.some(({ entry }) => entry.transaction !== undefined)

/** An account by its actor's name; by its address where it is nobody's of the cast. */
export const nameOf = (actors: Told['actors'], address: string): string =>
  actors.find((actor) => actor.address === address)?.name ?? address

const replyWords = (reply: Reply, below: string | undefined): string => {
  switch (reply.kind) {
    case 'Dissect':
      return roots(reply.roots.length)
    case 'Descend':
      return `into ${below ?? 'no phase'}: ${stepCount(reply.length)}, ${roots(reply.roots.length)}`
    case 'Arbitrate':
      return `witness of ${count(reply.witness.length)} bytes`
    default:
      return reply satisfies never
  }
}

const roots = (amount: number): string => `${amount} ${amount === 1 ? 'root' : 'roots'}`

/** So many steps, of a phase or of that which is spoken of. */
export const stepCount = (amount: number, phase?: string): string =>
  `${count(amount)}${phase === undefined ? '' : ` ${phase}`} ${amount === 1 ? 'step' : 'steps'}`

const MAX_SHOWN_ELEMENTS = 8

/** What words about calls are made of, beside the calls themselves. A tower of symbols has no model but its phases. */
export interface Setting extends Told {
  readonly model: Model | Told['model']
}

/** The model with its machine; undefined of a tower of symbols. */
export const machineModel = ({ model }: Setting): Model | undefined =>
  'program' in model ? model : undefined

/** A short output in numbers, a long one by its size. */
export const outputWords = (output: Bytes, { nodes, outputSlot }: OutputGraph): string => {
  const last = nodes.find((node) => node.outputSlot === outputSlot)
  if (last === undefined || last.outputElements > MAX_SHOWN_ELEMENTS)
    return `output of ${count(output.length)} bytes`
  const { bytes, signed } = ELEMENT_TYPES[last.outputType]
  const elements = Array.from({ length: last.outputElements }, (_, i) => {
    const raw = fromBigEndian(output.slice(i * bytes, (i + 1) * bytes).reverse())
    return signed ? BigInt.asIntN(8 * bytes, raw) : raw
  })
  return `output ${elements.join(' ')}`
}

/** What a call brings with it, or takes away. */
export const cargo = (row: Row, { model, graph }: Pick<Told, 'model' | 'graph'>): string => {
  const { phases } = model
  const { call, valueWei } = row.entry
  const value = (what: string): string => `${what} ${ether(valueWei)} ETH`
  const below = phases[(row.segment?.phase ?? 0) + 1]
  switch (call.kind) {
    case 'Request':
      return `input of ${count(call.input.length)} bytes, ${value('fee')}`
    case 'Claim':
      return `${outputWords(call.output, graph)}, run of ${stepCount(call.length, phases[0])}, ${value('bond')}`
    case 'Open':
      return `${replyWords(call.reply, below)}, ${value('bond')}`
    case 'Move':
      return replyWords(call.reply, below)
    case 'Withdraw':
      return row.paidWei === 0n ? '' : `${ether(row.paidWei)} ETH`
    case 'RegisterProgram':
    case 'RegisterModel':
    case 'Timeout':
    case 'Draw':
    case 'PassClaim':
    case 'PassSeal':
    case 'Collect':
    case 'CloseRound':
    case 'RecordRound':
    case 'Reward':
    case 'Finalize':
    case 'Expire':
    case 'Seal':
    case 'Reveal':
    case 'Forfeit':
    case 'Enroll':
    case 'Retire':
    case 'Unstake':
    case 'Attend':
    case 'Slash':
    case 'Notify':
    case 'Delegate':
      return ''
    default:
      return call satisfies never
  }
}

/** What the protocol exists to prevent, where it happened. */
export const falseFinalsAlarm = (falseFinals: number): string | undefined => {
  if (falseFinals === 0) return undefined
  return falseFinals === 1
    ? 'a false claim has become final'
    : `${count(falseFinals)} false claims have become final`
}

const PARTY_ROLES = { asserter: 'server', challenger: 'verifier' } as const

/** What a call decided: claims that became final or refuted, disputes that ended. */
export const verdicts = ({ before, after }: Row): readonly string[] => [
  ...[...after.disputes].flatMap(([id, dispute]) =>
    dispute.kind === 'Decided' && before.disputes.get(id)?.kind !== 'Decided'
      ? [`the ${PARTY_ROLES[dispute.winner]} wins by ${dispute.by}`]
      : [],
  ),
  ...[...after.claims].flatMap(([id, { kind }]) =>
    kind !== 'Pending' && before.claims.get(id)?.kind === 'Pending' ? [`claim ${kind.toLowerCase()}`] : [],
  ),
]
