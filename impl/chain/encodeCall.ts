import { match } from 'ts-pattern'
import { type Bytes, concat, toHex } from '../../spec/commitments/bytes.ts'
import { type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { packHashes } from '../../spec/commitments/merkle.ts'
import { positionHash } from '../../spec/game/position.ts'
import type { Assertion, Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Claim, Dispute, Seal, Task } from '../../spec/service/task.ts'
import { type Model, PHASE_CODES, programId } from '../../spec/tower/model.ts'
import { opmlInterface } from './contractInterface.ts'
import { packDispute, packOpening, packReply, packStanding, type Standing } from './packed.ts'

const NOBODY = `0x${'00'.repeat(20)}` as const
const NO_ID = ZERO_HASH as unknown as Id

/** What stands for a task, claim, seal or dispute that the chain has never seen: its hash is no id. */
const UNKNOWN_TASK: Task = {
  requester: NOBODY,
  nonce: 0,
  modelId: NO_ID,
  inputRoot: ZERO_HASH as never,
  iterations: 0,
  feeWei: 0n,
  attentionWei: 0n,
  deadline: 0,
}

const UNKNOWN_CLAIM: Claim = {
  taskId: NO_ID,
  modelId: NO_ID,
  server: NOBODY,
  nonce: 0,
  length: 0,
  startRoot: ZERO_HASH as never,
  endRoot: ZERO_HASH as never,
  outputRoot: ZERO_HASH as never,
}

const UNKNOWN_SEAL: Seal = { taskId: NO_ID, server: NOBODY, sealed: ZERO_HASH }

const UNKNOWN_DISPUTE: Dispute = {
  claimId: NO_ID,
  asserter: NOBODY,
  challenger: NOBODY,
  nonce: 0,
}

/** Of a dispute that does not run. */
const NO_STANDING: Standing = {
  clocks: { turn: 'asserter', turnSince: 0, left: { asserter: 0, challenger: 0 } },
  weight: 0,
}

const modelStruct = (model: Model) => ({
  ...model,
  programId: programId(model.program),
  phases: Uint8Array.from(model.phases, (phase) => PHASE_CODES[phase]),
})

const assertionStruct = ({
  nonce,
  length,
  endRoot,
  output,
  startWitness,
  outputWitness,
}: Assertion): Assertion => ({ nonce, length, endRoot, output, startWitness, outputWitness })

const sealStruct = ({ taskId, server, sealed }: Seal) => ({ taskId, server, commitment: sealed })

/** Calldata of a function whose argument stands behind the selector as it is. */
const withBehind = (selector: string, packed: Bytes): string => selector + toHex(packed).slice(2)

/** The things that the contract keeps hashes of alone, out of a state. */
const thingsOf = (state: ServiceState) => {
  const task = (id: Id): Task => state.tasks.get(id)?.task ?? UNKNOWN_TASK
  const claim = (id: Id): Claim => state.claims.get(id)?.claim ?? UNKNOWN_CLAIM
  const seal = (id: Id): Seal => state.seals.get(id)?.seal ?? UNKNOWN_SEAL
  /** The claim that settled a task. */
  const settling = (taskId: Id): Claim => {
    const entry = state.tasks.get(taskId)
    return entry?.kind === 'Settled' ? claim(entry.claim) : UNKNOWN_CLAIM
  }
  /** A dispute, how it stands, and the hash of its position. */
  const dispute = (id: Id) => {
    const entry = state.disputes.get(id)
    if (entry === undefined) return { named: UNKNOWN_DISPUTE, standing: NO_STANDING, position: ZERO_HASH }
    const { claim: claimId, asserter, challenger, nonce } = entry
    const named: Dispute = { claimId, asserter, challenger, nonce }
    return entry.kind === 'Running'
      ? { named, standing: entry, position: positionHash(entry.position) }
      : { named, standing: NO_STANDING, position: ZERO_HASH }
  }
  const head = (id: Id) => {
    const { named, standing } = dispute(id)
    return concat(packDispute(named), packStanding(standing))
  }
  return { task, claim, seal, settling, head, position: (id: Id) => packHashes([dispute(id).position]) }
}

/**
 * Calldata of a call of the specification. The contract keeps hashes of tasks, claims, seals and disputes alone, so the
 * things themselves come from `state`. A program or model is the registry's, all else the service's.
 */
export const encodeCall = (call: Call, state: ServiceState): string => {
  const encode = (name: string, ...args: readonly unknown[]) => opmlInterface().encodeFunctionData(name, args)
  const { task, claim, seal, settling, head, position } = thingsOf(state)
  return match(call)
    .with({ kind: 'RegisterProgram' }, ({ program }) => encode('registerProgram', program))
    .with({ kind: 'RegisterModel' }, ({ model }) => encode('registerModel', modelStruct(model)))
    .with({ kind: 'Request' }, ({ modelId, nonce, iterations, attentionWei, deadline, input }) =>
      encode('request', { modelId, nonce, iterations, attentionWei, deadline }, input),
    )
    .with({ kind: 'Claim' }, (made) => encode('claim', task(made.taskId), assertionStruct(made)))
    .with({ kind: 'Seal' }, ({ taskId, sealed }) => encode('seal', task(taskId), sealed))
    .with({ kind: 'Reveal' }, (made) => {
      const sealed = seal(made.sealId)
      return encode('reveal', sealStruct(sealed), task(sealed.taskId), assertionStruct(made), made.salt)
    })
    .with({ kind: 'Forfeit' }, ({ sealId }) => encode('forfeit', sealStruct(seal(sealId))))
    .with({ kind: 'Open' }, ({ claimId, nonce, reply }) =>
      encode('open', claim(claimId), nonce, packReply(reply)),
    )
    .with({ kind: 'Move' }, ({ disputeId, opening, reply }) =>
      withBehind(encode('move'), concat(head(disputeId), packOpening(opening), packReply(reply))),
    )
    .with({ kind: 'Timeout' }, ({ disputeId }) =>
      encode('timeout', concat(head(disputeId), position(disputeId))),
    )
    .with({ kind: 'Draw' }, ({ disputeId }) => encode('draw', concat(head(disputeId), position(disputeId))))
    .with({ kind: 'Finalize' }, ({ claimId }) => {
      const made = claim(claimId)
      return encode('finalize', made, task(made.taskId))
    })
    .with({ kind: 'PassClaim' }, ({ claimId }) => {
      const made = claim(claimId)
      return encode('passClaim', made, settling(made.taskId))
    })
    .with({ kind: 'PassSeal' }, ({ sealId }) => encode('passSeal', sealStruct(seal(sealId))))
    .with({ kind: 'Collect' }, ({ claimId }) => {
      const made = claim(claimId)
      return encode('collect', made, settling(made.taskId), task(made.taskId))
    })
    .with({ kind: 'Notify' }, ({ taskId, output }) =>
      encode('notify', task(taskId), settling(taskId), output),
    )
    .with({ kind: 'Expire' }, ({ taskId }) => encode('expire', task(taskId)))
    .with({ kind: 'Withdraw' }, () => encode('withdraw'))
    .with({ kind: 'Delegate' }, ({ to }) => encode('delegate', to))
    .with({ kind: 'Enroll' }, ({ modelId }) => encode('enroll', modelId))
    .with({ kind: 'Retire' }, ({ modelId }) => encode('retire', modelId))
    .with({ kind: 'Unstake' }, ({ modelId, verifier }) => encode('unstake', modelId, verifier))
    .with({ kind: 'CloseRound' }, ({ round }) => encode('closeRound', round))
    .with({ kind: 'RecordRound' }, ({ round }) => encode('recordRound', round))
    .with({ kind: 'Attend' }, ({ taskId, answer }) => encode('attend', task(taskId), answer))
    .with({ kind: 'Reward' }, ({ taskId, verifier }) =>
      encode('reward', task(taskId), settling(taskId), verifier),
    )
    .with({ kind: 'Slash' }, ({ taskId, verifier }) =>
      encode('slash', task(taskId), settling(taskId), verifier),
    )
    .exhaustive()
}
