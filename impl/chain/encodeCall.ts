import { match, P } from 'ts-pattern'
import { ZERO_HASH } from '../../spec/commitments/hash.ts'
import { packHashes } from '../../spec/commitments/merkle.ts'
import type { Opening } from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Claim, Dispute, Task } from '../../spec/service/task.ts'
import { type Model, PHASE_CODES, programId } from '../../spec/tower/model.ts'
import { NOT_ON_CHAIN, opmlInterface } from './contractInterface.ts'

const NOBODY = `0x${'00'.repeat(20)}` as const

/** What stands for a task, claim or dispute that the chain has never seen: its hash is no id. */
const UNKNOWN_TASK: Task = {
  requester: NOBODY,
  nonce: 0,
  modelId: ZERO_HASH as never,
  inputRoot: ZERO_HASH as never,
  feeWei: 0n,
  deadline: 0,
}

const UNKNOWN_CLAIM: Claim = {
  taskId: ZERO_HASH as never,
  modelId: ZERO_HASH as never,
  server: NOBODY,
  nonce: 0,
  length: 0,
  startRoot: ZERO_HASH as never,
  endRoot: ZERO_HASH as never,
  outputRoot: ZERO_HASH as never,
}

const UNKNOWN_DISPUTE: Dispute = {
  claimId: ZERO_HASH as never,
  modelId: ZERO_HASH as never,
  challenger: NOBODY,
  nonce: 0,
}

const modelStruct = (model: Model) => ({
  ...model,
  programId: programId(model.program),
  phases: Uint8Array.from(model.phases, (phase) => PHASE_CODES[phase]),
  iterations: model.iterations ?? 0,
})

const openingStruct = (opening: Opening) => ({ ...opening, siblings: packHashes(opening.siblings) })

const descentStruct = ({ length, roots, witness }: Reply & { kind: 'Descend' }) => ({
  length,
  roots: packHashes(roots),
  witness,
})

/** The end of the function's name, and its last argument. */
const replyArgument = (reply: Reply): readonly [string, unknown] =>
  match(reply)
    .returnType<readonly [string, unknown]>()
    .with({ kind: 'Dissect' }, ({ roots }) => ['Dissect', packHashes(roots)])
    .with({ kind: 'Descend' }, (descent) => ['Descend', descentStruct(descent)])
    .with({ kind: 'Arbitrate' }, ({ witness }) => ['Arbitrate', witness])
    .exhaustive()

/**
 * Calldata of a call of the specification. The contract keeps hashes of tasks, claims and disputes alone, so the things
 * themselves come from `state`.
 */
export const encodeCall = (call: Call, state: ServiceState): string => {
  const encode = (name: string, ...args: readonly unknown[]) => opmlInterface().encodeFunctionData(name, args)
  const taskOf = (id: Task['modelId']) => state.tasks.get(id)?.task ?? UNKNOWN_TASK
  const claimOf = (id: Task['modelId']) => state.claims.get(id)?.claim ?? UNKNOWN_CLAIM
  const disputeOf = (id: Task['modelId']): Dispute => {
    const entry = state.disputes.get(id)
    if (entry === undefined) return UNKNOWN_DISPUTE
    const { claim, model, challenger, nonce } = entry
    return { claimId: claim, modelId: model, challenger, nonce }
  }
  return match(call)
    .with({ kind: 'RegisterProgram' }, ({ program }) => encode('registerProgram', program))
    .with({ kind: 'RegisterModel' }, ({ model }) => encode('registerModel', modelStruct(model)))
    .with({ kind: 'Request' }, ({ modelId, nonce, deadline, input }) =>
      encode('request', modelId, nonce, deadline, input),
    )
    .with({ kind: 'Claim' }, ({ taskId, nonce, length, endRoot, output, startWitness, outputWitness }) =>
      encode('claim', taskOf(taskId), nonce, length, endRoot, output, startWitness, outputWitness),
    )
    .with({ kind: 'Open' }, ({ claimId, nonce, reply }) => {
      const [name, argument] = replyArgument(reply)
      return encode(`openBy${name}`, claimOf(claimId), nonce, argument)
    })
    .with({ kind: 'Move' }, ({ disputeId, opening, reply }) => {
      const [name, argument] = replyArgument(reply)
      return encode(name.toLowerCase(), disputeOf(disputeId), openingStruct(opening), argument)
    })
    .with({ kind: 'Timeout' }, ({ disputeId }) => encode('timeout', disputeOf(disputeId)))
    .with({ kind: 'Refund' }, ({ disputeId }) => encode('refund', disputeOf(disputeId)))
    .with({ kind: 'Finalize' }, ({ claimId }) => {
      const claim = claimOf(claimId)
      return encode('finalize', claim, taskOf(claim.taskId))
    })
    .with({ kind: 'Expire' }, ({ taskId }) => encode('expire', taskOf(taskId)))
    .with({ kind: 'Withdraw' }, () => encode('withdraw'))
    .with({ kind: P.union(...NOT_ON_CHAIN) }, ({ kind }) => {
      throw new Error(`the contracts do not take ${kind} yet`)
    })
    .exhaustive()
}
