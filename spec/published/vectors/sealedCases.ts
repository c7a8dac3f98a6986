import {
  liePath,
  parametersOf,
  REQUESTER,
  SERVER,
  serverOf,
  serverPlayer,
  setTable,
  VERIFIER,
  verifierOf,
  verifierPlayer,
} from '../../checks/properties/alphabetGame.ts'
import type { Player } from '../../checks/properties/play.ts'
import { type Hash, keccak, type StateRoot } from '../../commitments/hash.ts'
import { applyCall } from '../../service/apply.ts'
import type { Call } from '../../service/calls.ts'
import type { Address } from '../../service/task.ts'
import type { Attention, Parameters, Seals } from '../../setting/parameters.ts'
import { type Requester, requesterActs } from '../../strategies/parties.ts'
import type { Intent, View } from '../../strategies/sight.ts'
import { watcherActs } from '../../strategies/watcher.ts'
import type { GameCase } from './gameCase.ts'

/** Games with sealed claims: verifiers that have staked on their attention, and some that have not paid any. */
const SEALS: Seals = { answerSeconds: 600, revealSeconds: 300 }
const ATTENTION: Attention = { stakeWei: 50n, oneIn: 2, minFeeWei: 30n, payWei: 12n }
/** The first second of a round behind that in which verifiers stake. */
const NEXT_ROUND = 1800
const TOWER = { lengths: [6], lastLengths: [9, 12], stepLimit: 20 }
const SALT: Hash = keccak(Uint8Array.of(0x5a))
const LIAR: Address = `0x${'7'.repeat(40)}`
const COPIER: Address = `0x${'9'.repeat(40)}`
const STALLER: Address = `0x${'8'.repeat(40)}`

/** Of these two retire, and half look. */
const WATCHERS = 10

const watcher = (n: number): Address => `0x${n.toString(16).padStart(40, 'e')}`

/** Calls that are accepted again and again; they are made before the task is. */
const isRepeatable = ({ call: { kind } }: Intent): boolean => kind === 'Enroll' || kind === 'Delegate'

/** Makes each of its calls as soon as it is accepted. */
const eager = (address: Address, calls: readonly Intent[]): Player => ({
  address,
  act: ({ state, now }: View) =>
    calls.find(
      (intent) =>
        !(isRepeatable(intent) && (state.tasks.size > 0 || state.delegates.has(address))) &&
        applyCall(state, intent.call, { sender: address, valueWei: intent.valueWei, now }).ok,
    ),
})

const free = (call: Call): Intent => ({ call, valueWei: 0n })

const BASE: Parameters = { ...parametersOf(3), clockSeconds: 600, windowSeconds: 1200, seals: SEALS }

/** A requester that waits until verifiers have staked for a whole round. */
const patient = (requester: Requester): Player => ({
  address: REQUESTER,
  act: (view) => (view.now < NEXT_ROUND ? undefined : requesterActs(view, requester)),
  wakesAt: () => NEXT_ROUND,
})

/** Verifiers that have staked, of whom half look, and one sealed claim. */
const watchedCase = (name: string, seed: number, isHonestServer: boolean): GameCase => {
  const parameters = { ...BASE, attention: ATTENTION }
  const table = setTable({ tower: TOWER, parameters, seed })
  const { task, requester, trueRun } = table
  const { modelId } = requester.request
  const endRoot = trueRun.rootsAt([trueRun.length])[0]!
  const staked = (address: Address, more: readonly Intent[]): Player =>
    eager(address, [{ call: { kind: 'Enroll', modelId }, valueWei: ATTENTION.stakeWei }, ...more])
  const lie = serverOf(table, liePath(table, [2, 4]))
  const numbers = Array.from({ length: WATCHERS }, (_, n) => n)
  return {
    name,
    tower: TOWER,
    modelId,
    start: table.state,
    task,
    players: [
      // Two have retired before the task is made, the others watch it.
      ...numbers.map((n) =>
        staked(
          watcher(n),
          n < 2
            ? [free({ kind: 'Retire', modelId }), free({ kind: 'Unstake', modelId, verifier: watcher(n) })]
            : [],
        ),
      ),
      // Half of them look.
      ...numbers
        .filter((n) => n >= WATCHERS / 2)
        .map((n): Player => {
          // Two have come to another end than everybody else.
          const seen = n >= WATCHERS - 2 ? keccak<StateRoot>(SALT) : endRoot
          const self = { address: watcher(n), task, endRoot: seen }
          return { address: self.address, act: (view) => watcherActs(view, self) }
        }),
      ...(isHonestServer
        ? [
            eager(SERVER, [
              free({ kind: 'Delegate', to: LIAR }),
              free({ kind: 'Notify', taskId: task, output: serverOf(table).prepared.output }),
            ]),
            serverPlayer({ ...serverOf(table), salt: SALT }),
          ]
        : [
            serverPlayer({ ...lie, address: LIAR, salt: SALT }),
            eager(STALLER, [
              {
                call: { kind: 'Seal', taskId: task, sealed: keccak(SALT) },
                valueWei: parameters.claimBondWei,
              },
            ]),
          ]),
      // Whoever was asked and did not look is slashed by somebody who did.
      eager(
        VERIFIER,
        numbers.map((n) => free({ kind: 'Slash', taskId: task, verifier: watcher(n) })),
      ),
      verifierPlayer(verifierOf(table)),
      patient(requester),
    ],
  }
}

/** Seals without attention: a lie sealed first, a seal that is never revealed, and a copy of the honest claim at its reveal. */
const feeCase = (name: string, seed: number): GameCase => {
  const table = setTable({ tower: TOWER, parameters: BASE, seed })
  const { task, requester } = table
  const seal: Call = { kind: 'Seal', taskId: task, sealed: keccak(SALT) }
  return {
    name,
    tower: TOWER,
    modelId: requester.request.modelId,
    start: table.state,
    task,
    players: [
      { address: REQUESTER, act: (view) => requesterActs(view, requester) },
      serverPlayer({ ...serverOf(table, liePath(table, [2, 4]), 0), address: LIAR, salt: SALT }),
      eager(STALLER, [{ call: seal, valueWei: BASE.claimBondWei }]),
      serverPlayer({ ...serverOf(table), salt: SALT }),
      serverPlayer({ ...serverOf(table), address: COPIER }),
      verifierPlayer(verifierOf(table)),
    ],
  }
}

export const sealedCases = (): readonly GameCase[] => [
  watchedCase('a sealed claim, and verifiers that are asked', 300, true),
  watchedCase('a sealed claim that is false, and a seal that is never revealed', 301, false),
  feeCase('a fee behind a lie and a seal that is never revealed, and a copy of the claim that earns it', 302),
]
