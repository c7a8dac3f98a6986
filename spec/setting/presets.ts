import { type Setting, settingOf } from './setting.ts'

const ETHER = 10n ** 18n
const GWEI = 10n ** 9n
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * Small enough that every state of the service is visited: one second is the shortest time in which anything can be too
 * early, in time or too late, and two steps are the fewest that a dispute can be about without being decided at once. Calls
 * are included and runs computed at once.
 */
export const TINY: Setting = settingOf({
  parameters: {
    arity: 2,
    clockSeconds: 1,
    descentSeconds: 0,
    windowSeconds: 1,
    claimBondWei: 45n,
    disputeBondWei: 32n,
    burnBasisPoints: 5000,
    disputesAtOnce: 2,
    mostMoves: 2,
    inclusionSeconds: 0,
    seals: { answerSeconds: 1, revealSeconds: 1 },
    attention: { stakeWei: 5n, oneIn: 1, minFeeWei: 3n, payWei: 2n },
  },
  lengths: [2],
  costs: { callWei: 2n, runWei: 1n, gainWei: 8n, interestBasisPoints: 0 },
  world: { inclusionSeconds: 0, recomputeSeconds: [0], watchers: 2 },
})

/**
 * What random games are played with: hours, so that blocks of 12 seconds never decide who is late, and bonds that
 * divide unevenly.
 */
export const TEST: Setting = settingOf({
  parameters: {
    arity: 4,
    clockSeconds: HOUR,
    descentSeconds: 10 * MINUTE,
    windowSeconds: 2 * HOUR,
    claimBondWei: 1001n,
    disputeBondWei: 797n,
    burnBasisPoints: 3333,
    disputesAtOnce: 4,
    mostMoves: 60,
    inclusionSeconds: 12,
    seals: { answerSeconds: 10 * MINUTE, revealSeconds: 10 * MINUTE },
    attention: { stakeWei: 77n, oneIn: 2, minFeeWei: 20n, payWei: 7n },
  },
  lengths: [9, 9, 40],
  costs: { callWei: 1n, runWei: 3n, gainWei: 300n, interestBasisPoints: 500 },
  world: { inclusionSeconds: 12, recomputeSeconds: [60, 30, 10], watchers: 10 },
})

/**
 * What a deployment for language models would take, k = 4.
 *
 * - Clocks and window of days: a chain that is congested or censored for days must not decide a dispute.
 * - An hour for each descent: recomputing a run below, with its commitments, on an ordinary machine.
 * - Arity 16: beyond it a move's calldata grows faster than the number of moves shrinks.
 * - Lengths: 4,096 tokens, graphs of 4,096 nodes, any number of tiles a node, 2^26 instructions a tile: 22 moves at most.
 * - A call is at most 250,000 gas (a descent, with room) at 400 gwei; what a cheat gains, half an ether.
 * - Half of a bond is burned, so that refuting oneself costs that; an honest server plays eight disputes at once.
 * - Attention: a tenth of the verifiers that are held to a task is asked, within two hours.
 */
export const DEPLOYMENT: Setting = settingOf({
  parameters: {
    arity: 16,
    clockSeconds: 3 * DAY,
    descentSeconds: HOUR,
    windowSeconds: 3 * DAY,
    claimBondWei: 6n * ETHER,
    disputeBondWei: 3n * ETHER,
    burnBasisPoints: 5000,
    disputesAtOnce: 8,
    mostMoves: 24,
    inclusionSeconds: 15 * MINUTE,
    seals: { answerSeconds: 2 * HOUR, revealSeconds: 12 * HOUR },
    attention: { stakeWei: ETHER, oneIn: 10, minFeeWei: ETHER / 100n, payWei: ETHER / 100n },
  },
  phases: ['loop', 'graph', 'tile', 'vm'],
  lengths: [4096, 4096, 2 ** 32 - 1, 2 ** 26],
  costs: {
    callWei: 250_000n * 400n * GWEI,
    runWei: ETHER / 20n,
    gainWei: ETHER / 2n,
    interestBasisPoints: 1000,
  },
  world: {
    inclusionSeconds: 15 * MINUTE,
    recomputeSeconds: [HOUR, 2 * MINUTE, MINUTE, MINUTE],
    watchers: 100,
  },
})
