import { match } from 'ts-pattern'
import type { Id } from '../commitments/hash.ts'
import type { Program } from '../machine/program.ts'
import { accept, type Result, reject } from '../result.ts'
import { checkModel, checkProgram, type Model, modelId, programId } from '../tower/model.ts'
import type { TowerRules } from '../tower/tower.ts'
import { towerRules } from '../tower/towerRules.ts'
import { attend, enroll, retire, slash, unstake } from './attention.ts'
import type { Call, Context } from './calls.ts'
import { type Callback, claim, finalize, notify } from './claims.ts'
import { move, open, refund, timeout } from './disputes.ts'
import { forfeit, reveal, seal } from './seals.ts'
import { type ServiceState, withEntry } from './state.ts'
import type { Address } from './task.ts'
import { expire, request } from './tasks.ts'
import { checkShape } from './wellFormed.ts'

/** What an accepted call leaves behind. */
export interface Applied {
  readonly state: ServiceState
  /** The program, model, task, claim or dispute that the call made or changed; the sender's own credit has none. */
  readonly id: Id | undefined
  /** Sent to the caller. */
  readonly paidWei: bigint
  /** Whom the call calls back. */
  readonly callback: Callback | undefined
}

/** Calls that carry a fee, a bond or a stake; any other call that carries value is refused. */
const PAYABLE: ReadonlySet<Call['kind']> = new Set(['Request', 'Claim', 'Seal', 'Open', 'Enroll'])

/**
 * One call of the contract: state in, state out. A refused call is a rejection and changes nothing.
 * Total: no call, however malformed, throws.
 */
export const applyCall = (state: ServiceState, call: Call, context: Context): Result<Applied> => {
  const shaped = checkShape(call, context)
  if (!shaped.ok) return shaped
  if (context.valueWei !== 0n && !PAYABLE.has(call.kind))
    return reject('ValueUnexpected', { valueWei: context.valueWei })
  return match(call)
    .returnType<Result<Applied>>()
    .with({ kind: 'RegisterProgram' }, ({ program }) => registerProgram(state, program))
    .with({ kind: 'RegisterModel' }, ({ model }) => registerModel(state, model))
    .with({ kind: 'Request' }, (asked) => made(request(state, asked, context)))
    .with({ kind: 'Claim' }, (claimed) => made(claim(state, claimed, context)))
    .with({ kind: 'Open' }, (opened) => made(open(state, opened, context)))
    .with({ kind: 'Move' }, (moved) => on(moved.disputeId, move(state, moved, context)))
    .with({ kind: 'Timeout' }, (late) => on(late.disputeId, timeout(state, late, context)))
    .with({ kind: 'Refund' }, (voided) => on(voided.disputeId, refund(state, voided)))
    .with({ kind: 'Finalize' }, (final) => on(final.claimId, finalize(state, final, context)))
    .with({ kind: 'Notify' }, (notice) => called(notice.taskId, notify(state, notice)))
    .with({ kind: 'Expire' }, (expired) => on(expired.taskId, expire(state, expired, context)))
    .with({ kind: 'Withdraw' }, () => withdraw(state, context))
    .with({ kind: 'Delegate' }, ({ to }) => delegate(state, to, context))
    .with({ kind: 'Seal' }, (sealed) => made(seal(state, sealed, context)))
    .with({ kind: 'Reveal' }, (revealed) => made(reveal(state, revealed, context)))
    .with({ kind: 'Forfeit' }, (lapsed) => on(lapsed.sealId, forfeit(state, lapsed, context)))
    .with({ kind: 'Enroll' }, (enrolled) => made(enroll(state, enrolled, context)))
    .with({ kind: 'Retire' }, (retired) => made(retire(state, retired, context)))
    .with({ kind: 'Unstake' }, (unstaked) => made(unstake(state, unstaked, context)))
    .with({ kind: 'Attend' }, (attended) => made(attend(state, attended, context)))
    .with({ kind: 'Slash' }, (slashed) => made(slash(state, slashed, context)))
    .exhaustive()
}

const changed = (state: ServiceState, id: Id): Result<Applied> =>
  accept({ state, id, paidWei: 0n, callback: undefined })

/** Of a call that makes something. */
const made = (result: Result<{ readonly state: ServiceState; readonly id: Id }>): Result<Applied> =>
  result.ok ? changed(result.value.state, result.value.id) : result

/** Of a call on something that is there. */
const on = (id: Id, result: Result<ServiceState>): Result<Applied> =>
  result.ok ? changed(result.value, id) : result

/** Of a call that calls somebody back. */
const called = (
  id: Id,
  result: Result<{ readonly state: ServiceState; readonly callback: Callback }>,
): Result<Applied> => (result.ok ? accept({ ...result.value, id, paidWei: 0n }) : result)

const registerProgram = (state: ServiceState, program: Program): Result<Applied> => {
  const checked = checkProgram(program)
  if (!checked.ok) return checked
  const id = programId(program)
  if (state.programs.has(id)) return reject('AlreadyRegistered', { id })
  return changed({ ...state, programs: withEntry(state.programs, id, program) }, id)
}

const registerModel = (state: ServiceState, model: Model): Result<Applied> => {
  // A malformed program is none that could have been registered.
  const isKnown = checkProgram(model.program).ok && state.programs.has(programId(model.program))
  if (!isKnown) return reject('ProgramUnknown', {})
  const checked = checkModel(model)
  if (!checked.ok) return checked
  const rules = towerRules(model)
  if (!rules.ok) return rules
  return registerRules(state, modelId(model), rules.value)
}

/** Puts a tower under an id; the alphabet tower, which no contract ships, comes in this way. */
export const registerRules = (state: ServiceState, id: Id, rules: TowerRules): Result<Applied> =>
  state.models.has(id)
    ? reject('AlreadyRegistered', { id })
    : changed({ ...state, models: withEntry(state.models, id, rules) }, id)

/** Payouts are pulled, never pushed: no account's code can hold up another's settlement. */
const withdraw = (state: ServiceState, { sender }: Context): Result<Applied> => {
  const credit = state.credits.get(sender) ?? 0n
  if (credit === 0n) return reject('NothingToWithdraw', { sender })
  return accept({
    state: {
      ...state,
      credits: withEntry(state.credits, sender, 0n),
      balanceWei: state.balanceWei - credit,
    },
    id: undefined,
    paidWei: credit,
    callback: undefined,
  })
}

/** The sender's moves may be made by another account too, until it names another still. */
const delegate = (state: ServiceState, to: Address, { sender }: Context): Result<Applied> =>
  accept({
    state: { ...state, delegates: withEntry(state.delegates, sender, to) },
    id: undefined,
    paidWei: 0n,
    callback: undefined,
  })
