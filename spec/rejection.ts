/**
 * Why a call or a move is refused. The same word is the custom error of the contract that refuses it, the outcome
 * in the journal and the text on the report page; a test holds the two lists together.
 */
export const REJECTIONS = [
  // Of any call
  'CallMalformed',
  'ValueUnexpected',
  // Deployment and registry
  'ParameterInvalid',
  'AlreadyRegistered',
  'ProgramUnknown',
  'ProgramInvalid',
  'ModelUnknown',
  'ModelInvalid',
  'NoDescent',
  'MovesTooMany',
  // Tasks
  'IterationsInvalid',
  'DeadlineInvalid',
  'FeeTooHigh',
  'AttentionFeeInvalid',
  'TaskExists',
  'TaskUnknown',
  'TaskNotOpen',
  'TaskExpired',
  'TaskNotExpired',
  'TaskNotSettled',
  'AlreadyNotified',
  // Claims
  'BondMismatch',
  'SealRequired',
  'ClaimUnknown',
  'ClaimNotOpen',
  'ClaimDisputed',
  'ClaimNotRefuted',
  'ClaimNotFinal',
  'ClaimExists',
  'StartMismatch',
  'OutputMismatch',
  'OutputLengthInvalid',
  'LengthInvalid',
  'EndNotStable',
  'WindowOver',
  'WindowNotOver',
  // Fees
  'FeePaid',
  'CursorElsewhere',
  'ClaimStands',
  'ClaimDiffers',
  // Seals
  'NoSeals',
  'SealExists',
  'SealUnknown',
  'SealOver',
  'SealNotForfeited',
  'NotYourSeal',
  'RevealTooEarly',
  'RevealTooLate',
  'RevealNotOver',
  'SealMismatch',
  // Attention
  'NoAttention',
  'StakeMismatch',
  'AlreadyEnrolled',
  'NotEnrolled',
  'AlreadyRetired',
  'NotRetired',
  'JudgementNotOver',
  'JudgementOver',
  'TaskNotSealed',
  'RoundNotOver',
  'RoundClosed',
  'RoundNotClosed',
  'RoundRecorded',
  'RoundNotRecorded',
  'BlockUnknown',
  'AnswersOver',
  'NotAsked',
  'AnswerExists',
  'AnswerUnknown',
  'AnswerPaid',
  'AnswerWrong',
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
] as const

export interface Rejection {
  readonly reason: (typeof REJECTIONS)[number]
  /** The values that disagree. */
  readonly details: Readonly<Record<string, unknown>>
}
