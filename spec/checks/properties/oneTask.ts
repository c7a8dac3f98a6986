import type { Hash, Id } from '../../commitments/hash.ts'
import { openSegment } from '../../game/position.ts'
import type { Call, Context } from '../../service/calls.ts'
import { checkAssertion } from '../../service/claims.ts'
import type { RunningDispute, ServiceState } from '../../service/state.ts'
import { type Address, sealedHash } from '../../service/task.ts'
import type { Attention, Parameters, Seals, Wei } from '../../setting/parameters.ts'
import { type Instance, REQUESTER, SERVER, START, serverOf, setTable, type Table } from './alphabetGame.ts'
import { accepted } from './attempt.ts'
import { blockOf } from './play.ts'

/** One task over a run of four steps at k = 1, for tests that say what each call does. */
export const BASE: Parameters = {
  arity: 2,
  clockSeconds: 600,
  descentSeconds: 0,
  windowSeconds: 1200,
  claimBondWei: 1000n,
  disputeBondWei: 800n,
  burnBasisPoints: 2500,
  disputesAtOnce: 4,
  mostMoves: 20,
  inclusionSeconds: 0,
}

export const SEALS: Seals = { answerSeconds: 600, revealSeconds: 300 }
export const ATTENTION: Attention = { stakeWei: 77n, oneIn: 2, minFeeWei: 30n, payWei: 7n }

export const { claimBondWei: BOND, disputeBondWei: DISPUTE_BOND } = BASE
export const FEE = 100n
export const SALT = `0x${'05'.repeat(32)}` as Hash

/** Accounts beside the usual ones. */
export const account = (n: number): Address => `0x${n.toString(16).padStart(40, 'e')}`

export const tableOf = (parameters: Parameters): Table => {
  const instance: Instance = { tower: { lengths: [], lastLengths: [4], stepLimit: 4 }, parameters, seed: 1 }
  return setTable(instance)
}

/** A call at a second, in a block whose number grows with it. */
export const at = (state: ServiceState, sender: Address, now: number, valueWei: Wei = 0n): Context => ({
  sender,
  now,
  valueWei,
  block: blockOf(state, now),
})

/** Makes a call that is taken. */
export const make = (state: ServiceState, call: Call, sender: Address, now: number, valueWei: Wei = 0n) =>
  accepted(state, call, at(state, sender, now, valueWei))

export const requested = (table: Table, now = START): ServiceState =>
  make(table.state, table.requester.request, REQUESTER, now, FEE).state

export const claimCall = (table: Table, lie?: readonly number[]): Call & { readonly kind: 'Claim' } => ({
  kind: 'Claim',
  taskId: table.task,
  nonce: 0,
  ...serverOf(table, lie).prepared,
})

/** A seal of somebody's claim, and the call that reveals it. */
export const sealCalls = (table: Table, server: Address = SERVER, lie?: readonly number[], salt = SALT) => {
  const { taskId, kind: _, ...assertion } = claimCall(table, lie)
  const state = requested(table)
  const checked = checkAssertion(state, taskId, state.tasks.get(taskId)!.task, assertion, server)
  if (!checked.ok) throw new Error(checked.rejection.reason)
  const { id } = checked.value
  const seal: Call & { readonly kind: 'Seal' } = { kind: 'Seal', taskId, sealed: sealedHash(id, salt) }
  const reveal = (sealId: Id): Call & { readonly kind: 'Reveal' } => ({
    kind: 'Reveal',
    sealId,
    salt,
    ...assertion,
  })
  return { seal, reveal, claim: id }
}

/** The opening of a challenger whose run is true, or lies where it must. */
export const openCall = (
  table: Table,
  claimId: Id,
  lie?: readonly number[],
): Call & { readonly kind: 'Open' } => {
  const roots = table.storey.run(table.start, lie).rootsAt([2, 4])
  return { kind: 'Open', claimId, nonce: 0, reply: { kind: 'Dissect', roots } }
}

export const runningDispute = (state: ServiceState, id: Id): RunningDispute => {
  const dispute = state.disputes.get(id)
  if (dispute?.kind !== 'Running') throw new Error(`no running dispute ${id}`)
  return dispute
}

/** A dissection of one segment, from a run that lies or does not. */
export const dissectCall = (
  table: Table,
  state: ServiceState,
  disputeId: Id,
  segment: number,
  lie?: readonly number[],
): Call & { readonly kind: 'Move' } => {
  const { position } = runningDispute(state, disputeId)
  const roots = table.storey.run(table.start, lie).rootsAt(segment === 0 ? [1, 2] : [3, 4])
  return {
    kind: 'Move',
    disputeId,
    opening: openSegment(position, segment),
    reply: { kind: 'Dissect', roots },
  }
}
