import { type Setting, settingOf } from './setting.ts'

const ETHER = 10n ** 18n
const GWEI = 10n ** 9n
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Small enough that every state of the service is visited: one second is the shortest time in which anything can be too
 * early, in time or too late, and two steps are the fewest that a dispute can be about without being decided at once.
 */
export const TINY: Setting = settingOf({
  parameters: {
    arity: 2,
    clockSeconds: 1,
    descentSeconds: 0,
    windowSeconds: 1,
    bondWei: 30n,
    burnBasisPoints: 5000,
    attention: { answerSeconds: 1, revealSeconds: 1, stakeWei: 5n, oneIn: 1 },
  },
  lengths: [2],
  costs: { callWei: 3n, gainWei: 7n },
})

/**
 * What random games are played with: hours, so that blocks of 12 seconds never decide who is late, and a bond that
 * divides unevenly.
 */
export const TEST: Setting = settingOf({
  parameters: {
    arity: 4,
    clockSeconds: HOUR,
    descentSeconds: 10 * MINUTE,
    windowSeconds: 2 * HOUR,
    bondWei: 1001n,
    burnBasisPoints: 3333,
    attention: { answerSeconds: 10 * MINUTE, revealSeconds: 10 * MINUTE, stakeWei: 77n, oneIn: 2 },
  },
  lengths: [9, 9, 40],
  costs: { callWei: 1n, gainWei: 300n },
})

/**
 * What a deployment for language models would take, k = 4.
 *
 * - Clocks and window of days: a chain that is congested or censored for days must not decide a dispute.
 * - An hour for each descent: recomputing a run below, with its commitments, on an ordinary machine.
 * - Arity 16: beyond it a move's calldata grows faster than the number of moves shrinks.
 * - Lengths: 4,096 tokens, graphs of 4,096 nodes, 1,024 tiles a node, 2^26 instructions a tile: 17 moves at most.
 * - A call is at most 250,000 gas (a descent, with room) at 400 gwei; what a cheat gains, half an ether.
 * - Half of a bond is burned, so that refuting oneself costs that; the smallest bond is then 2.2 ether.
 * - Attention: a tenth of the verifiers is asked about each task, and has an hour, which is a run of the model.
 */
export const DEPLOYMENT: Setting = settingOf({
  parameters: {
    arity: 16,
    clockSeconds: 3 * DAY,
    descentSeconds: HOUR,
    windowSeconds: 3 * DAY,
    bondWei: 3n * ETHER,
    burnBasisPoints: 5000,
    attention: { answerSeconds: HOUR, revealSeconds: 12 * HOUR, stakeWei: ETHER, oneIn: 10 },
  },
  lengths: [4096, 4096, 1024, 2 ** 26],
  costs: { callWei: 250_000n * 400n * GWEI, gainWei: ETHER / 2n },
})
