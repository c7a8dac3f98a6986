import type { Bytes } from '../commitments/bytes.ts'
import type { Id, TensorRoot } from '../commitments/hash.ts'
import { accept, type Result } from '../result.ts'
import type { ServiceState } from './state.ts'
import type { Address } from './task.ts'

/** Whom a call tells of an output. Whatever it does with that changes nothing here. */
export interface Callback {
  readonly requester: Address
  readonly taskId: Id
  readonly outputRoot: TensorRoot
  /** Empty where the model's output is too large to be carried. */
  readonly output: Bytes
}

/** What an accepted call leaves behind. */
export interface Applied {
  readonly state: ServiceState
  /** The thing that the call made or changed; the sender's own credit has none. */
  readonly id: Id | undefined
  /** Sent to the caller. */
  readonly paidWei: bigint
  /** Whom the call calls back. */
  readonly callback: Callback | undefined
}

/** Of a call that neither pays nor calls back. */
export const changed = (state: ServiceState, id: Id | undefined): Result<Applied> =>
  accept({ state, id, paidWei: 0n, callback: undefined })
