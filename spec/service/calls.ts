import type { Bytes } from '../commitments/bytes.ts'
import type { Hash, Id, StateRoot } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Opening } from '../game/position.ts'
import type { Reply } from '../game/reply.ts'
import type { Program } from '../machine/program.ts'
import type { Wei } from '../setting/parameters.ts'
import type { Model } from '../tower/model.ts'
import type { Address } from './task.ts'

/** Every call that the contract takes. What each does, what it must look like and what refuses it: `callTable`. */
export type Call =
  | { readonly kind: 'RegisterProgram'; readonly program: Program }
  | { readonly kind: 'RegisterModel'; readonly model: Model }
  /** The fee comes with the call, the attention part in it. */
  | {
      readonly kind: 'Request'
      readonly nonce: number
      readonly modelId: Id
      readonly input: Bytes
      readonly iterations: number
      readonly attentionWei: Wei
      readonly deadline: Seconds
    }
  /** The claim bond comes with the call. */
  | ({ readonly kind: 'Claim'; readonly taskId: Id } & Assertion)
  /** The claim bond comes with the call; `sealed` is `sealedHash` of the claim that is to be revealed. */
  | { readonly kind: 'Seal'; readonly taskId: Id; readonly sealed: Hash }
  | ({ readonly kind: 'Reveal'; readonly sealId: Id; readonly salt: Hash } & Assertion)
  | { readonly kind: 'Forfeit'; readonly sealId: Id }
  /** The dispute bond comes with the call, and the challenger's first reply to the claim. */
  | { readonly kind: 'Open'; readonly claimId: Id; readonly nonce: number; readonly reply: Reply }
  | { readonly kind: 'Move'; readonly disputeId: Id; readonly opening: Opening; readonly reply: Reply }
  | { readonly kind: 'Timeout'; readonly disputeId: Id }
  /** Gives a challenger whose dispute was running its part of a fallen claim's bond. */
  | { readonly kind: 'Draw'; readonly disputeId: Id }
  | { readonly kind: 'Finalize'; readonly claimId: Id }
  /** The fee's cursor goes past a claim, past a seal, or has arrived. */
  | { readonly kind: 'PassClaim'; readonly claimId: Id }
  | { readonly kind: 'PassSeal'; readonly sealId: Id }
  | { readonly kind: 'Collect'; readonly claimId: Id }
  /** Brings a settled task's output to whoever asked for it. */
  | { readonly kind: 'Notify'; readonly taskId: Id; readonly output: Bytes }
  | { readonly kind: 'Expire'; readonly taskId: Id }
  | { readonly kind: 'Withdraw' }
  /** Lets an account make the caller's moves besides itself; `NOBODY` takes that back. */
  | { readonly kind: 'Delegate'; readonly to: Address }
  /** The stake comes with the call. */
  | { readonly kind: 'Enroll'; readonly modelId: Id }
  | { readonly kind: 'Retire'; readonly modelId: Id }
  | { readonly kind: 'Unstake'; readonly modelId: Id; readonly verifier: Address }
  | { readonly kind: 'CloseRound'; readonly round: number }
  | { readonly kind: 'RecordRound'; readonly round: number }
  | { readonly kind: 'Attend'; readonly taskId: Id; readonly answer: Hash }
  | { readonly kind: 'Reward'; readonly taskId: Id; readonly verifier: Address }
  | { readonly kind: 'Slash'; readonly taskId: Id; readonly verifier: Address }

/** What a server asserts of a task. */
export interface Assertion {
  readonly nonce: number
  readonly length: number
  readonly endRoot: StateRoot
  readonly output: Bytes
  readonly startWitness: Bytes
  readonly outputWitness: Bytes
}

/** Who calls, what value the call carries, and the chain's time. */
export interface Context {
  readonly sender: Address
  readonly valueWei: Wei
  readonly now: Seconds
  /** The block that the call stands in; without one, no round can be closed. */
  readonly block?: Block | undefined
}

export interface Block {
  readonly number: number
  /** Hashes of earlier blocks that the chain still knows, by number: of the last 256, and never of this one. */
  readonly hashes: ReadonlyMap<number, Hash>
}

/** The call's name in journals, gas tables and pages; a move is named by its reply. */
export const callName = (call: Call): string =>
  (call.kind === 'Move' ? call.reply.kind : call.kind).replace(/^./, (first) => first.toLowerCase())
