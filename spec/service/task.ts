import { bigEndian, type Hex } from '../commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot, type TensorRoot } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Wei } from '../setting/parameters.ts'

/** An account of the chain: 20 bytes, lower-case hex. */
export type Address = Hex

/** A nonce is 48 bits wide on the chain and everywhere else: every value that the ABI takes is one of this language. */
const NONCE_BYTES = 6

/** What a requester asks for; a contract that does is called back with the output. Its keccak is its id, so that whoever claims binds every field of it. */
export interface Task {
  readonly requester: Address
  /** The requester's own number for it; two tasks that are equal to the letter are refused. */
  readonly nonce: number
  readonly modelId: Id
  readonly inputRoot: TensorRoot
  /** Iterations of the run, where the model's top phase is `loop`; 0 elsewhere. */
  readonly iterations: number
  /** In escrow: the attention part is for verifiers that are asked, the rest for the server that was bound first. */
  readonly feeWei: Wei
  readonly attentionWei: Wei
  /** Claims are accepted while now <= deadline. */
  readonly deadline: Seconds
}

export const taskId = (task: Task): Id =>
  keccak(
    task.requester,
    bigEndian(task.nonce, NONCE_BYTES),
    task.modelId,
    task.inputRoot,
    bigEndian(task.iterations, 4),
    bigEndian(task.feeWei, 16),
    bigEndian(task.attentionWei, 16),
    bigEndian(task.deadline, 5),
  )

/** What a server asserts of a task, staked. Its keccak is its id, so that an opening binds every field of it. */
export interface Claim {
  readonly taskId: Id
  readonly modelId: Id
  readonly server: Address
  readonly nonce: number
  /** Steps of the top phase's run. */
  readonly length: number
  /** The top phase's first state: the contract derives it from model and input. */
  readonly startRoot: StateRoot
  /** The top phase's last state, as claimed. */
  readonly endRoot: StateRoot
  /** The output tensor, shown to sit in the last state. */
  readonly outputRoot: TensorRoot
}

export const claimId = (claim: Claim): Id =>
  keccak(
    claim.taskId,
    claim.modelId,
    claim.server,
    bigEndian(claim.nonce, NONCE_BYTES),
    bigEndian(claim.length, 6),
    claim.startRoot,
    claim.endRoot,
    claim.outputRoot,
  )

/** A claim that its server is bound to, and that it does not show yet. Its keccak is the seal's id. */
export interface Seal {
  readonly taskId: Id
  readonly server: Address
  /** `sealedHash` of the claim and a salt. */
  readonly sealed: Hash
}

export const sealId = ({ taskId, server, sealed }: Seal): Id => keccak(taskId, server, sealed)

/** What seals a claim. The id binds task, server and all else; the salt hides it from whoever has run the model too. */
export const sealedHash = (claim: Id, salt: Hash): Hash => keccak(claim, salt)

/** What is disputed and by whom. Its keccak is the dispute's id; the claim says of which model it is. */
export interface Dispute {
  readonly claimId: Id
  /** The claim's server. */
  readonly asserter: Address
  readonly challenger: Address
  /** The challenger's own number for it. */
  readonly nonce: number
}

export const disputeId = (dispute: Dispute): Id =>
  keccak(dispute.claimId, dispute.asserter, dispute.challenger, bigEndian(dispute.nonce, NONCE_BYTES))
