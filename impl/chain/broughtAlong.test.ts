import { getBytes, hexlify } from 'ethers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OUTSIDER, START } from '../../spec/checks/properties/alphabetGame.ts'
import { concat } from '../../spec/commitments/bytes.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Attempted, Duet } from './duet.fixture.ts'
import { by, isAccepted, type Line } from './duetLines.fixture.ts'
import { encodeCall } from './encodeCall.ts'
import { stepsOf, TABLE } from './tableOnChain.fixture.ts'
import { bareCalls, boundaries, GAMES, type GamesChain, startGamesChain } from './wholeGames.fixture.ts'

/** The contract keeps hashes of tasks, claims, seals and disputes; callers bring the things along, and could bring others. */

let chain: GamesChain
beforeAll(async () => {
  chain = await startGamesChain()
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
    const { clocks, position, weight } = entry
    const standings = [
      ...others(clocks.left).map((left) => ({ clocks: { ...clocks, left } })),
      { clocks: { ...clocks, turn: clocks.turn === 'asserter' ? 'challenger' : 'asserter' } as const },
      { clocks: { ...clocks, turnSince: clocks.turnSince - 1 } },
      { position: { ...position, length: position.length + 1 } },
      { weight: weight + 1 },
    ]
    return [...named, ...standings.map((standing) => ({ ...entry, ...standing }))]
  }).map((disputes) => ({ ...state, disputes })),
]

/** Of each kind of call in a game, so many are forged: later ones are like them. */
const OCCASIONS = 3

const [TASK, CLAIM, SEAL, DISPUTE, CLOCKS, POSITION] = [8, 8, 3, 4, 5, 1]

/** What each call brings along, by how many fields that has; no other call brings anything. */
const FIELDS: Readonly<Partial<Record<Call['kind'], number>>> = {
  Claim: TASK,
  Seal: TASK,
  Reveal: SEAL + TASK,
  Forfeit: SEAL,
  PassSeal: SEAL,
  Open: CLAIM,
  // Its position is the reply's own.
  Move: DISPUTE + CLOCKS,
  Timeout: DISPUTE + CLOCKS + POSITION,
  Draw: DISPUTE + CLOCKS + POSITION,
  Finalize: CLAIM + TASK,
  PassClaim: CLAIM,
  Collect: CLAIM + TASK,
  Notify: CLAIM + TASK,
  Expire: TASK,
  Attend: TASK,
  Reward: CLAIM + TASK,
  Slash: CLAIM + TASK,
}

/** How many forgeries were tried of each kind of call, and refused. */
type Tried = Map<Call['kind'], number>

const tryForged = async (duet: Duet, { call, sender, valueWei }: Attempted, tried: Tried): Promise<void> => {
  const before = duet.state
  const honest = encodeCall(call, before)
  expect([call.kind, await duet.ask(sender, honest, valueWei)]).toEqual([
    call.kind,
    expect.stringMatching(/^accepted/),
  ])
  // Past a claim that has fallen the cursor goes whatever settled the task, so that is not read.
  const isFallen = 'claimId' in call && before.claims.get(call.claimId)?.kind === 'Refuted'
  const isRead = ({ claims }: ServiceState): boolean =>
    !isFallen || claims.get(call.claimId) !== before.claims.get(call.claimId)
  const forged = new Set(
    forgeries(before)
      .filter(isRead)
      .map((state) => encodeCall(call, state)),
  )
  forged.delete(honest)
  const verdicts = await Promise.all([...forged].map((data) => duet.ask(sender, data, valueWei)))
  expect([call.kind, verdicts.filter((verdict) => verdict.startsWith('accepted'))]).toEqual([call.kind, []])
  tried.set(call.kind, (tried.get(call.kind) ?? 0) + forged.size)
}

/** Goes through a game, and forges whatever could be said at each of its seconds. */
const goThrough = async (duet: Duet, line: Line, tried: Tried): Promise<void> => {
  const occasions = new Map<Call['kind'], number>()
  let before = START
  for (const attempt of line) {
    for (const now of [...boundaries(duet.state, before, attempt.now), attempt.now]) {
      duet.passTo(now)
      const bare = bareCalls(duet.state).map((call) => by(duet, OUTSIDER, call))
      for (const each of now === attempt.now ? [...bare, attempt] : bare) {
        const { kind } = each.call
        const count = occasions.get(kind) ?? 0
        if (count === OCCASIONS || !isAccepted(duet, each)) continue
        occasions.set(kind, count + 1)
        await tryForged(duet, each, tried)
      }
    }
    before = attempt.now
    if (!isAccepted(duet, attempt)) continue
    expect(await duet.make(attempt)).toBeUndefined()
    duet.passTo(duet.now + 1)
  }
}

// Rationale: `finalize` once took the fee from a task that the caller brought along, and not from the one that the claim is
// about. Whatever is brought decides money, turns and clocks, so every field of it must be that of what was made, in every call.
test('IMPL-15 whatever a call brings along must be what was made, in every field', async () => {
  const tried: Tried = new Map()
  for (const game of Object.values(GAMES).map((gameOf) => gameOf())) {
    const duet = await chain.begin(game.state, START)
    await goThrough(duet, game.line(duet), tried)
  }
  const forged = [...tried].filter(([, count]) => count > 0)
  expect(new Set(forged.map(([kind]) => kind))).toEqual(new Set(Object.keys(FIELDS)))
  expect(forged.filter(([kind, count]) => count < FIELDS[kind]!)).toEqual([])
})

/** What stands before a move's opening: its dispute, and how that stands. */
const HEAD_BYTES = 96
/** Of an opening without siblings. */
const OPENING_BYTES = 74

// Rationale: a move is one string of bytes, which whoever writes a client gets wrong: it is told how many there should have been.
test('IMPL-18 a move that is cut off anywhere is refused with how many bytes there are, and how many there should be', async () => {
  const duet = await chain.begin(TABLE.state, START)
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
        expect(await cutTo(HEAD_BYTES + OPENING_BYTES)).toBe(`CallMalformed ${least} ${OPENING_BYTES}`)
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
        expect(await cutTo(replyAt + 1 + 7)).toBe(`CallMalformed ${least} 7`)
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
