import type { Rejection } from '../rejection.ts'
import type { Result } from '../result.ts'
import { delegate, withdraw } from './accounts.ts'
import type { Applied } from './applied.ts'
import { attend, enroll, retire, reward, slash, unstake } from './attention.ts'
import type { Call, Context } from './calls.ts'
import { claim, finalize } from './claims.ts'
import { draw, move, open, timeout } from './disputes.ts'
import { collect, passClaim, passSeal } from './fees.ts'
import { registerModel, registerProgram } from './registry.ts'
import { closeRound, recordRound } from './rounds.ts'
import { forfeit, reveal, seal } from './seals.ts'
import {
  ASSERTION,
  type Fields,
  isAddress,
  isBytes,
  isHash,
  isModel,
  isNonce,
  isOpening,
  isProgram,
  isReply,
  isSeconds,
  isWei,
  uint,
} from './shapes.ts'
import type { ServiceState } from './state.ts'
import { expire, notify, request } from './tasks.ts'

/** All there is to a kind of call. */
interface CallRow<Kind extends Call['kind']> {
  /** What its fields must look like. */
  readonly fields: Fields
  /** Whether it carries a fee, a bond or a stake; a call that does not and carries value is refused. */
  readonly isPayable?: true
  /** What it does. */
  readonly effect: (state: ServiceState, call: Call & { kind: Kind }, context: Context) => Result<Applied>
  /** What refuses it, in the order of the guards. */
  readonly refusals: readonly Rejection['reason'][]
}

/** What a reply is refused for, whatever it is a part of. */
const REPLY = [
  'CannotDissect',
  'CannotDescend',
  'CannotArbitrate',
  'WitnessMalformed',
  'PreStateMismatch',
  'DescriptorMismatch',
  'OperandMismatch',
  'CodeMismatch',
  'EndMismatch',
  'LengthInvalid',
  'EndNotStable',
  'RootCountMismatch',
  'SameEnd',
] as const

/** What an assertion is refused for. */
const ASSERTED = [
  'WitnessMalformed',
  'StartMismatch',
  'LengthInvalid',
  'EndMismatch',
  'EndNotStable',
  'OutputMismatch',
  'OutputLengthInvalid',
  'ClaimExists',
] as const

const CLAIMABLE = ['TaskUnknown', 'TaskNotOpen', 'TaskExpired', 'BondMismatch'] as const

const CURSOR = ['TaskNotOpen', 'FeePaid', 'CursorElsewhere'] as const

