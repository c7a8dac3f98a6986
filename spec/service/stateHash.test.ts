import { describe, expect, test } from 'vitest'
import { parametersOf } from '../checks/properties/alphabetGame.ts'
import { type Bytes, bigEndian, type Hex } from '../commitments/bytes.ts'
import {
  type Hash,
  type Id,
  keccak,
  type StateRoot,
  type TensorRoot,
  ZERO_HASH,
} from '../commitments/hash.ts'
import type { Clocks } from '../game/clocks.ts'
import { type Position, positionHash } from '../game/position.ts'
import { type Call, callName } from './calls.ts'
import { initialService, type ServiceState } from './state.ts'
import { stateHash } from './stateHash.ts'
import type { Address, Claim, Seal, Task } from './task.ts'

const id = (name: number): Id => keccak(Uint8Array.of(name))
const address = (digit: string): Address => `0x${digit.repeat(40)}`
const root = (name: number): StateRoot => keccak(Uint8Array.of(name))

const task: Task = {
  requester: address('1'),
  nonce: 0,
  modelId: id(1),
  inputRoot: keccak<TensorRoot>(Uint8Array.of(2)),
  iterations: 0,
  feeWei: 1n,
  attentionWei: 0n,
  deadline: 9,
}
const claim: Claim = {
  taskId: id(3),
  modelId: id(1),
  server: address('2'),
  nonce: 0,
  length: 2,
  startRoot: root(4),
  endRoot: root(5),
  outputRoot: keccak<TensorRoot>(Uint8Array.of(6)),
}
const seal: Seal = { taskId: id(3), server: address('2'), sealed: keccak(Uint8Array.of(7)) }
const contest = {
  claim: id(8),
  model: id(1),
  asserter: address('2'),
  challenger: address('3'),
  nonce: 0,
  moves: 1,
}
const position: Position = { phase: 0, length: 2, roots: [root(4), root(9), root(5)], at: [0] }
const clocks: Clocks = { turn: 'asserter', turnSince: 1000, left: { asserter: 60, challenger: 50 } }

/** The maps that a digest is over, in its order. */
const MAPS = [
  'tasks',
  'claims',
  'disputes',
  'seals',
  'enrollments',
  'rounds',
  'roundWeights',
  'answers',
  'delegates',
  'credits',
] as const
type Maps = (typeof MAPS)[number]

/** The layout once more, from the parts of each map. */
const digest = (
  parts: Partial<Record<Maps, readonly (Bytes | Hex)[]>>,
  burnedWei = 0n,
  balanceWei = 0n,
): Hash =>
  keccak(
    ...MAPS.map((name) => keccak(...(parts[name] ?? []))),
    bigEndian(burnedWei, 32),
    bigEndian(balanceWei, 32),
  )

const empty = initialService(parametersOf(2))
const hashWith = (change: Partial<ServiceState>): Hash => stateHash({ ...empty, ...change })

const [byte, seconds] = [(value: number) => bigEndian(value, 1), (value: number) => bigEndian(value, 5)]
const KEY = id(20)

