import { expect, test } from 'vitest'
import { CALL_TABLE } from '../../service/callTable.ts'
import { observations } from './observe.ts'

/** What refuses a call by its shape or its value, before any guard of its row. */
const BEFORE_GUARDS: ReadonlySet<string> = new Set(['CallMalformed', 'ValueUnexpected'])

/** Listed, and met by no call of the games that the documents are printed from: other properties meet them. */
const ELSEWHERE: readonly string[] = [
  'Reveal WitnessMalformed',
  'Reveal StartMismatch',
  'Reveal LengthInvalid',
  'Reveal EndMismatch',
  'Reveal EndNotStable',
  'Reveal ClaimExists',
  'Open DescriptorMismatch',
  'Open OperandMismatch',
  'Open CodeMismatch',
  'Open EndNotStable',
  'Draw ClockExpired',
  'Collect TaskNotOpen',
  'Collect ClaimDiffers',
  'Enroll NoAttention',
  'CloseRound NoAttention',
  'CloseRound BlockUnknown',
  'Slash TaskNotSealed',
  'Slash RoundNotRecorded',
]

const rowOf = (call: string): string =>
  ['dissect', 'descend', 'arbitrate'].includes(call)
    ? 'Move'
    : call.replace(/^./, (first) => first.toUpperCase())

// Rationale: whoever sends a call reads in its row what may refuse it. What is missing there comes as a surprise, and what is
// never refused is a guard that nobody has written.
test('DOCUMENTS-6 a call is refused for what its row of the table lists, and for all of that', () => {
  const met = observations().flatMap(({ call, rejection }) =>
    rejection === undefined || BEFORE_GUARDS.has(rejection) ? [] : [`${rowOf(call)} ${rejection}`],
  )
  const listed = Object.entries(CALL_TABLE).flatMap(([kind, { refusals }]) =>
    refusals.map((reason) => `${kind} ${reason}`),
  )
  expect([...new Set([...met, ...ELSEWHERE])].sort()).toEqual([...new Set(listed)].sort())
  expect(met.filter((one) => ELSEWHERE.includes(one))).toEqual([])
})
