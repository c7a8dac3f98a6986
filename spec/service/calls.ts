import type { Bytes } from '../commitments/bytes.ts'
import type { Id, StateRoot } from '../commitments/hash.ts'
import type { Seconds } from '../game/clocks.ts'
import type { Opening } from '../game/position.ts'
import type { Reply } from '../game/reply.ts'
import type { Program } from '../machine/program.ts'
import type { Wei } from '../parameters.ts'
import type { Model } from './model.ts'
import type { Address } from './task.ts'

/** Every call that the contract takes. */
export type Call =
  | { readonly kind: 'RegisterProgram'; readonly program: Program }
  | { readonly kind: 'RegisterModel'; readonly model: Model }
  /** The fee comes with the call. */
  | {
      readonly kind: 'Request'
      readonly nonce: number
      readonly modelId: Id
      readonly input: Bytes
      readonly deadline: Seconds
    }
  /** The bond comes with the call. */
  | {
      readonly kind: 'Claim'
      readonly taskId: Id
      readonly nonce: number
      readonly length: number
      readonly endRoot: StateRoot
      readonly output: Bytes
      readonly startWitness: Bytes
      readonly outputWitness: Bytes
    }
  /** The bond comes with the call, and the challenger's first answer to the claim. */
  | { readonly kind: 'Open'; readonly claimId: Id; readonly nonce: number; readonly reply: Reply }
  | { readonly kind: 'Move'; readonly disputeId: Id; readonly opening: Opening; readonly reply: Reply }
  | { readonly kind: 'Timeout'; readonly disputeId: Id }
  | { readonly kind: 'Refund'; readonly disputeId: Id }
  | { readonly kind: 'Finalize'; readonly claimId: Id }
  | { readonly kind: 'Expire'; readonly taskId: Id }
  | { readonly kind: 'Withdraw' }

/** Who calls, what value the call carries, and the chain's time. */
export interface Context {
  readonly sender: Address
  readonly valueWei: Wei
  readonly now: Seconds
}

/** The call's name in journals, gas tables and pages; a move is named by its reply. */
export const callName = (call: Call): string =>
  (call.kind === 'Move' ? call.reply.kind : call.kind).replace(/^./, (first) => first.toLowerCase())
