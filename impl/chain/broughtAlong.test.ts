import { getBytes, hexlify } from 'ethers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { START } from '../../spec/checks/properties/alphabetGame.ts'
import { concat } from '../../spec/commitments/bytes.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import { callName } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { DuetChain } from './duet.fixture.ts'
import { encodeCall } from './encodeCall.ts'
import { startTableChain, stepsOf, TABLE } from './tableOnChain.fixture.ts'

/** The contract keeps hashes of tasks, claims, seals and disputes; callers bring the things along, and could bring others. */

let chain: DuetChain
let contract: Address
beforeAll(async () => {
  const started = await startTableChain()
  chain = started.chain
  contract = started.contract
})
afterAll(() => chain?.stop())

/** A value of the same kind that is another one. */
const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'bigint') return value + 1n
  if (typeof value === 'string')
    return value.length === 42 ? `0x${'8'.repeat(40)}` : keccak<Id>(Uint8Array.of(8))
  return value
}

/** A thing with one field changed, for each of its fields. */
const others = <Thing extends object>(thing: Thing): readonly Thing[] =>
  Object.entries(thing).map(([field, value]) => ({ ...thing, [field]: other(value) }))

const changedIn = <Entry>(
  map: ReadonlyMap<Id, Entry>,
  change: (entry: Entry) => readonly Entry[],
): readonly ReadonlyMap<Id, Entry>[] =>
  [...map].flatMap(([id, entry]) => change(entry).map((changed) => new Map(map).set(id, changed)))

/** The service as somebody would have it who brings along another task, claim, seal or dispute. */
const forgeries = (state: ServiceState): readonly ServiceState[] => [
  ...changedIn(state.tasks, (entry) => others(entry.task).map((task) => ({ ...entry, task }))).map(
    (tasks) => ({
      ...state,
      tasks,
    }),
  ),
  ...changedIn(state.claims, (entry) => others(entry.claim).map((claim) => ({ ...entry, claim }))).map(
    (claims) => ({
      ...state,
      claims,
    }),
  ),
  ...changedIn(state.seals, (entry) => others(entry.seal).map((seal) => ({ ...entry, seal }))).map(
    (seals) => ({
      ...state,
      seals,
    }),
  ),
  ...changedIn(state.disputes, (entry) => {
    const { claim, model, asserter, challenger, nonce } = entry
    const named = others({ claim, model, asserter, challenger, nonce }).map((parties) => ({
      ...entry,
      ...parties,
    }))
    if (entry.kind !== 'Running') return named
    const clocks = others(entry.clocks.left).map((left) => ({ ...entry, clocks: { ...entry.clocks, left } }))
    return [...named, ...clocks, { ...entry, weight: entry.weight + 1 }]
  }).map((disputes) => ({ ...state, disputes })),
]

// Rationale: `finalize` once took the fee from a task that the caller brought along, and not from the one that the claim is
// about. Whatever is brought decides money and turns, so every field of it must be that of what was made.
test('IMPL-15 whatever a call brings along must be what was made, in every field', async () => {
  const duet = await chain.begin(contract, TABLE.state, START)
  const tried = new Map<string, number>()
  for (const { intent, context, before } of stepsOf({ isDisputed: true, isSealed: true })) {
    const { call } = intent
    const { sender, valueWei, now } = context
    duet.passTo(now)
    const honest = encodeCall(call, before)
    expect(await duet.ask(sender, honest, valueWei)).toMatch(/^accepted/)
    // Past a claim that has fallen the cursor goes whatever settled the task, so that is not read.
    const isRead = ({ claims }: ServiceState): boolean =>
      call.kind !== 'PassClaim' || claims.get(call.claimId) !== before.claims.get(call.claimId)
    const forged = new Set(
      forgeries(before)
        .filter(isRead)
        .map((state) => encodeCall(call, state)),
    )
    forged.delete(honest)
    for (const data of forged)
      expect([callName(call), await duet.ask(sender, data, valueWei)]).not.toEqual([
        callName(call),
        expect.stringMatching(/^accepted/),
      ])
    tried.set(call.kind, (tried.get(call.kind) ?? 0) + forged.size)
    expect(await duet.make({ call, sender, valueWei, now })).toBeUndefined()
  }
  for (const [kind, least] of Object.entries({
    Claim: 7,
    Seal: 7,
    Reveal: 9,
    Open: 7,
    Move: 8,
    Finalize: 14,
    Draw: 4,
  }))
    expect([kind, (tried.get(kind) ?? 0) >= least]).toEqual([kind, true])
})

/** What stands before a move's opening: its dispute, and how that stands. */
const HEAD_BYTES = 96
/** Of an opening without siblings. */
const OPENING_BYTES = 74

// Rationale: a move is one string of bytes, which whoever writes a client gets wrong: it is told how many there should have been.
test('IMPL-18 a move that is cut off anywhere is refused with how many bytes there are, and how many there should be', async () => {
  const duet = await chain.begin(contract, TABLE.state, START)
  const seen = new Set<string>()
  for (const { intent, context, before } of stepsOf({ isDisputed: true, isSealed: true })) {
    const { call } = intent
    const { sender, valueWei, now } = context
    duet.passTo(now)
    if (call.kind === 'Move') {
      const whole = getBytes(encodeCall(call, before))
      const [selector, brought] = [whole.subarray(0, 4), whole.subarray(4)]
      const siblings = 32 * call.opening.siblings.length
      const replyAt = HEAD_BYTES + OPENING_BYTES + siblings
      const reply = brought.subarray(replyAt)
      const says = (bytes: Uint8Array) => duet.ask(sender, hexlify(concat(selector, bytes)))
      const cutTo = (bytes: number) => says(brought.subarray(0, bytes))
      expect(await cutTo(0)).toBe(`CallMalformed ${HEAD_BYTES + 32} 0`)
      expect(await cutTo(HEAD_BYTES + 31)).toBe(`CallMalformed ${HEAD_BYTES + 32} ${HEAD_BYTES + 31}`)
      expect(await cutTo(HEAD_BYTES + 33)).toBe(`CallMalformed ${OPENING_BYTES} 33`)
      if (siblings > 0) {
        const least = OPENING_BYTES + siblings
        expect(await cutTo(replyAt - 1)).toBe(`CallMalformed ${least} ${least - 1}`)
      }
      expect(await cutTo(replyAt)).toBe('CallMalformed 1 0')
      expect(await says(brought.with(replyAt, 3))).toBe('CallMalformed 2 3')
      if (call.reply.kind === 'Dissect') {
        const roots = call.reply.roots.length
        expect(await cutTo(brought.length - 1)).toBe(`WitnessMalformed ${32 * roots} ${32 * roots - 1}`)
        expect(await cutTo(brought.length - 32)).toBe(`RootCountMismatch ${roots} ${roots - 1}`)
      }
      if (call.reply.kind === 'Descend') {
        const least = 7 + 32 * call.reply.roots.length
        expect(await cutTo(replyAt + 1 + 6)).toBe('CallMalformed 7 6')
        expect(await cutTo(replyAt + least)).toBe(`CallMalformed ${least} ${least - 1}`)
        expect(await says(concat(brought.subarray(0, replyAt), reply.with(7, 0)))).toBe(
          'RootCountMismatch 1 0',
        )
      }
      seen.add(call.reply.kind)
    }
    expect(await duet.make({ call, sender, valueWei, now })).toBeUndefined()
  }
  expect(seen).toEqual(new Set(['Dissect', 'Descend', 'Arbitrate']))
})
