/**
 * Why a call or a move is refused. The same word is the custom error of the contract that refuses it, the outcome
 * in the journal and the text on the report page; a test holds the two lists together.
 */
export const REJECTIONS = [
  // Of any call
  'CallMalformed',
  // Deployment and registry
  'ParameterInvalid',
  'AlreadyRegistered',
  'ProgramUnknown',
  'ProgramInvalid',
  'ModelUnknown',
  'ModelInvalid',
  'NoDescent',
  // Tasks
  'FeeTooHigh',
  'DeadlineInvalid',
  'TaskExists',
  'TaskUnknown',
  'TaskNotOpen',
  'TaskExpired',
  'TaskNotExpired',
  'TaskNotSettled',
  'AlreadyNotified',
  // Claims
  'BondMismatch',
  'ClaimUnknown',
  'ClaimNotOpen',
  'ClaimDisputed',
  'ClaimNotRefuted',
  'ClaimExists',
  'StartMismatch',
  'OutputMismatch',
  'LengthInvalid',
  'EndNotStable',
  'WindowOver',
  'WindowNotOver',
  // Seals
  'NoAttention',
  'SealExists',
  'SealUnknown',
  'SealOver',
  'NotYourSeal',
  'RevealTooEarly',
  'RevealTooLate',
  'RevealNotOver',
  'SealMismatch',
  // Attention
  'StakeMismatch',
  'AlreadyEnrolled',
  'NotEnrolled',
  'AlreadyRetired',
  'NotRetired',
  'JudgementNotOver',
  'JudgementOver',
  'TaskNotSealed',
  'AnswersOver',
  'AnswersNotOver',
  'NotAsked',
  'AnswerExists',
  'AnswerCorrect',
  // Disputes
  'DisputeExists',
  'DisputeUnknown',
  'DisputeOver',
  'NotYourTurn',
  'ClockExpired',
  'ClockNotExpired',
  'StateMismatch',
  'RootCountMismatch',
  'SameEnd',
  'CannotDissect',
  'CannotDescend',
  'CannotArbitrate',
  // Witnesses
  'WitnessMalformed',
  'PreStateMismatch',
  'EndMismatch',
  'DescriptorMismatch',
  'OperandMismatch',
  'CodeMismatch',
  // Escrow
  'NothingToWithdraw',
  'PayoutRefused',
  'ValueUnexpected',
] as const

export interface Rejection {
  readonly reason: (typeof REJECTIONS)[number]
  /** The values that disagree. */
  readonly details: Readonly<Record<string, unknown>>
}
