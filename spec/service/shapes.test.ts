import { expect, test } from 'vitest'
import { checkShape } from './apply.ts'
import type { Call, Context } from './calls.ts'
import { CALL_TABLE } from './callTable.ts'

const HASH = `0x${'a'.repeat(64)}`
const ADDRESS = `0x${'a'.repeat(40)}`
const BYTES = new Uint8Array(1)

const program = { codeBase: 0, codeHeight: 0, codeRoot: HASH, imageRoot: HASH, entry: 0 }
const model = {
  program,
  phases: ['vm'],
  graphRoot: HASH,
  nodeCount: 1,
  valueHeight: 3,
  weightHeight: 0,
  weightsRoot: HASH,
  carryRoot: HASH,
  inputSlot: 0,
  outputSlot: 7,
  outputBytes: 4,
  mostIterations: 0,
  stepLimit: 1,
}
const opening = { phase: 0, length: 2, segments: 2, segment: 0, start: HASH, end: HASH, siblings: [HASH] }
const dissection = { kind: 'Dissect', roots: [HASH] }
const descent = { kind: 'Descend', length: 1, roots: [HASH], witness: BYTES }
const arbitration = { kind: 'Arbitrate', witness: BYTES }
const assertion = {
  nonce: 0,
  length: 1,
  endRoot: HASH,
  output: BYTES,
  startWitness: BYTES,
  outputWitness: BYTES,
}

/** A call of each kind, and a move and an opening with each kind of reply. */
const GOOD: readonly (Readonly<Record<string, unknown>> & { readonly kind: Call['kind'] })[] = [
  { kind: 'RegisterProgram', program },
  { kind: 'RegisterModel', model },
  { kind: 'Request', nonce: 0, modelId: HASH, input: BYTES, iterations: 0, attentionWei: 0n, deadline: 1 },
  { kind: 'Claim', taskId: HASH, ...assertion },
  { kind: 'Seal', taskId: HASH, sealed: HASH },
  { kind: 'Reveal', sealId: HASH, salt: HASH, ...assertion },
  { kind: 'Forfeit', sealId: HASH },
  ...[dissection, descent, arbitration].flatMap((reply) => [
    { kind: 'Open' as const, claimId: HASH, nonce: 0, reply },
    { kind: 'Move' as const, disputeId: HASH, opening, reply },
  ]),
  { kind: 'Timeout', disputeId: HASH },
  { kind: 'Draw', disputeId: HASH },
  { kind: 'Finalize', claimId: HASH },
  { kind: 'PassClaim', claimId: HASH },
  { kind: 'PassSeal', sealId: HASH },
  { kind: 'Collect', claimId: HASH },
  { kind: 'Notify', taskId: HASH, output: BYTES },
  { kind: 'Expire', taskId: HASH },
  { kind: 'Withdraw' },
  { kind: 'Delegate', to: ADDRESS },
  { kind: 'Enroll', modelId: HASH },
  { kind: 'Retire', modelId: HASH },
  { kind: 'Unstake', modelId: HASH, verifier: ADDRESS },
  { kind: 'CloseRound', round: 0 },
  { kind: 'RecordRound', round: 0 },
  { kind: 'Attend', taskId: HASH, answer: HASH },
  { kind: 'Reward', taskId: HASH, verifier: ADDRESS },
  { kind: 'Slash', taskId: HASH, verifier: ADDRESS },
]

const CONTEXT = { sender: ADDRESS, valueWei: 0n, now: 0 }

const shapeOf = (call: unknown, context: unknown = CONTEXT) => checkShape(call as Call, context as Context)
const malformed = (field: string) => ({
  ok: false,
  rejection: { reason: 'CallMalformed', details: { field } },
})

/** What stands in the place of a value that is of another shape: nothing, another kind of thing, and near misses. */
const damaged = (value: unknown): readonly unknown[] => {
  const others = [undefined, null, Symbol('other')]
  if (typeof value === 'string' && value.startsWith('0x'))
    return [
      ...others,
      0,
      value.slice(1),
      `x${value}`,
      `${value}a`,
      value.slice(0, -1),
      value.replace('a', 'A'),
      `${value}\n`,
    ]
  if (typeof value === 'number') return [...others, '0', 0n, -1, 0.5, 2 ** 48, Number.NaN]
  if (typeof value === 'bigint') return [...others, 0, -1n, 1n << 128n]
  if (value instanceof Uint8Array) return [...others, [0], HASH]
  if (Array.isArray(value))
    return [...others, { length: 0 }, ...damaged(value[0]).map((bad) => [value[0], bad, value[0]])]
  if (typeof value === 'object' && value !== null)
    return [
      ...others,
      0,
      ...Object.entries(value).flatMap(([field, inner]) =>
        damaged(inner).map((bad) => ({ ...value, [field]: bad })),
      ),
    ]
  return others
}

/** Rationale: on the chain the ABI's decoder stands here; a call that passes must never make a rule throw. */
test('SHAPE-1 a call of each kind passes, and with any field of another shape it does not, whose name is told', () => {
  expect(new Set(GOOD.map(({ kind }) => kind))).toEqual(new Set(Object.keys(CALL_TABLE)))
  for (const call of GOOD) {
    expect(shapeOf(call)).toEqual({ ok: true, value: null })
    for (const [field, value] of Object.entries(call).filter(([name]) => name !== 'kind'))
      for (const bad of damaged(value))
        expect([call.kind, field, bad, shapeOf({ ...call, [field]: bad })]).toEqual([
          call.kind,
          field,
          bad,
          malformed(field),
        ])
  }
})

test('SHAPE-2 what has no kind that is known is no call', () => {
  for (const other of [
    undefined,
    null,
    0,
    'Withdraw',
    {},
    { kind: 'Nothing' },
    { kind: 0 },
    { kind: 'toString' },
  ])
    expect(shapeOf(other)).toEqual(malformed('kind'))
  const reply = (kind: unknown) =>
    shapeOf({ kind: 'Open', claimId: HASH, nonce: 0, reply: { ...arbitration, kind } })
  for (const kind of [undefined, 0, 'Nothing', 'toString']) expect(reply(kind)).toEqual(malformed('reply'))
})

test('SHAPE-3 a nonce fits 48 bits, and sender, value and time are what a block can hold', () => {
  const request = GOOD.find(({ kind }) => kind === 'Request')!
  for (const nonce of [0, 2 ** 48 - 1]) expect(shapeOf({ ...request, nonce }).ok).toBe(true)
  for (const nonce of [-1, 0.5, 2 ** 48, Number.NaN])
    expect(shapeOf({ ...request, nonce })).toEqual(malformed('nonce'))
  for (const context of [
    { ...CONTEXT, valueWei: 2n ** 128n - 1n },
    { ...CONTEXT, now: 2 ** 40 - 1 },
  ])
    expect(shapeOf(request, context).ok).toBe(true)
  for (const [field, values] of [
    ['sender', damaged(ADDRESS)],
    ['valueWei', [-1n, 2n ** 128n, 0, undefined]],
    ['now', [-1, 2 ** 40, 0.5, undefined]],
  ] as const)
    for (const value of values)
      expect(shapeOf(request, { ...CONTEXT, [field]: value })).toEqual(malformed(field))
  for (const context of [null, 0, 'now']) expect(shapeOf(request, context)).toEqual(malformed('(all)'))
})