/** Rationale: two worlds are compared by this alone; what it leaves out they may disagree about. */
describe('the digest of a state', () => {
  test('JOURNAL-1 a task is its kind, its bindings and its place in the draw, and who settled it', () => {
    const hashOf = (entry: unknown) => hashWith({ tasks: new Map([[KEY, entry]]) as ServiceState['tasks'] })
    const expected = (...parts: readonly (Bytes | Hex)[]) => digest({ tasks: [KEY, ...parts] })
    const bound = { task, bindings: 3, cursor: 1, draw: undefined }
    const draw = { round: 7, weightStart: 20n }
    const [undrawn, drawn] = [
      [bigEndian(3, 4), bigEndian(1, 4), byte(0), seconds(0), bigEndian(0, 16)],
      [bigEndian(3, 4), bigEndian(1, 4), byte(1), seconds(7), bigEndian(20, 16)],
    ]
    expect(hashOf({ kind: 'Open', task })).toBe(expected(byte(0)))
    expect(hashOf({ ...bound, kind: 'Bound' })).toBe(expected(byte(1), ...undrawn))
    expect(hashOf({ ...bound, draw, kind: 'Bound' })).toBe(expected(byte(1), ...drawn))
    for (const [isPaid, isNotified] of [
      [false, true],
      [true, false],
    ] as const)
      expect(hashOf({ ...bound, kind: 'Settled', claim: id(8), isPaid, isNotified })).toBe(
        expected(byte(2), ...undrawn, id(8), byte(isPaid ? 1 : 0), byte(isNotified ? 1 : 0)),
      )
    expect(hashOf({ kind: 'Expired', task })).toBe(expected(byte(3)))
  })

  test('JOURNAL-2 a claim is its kind and number and, until it is final, its times, disputes and weight', () => {
    const hashOf = (entry: unknown) => hashWith({ claims: new Map([[KEY, entry]]) as ServiceState['claims'] })
    const expected = (...parts: readonly Bytes[]) => digest({ claims: [KEY, ...parts] })
    const numbered = { claim, number: 6 }
    expect(hashOf({ ...numbered, kind: 'Pending', windowEnd: 77, disputes: 3, weight: 21 })).toBe(
      expected(byte(4), bigEndian(6, 4), seconds(77), bigEndian(3, 4), bigEndian(21, 8)),
    )
    expect(hashOf({ ...numbered, kind: 'Final' })).toBe(expected(byte(5), bigEndian(6, 4)))
    expect(hashOf({ ...numbered, kind: 'Refuted', fallenAt: 88, weight: 21 })).toBe(
      expected(byte(6), bigEndian(6, 4), seconds(88), bigEndian(21, 8)),
    )
  })

  test('JOURNAL-3 a dispute is its position and clocks, or its winner', () => {
    const hashOf = (entry: unknown) =>
      hashWith({ disputes: new Map([[KEY, entry]]) as ServiceState['disputes'] })
    const expected = (...parts: readonly (Bytes | Hex)[]) => digest({ disputes: [KEY, ...parts] })
    for (const [turn, code] of [
      ['asserter', 0],
      ['challenger', 1],
    ] as const) {
      const running = { ...contest, kind: 'Running', position, clocks: { ...clocks, turn }, weight: 9 }
      expect(hashOf(running)).toBe(
        expected(
          byte(7),
          positionHash(position),
          byte(code),
          seconds(1000),
          bigEndian(60, 4),
          bigEndian(50, 4),
          bigEndian(9, 4),
        ),
      )
      expect(hashOf({ ...contest, kind: 'Decided', winner: turn, by: 'timeout' })).toBe(
        expected(byte(8), byte(code)),
      )
    }
    expect(hashOf({ ...contest, kind: 'Drawn' })).toBe(expected(byte(9)))
  })

  test('JOURNAL-4 a seal is its kind and its second, and verifiers are their stakes and answers', () => {
    const hashOf = (entry: unknown) => hashWith({ seals: new Map([[KEY, entry]]) as ServiceState['seals'] })
    const number = bigEndian(4, 4)
    expect(hashOf({ kind: 'Sealed', seal, number: 4, sealedAt: 5 })).toBe(
      digest({ seals: [KEY, byte(10), number, seconds(5)] }),
    )
    expect(hashOf({ kind: 'Revealed', seal, number: 4, claim: id(8) })).toBe(
      digest({ seals: [KEY, byte(11), number] }),
    )
    expect(hashOf({ kind: 'Forfeited', seal, number: 4 })).toBe(digest({ seals: [KEY, byte(12), number] }))
    for (const retiredAt of [undefined, 9]) {
      const enrollment = { model: id(1), verifier: address('3'), since: 4, retiredAt }
      expect(hashWith({ enrollments: new Map([[KEY, enrollment]]) })).toBe(
        digest({ enrollments: [KEY, seconds(4), seconds(retiredAt ?? 0)] }),
      )
    }
    const answer = { task: id(1), verifier: address('3'), hash: keccak<Hash>(Uint8Array.of(2)) }
    for (const isPaid of [false, true])
      expect(hashWith({ answers: new Map([[KEY, { ...answer, isPaid }]]) })).toBe(
        digest({ answers: [KEY, answer.hash, byte(isPaid ? 1 : 0)] }),
      )
    const randomness = keccak<Hash>(Uint8Array.of(3))
    const rounds = new Map([
      [10, { closedIn: 90, randomness }],
      [9, { closedIn: 80, randomness: undefined }],
    ])
    expect(hashWith({ rounds })).toBe(
      digest({
        rounds: [seconds(9), bigEndian(80, 8), ZERO_HASH, seconds(10), bigEndian(90, 8), randomness],
      }),
    )
    expect(hashWith({ roundWeights: new Map([[KEY, 5n]]) })).toBe(
      digest({ roundWeights: [KEY, bigEndian(5, 16)] }),
    )
  })

  test('JOURNAL-5 so are delegates and money', () => {
    const delegates = new Map([[address('1'), address('2')]])
    expect(hashWith({ delegates })).toBe(digest({ delegates: [address('1'), address('2')] }))
    expect(hashWith({ credits: new Map([[address('1'), 5n]]) })).toBe(
      digest({ credits: [address('1'), bigEndian(5, 32)] }),
    )
    expect(hashWith({ burnedWei: 3n, balanceWei: 4n })).toBe(digest({}, 3n, 4n))
  })

  test('JOURNAL-6 the order in which entries came does not matter', () => {
    const credits = [1, 2, 3, 4].map((digit) => [address(`${digit}`), BigInt(digit)] as const)
    const hashes = [credits, credits.toReversed(), [...credits.slice(2), ...credits.slice(0, 2)]].map(
      (entries) => hashWith({ credits: new Map(entries) }),
    )
    expect(new Set(hashes).size).toBe(1)
    expect(hashes[0]).toBe(
      digest({ credits: credits.flatMap(([account, wei]) => [account, bigEndian(wei, 32)]) }),
    )
  })
})

test('JOURNAL-7 a call is named by its kind, a move by its reply', () => {
  expect(callName({ kind: 'Withdraw' })).toBe('withdraw')
  expect(callName({ kind: 'RegisterModel' } as Call)).toBe('registerModel')
  expect(callName({ kind: 'Move', reply: { kind: 'Dissect' } } as Call)).toBe('dissect')
})