/** Every kind of call, in the order in which documents and journals list them. */
export const CALL_TABLE: { readonly [Kind in Call['kind']]: CallRow<Kind> } = {
  RegisterProgram: {
    fields: { program: isProgram },
    effect: registerProgram,
    refusals: ['ProgramInvalid', 'AlreadyRegistered'],
  },
  RegisterModel: {
    fields: { model: isModel },
    effect: registerModel,
    refusals: ['ProgramUnknown', 'ModelInvalid', 'NoDescent', 'MovesTooMany', 'AlreadyRegistered'],
  },
  Request: {
    fields: {
      nonce: isNonce,
      modelId: isHash,
      input: isBytes,
      iterations: uint(32),
      attentionWei: isWei,
      deadline: isSeconds,
    },
    isPayable: true,
    effect: request,
    refusals: [
      'ModelUnknown',
      'IterationsInvalid',
      'DeadlineInvalid',
      'FeeTooHigh',
      'AttentionFeeInvalid',
      'TaskExists',
    ],
  },
  Claim: {
    fields: { taskId: isHash, ...ASSERTION },
    isPayable: true,
    effect: claim,
    refusals: ['SealRequired', ...CLAIMABLE, ...ASSERTED],
  },
  Seal: {
    fields: { taskId: isHash, sealed: isHash },
    isPayable: true,
    effect: seal,
    refusals: ['NoSeals', ...CLAIMABLE, 'SealExists'],
  },
  Reveal: {
    fields: { sealId: isHash, salt: isHash, ...ASSERTION },
    effect: reveal,
    refusals: [
      'SealUnknown',
      'SealOver',
      'NotYourSeal',
      'RevealTooEarly',
      'RevealTooLate',
      ...ASSERTED,
      'SealMismatch',
    ],
  },
  Forfeit: {
    fields: { sealId: isHash },
    effect: forfeit,
    refusals: ['SealUnknown', 'SealOver', 'RevealNotOver'],
  },
  Open: {
    fields: { claimId: isHash, nonce: isNonce, reply: isReply },
    isPayable: true,
    effect: open,
    refusals: ['ClaimUnknown', 'ClaimNotOpen', 'WindowOver', 'BondMismatch', 'DisputeExists', ...REPLY],
  },
  Move: {
    fields: { disputeId: isHash, opening: isOpening, reply: isReply },
    effect: move,
    refusals: [
      'DisputeUnknown',
      'DisputeOver',
      'ClaimNotOpen',
      'NotYourTurn',
      'ClockExpired',
      'StateMismatch',
      ...REPLY,
    ],
  },
  Timeout: {
    fields: { disputeId: isHash },
    effect: timeout,
    refusals: ['DisputeUnknown', 'DisputeOver', 'ClaimNotOpen', 'ClockNotExpired'],
  },
  Draw: {
    fields: { disputeId: isHash },
    effect: draw,
    refusals: ['DisputeUnknown', 'DisputeOver', 'ClaimNotRefuted', 'ClockExpired'],
  },
  Finalize: {
    fields: { claimId: isHash },
    effect: finalize,
    refusals: ['ClaimUnknown', 'ClaimNotOpen', 'ClaimDisputed', 'WindowNotOver'],
  },
  PassClaim: {
    fields: { claimId: isHash },
    effect: passClaim,
    refusals: ['ClaimUnknown', ...CURSOR, 'ClaimStands'],
  },
  PassSeal: {
    fields: { sealId: isHash },
    effect: passSeal,
    refusals: ['SealUnknown', 'SealNotForfeited', ...CURSOR],
  },
  Collect: {
    fields: { claimId: isHash },
    effect: collect,
    refusals: ['ClaimUnknown', 'ClaimNotFinal', ...CURSOR, 'ClaimDiffers'],
  },
  Notify: {
    fields: { taskId: isHash, output: isBytes },
    effect: notify,
    refusals: ['TaskUnknown', 'TaskNotSettled', 'AlreadyNotified', 'OutputLengthInvalid', 'OutputMismatch'],
  },
  Expire: {
    fields: { taskId: isHash },
    effect: expire,
    refusals: ['TaskUnknown', 'TaskNotOpen', 'TaskNotExpired'],
  },
  Withdraw: { fields: {}, effect: withdraw, refusals: ['NothingToWithdraw'] },
  Delegate: { fields: { to: isAddress }, effect: delegate, refusals: [] },
  Enroll: {
    fields: { modelId: isHash },
    isPayable: true,
    effect: enroll,
    refusals: ['NoAttention', 'ModelUnknown', 'StakeMismatch', 'AlreadyEnrolled'],
  },
  Retire: { fields: { modelId: isHash }, effect: retire, refusals: ['NotEnrolled', 'AlreadyRetired'] },
  Unstake: {
    fields: { modelId: isHash, verifier: isAddress },
    effect: unstake,
    refusals: ['NotEnrolled', 'NotRetired', 'JudgementNotOver'],
  },
  CloseRound: {
    fields: { round: isSeconds },
    effect: closeRound,
    refusals: ['NoAttention', 'RoundNotOver', 'AnswersOver', 'RoundClosed', 'BlockUnknown'],
  },
  RecordRound: {
    fields: { round: isSeconds },
    effect: recordRound,
    refusals: ['NoAttention', 'RoundNotClosed', 'RoundRecorded', 'AnswersOver', 'BlockUnknown'],
  },
  Attend: {
    fields: { taskId: isHash, answer: isHash },
    effect: attend,
    refusals: [
      'TaskUnknown',
      'TaskNotSealed',
      'AnswersOver',
      'RoundNotRecorded',
      'NotEnrolled',
      'NotAsked',
      'AnswerExists',
    ],
  },
  Reward: {
    fields: { taskId: isHash, verifier: isAddress },
    effect: reward,
    refusals: ['TaskUnknown', 'TaskNotSettled', 'AnswerUnknown', 'AnswerPaid', 'AnswerWrong'],
  },
  Slash: {
    fields: { taskId: isHash, verifier: isAddress },
    effect: slash,
    refusals: [
      'TaskUnknown',
      'TaskNotSettled',
      'TaskNotSealed',
      'JudgementOver',
      'RoundNotRecorded',
      'NotEnrolled',
      'AnswerCorrect',
      'NotAsked',
    ],
  },
}
