import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { choices } from '../../spec/checks/properties/adversary.ts'
import { parametersOf } from '../../spec/checks/properties/alphabetGame.ts'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { Rejection } from '../../spec/rejection.ts'
import { attentionHash, drawOf } from '../../spec/service/attention.ts'
import type { Call } from '../../spec/service/calls.ts'
import { isDrawn } from '../../spec/service/rounds.ts'
import { closedUntil, revealEnd } from '../../spec/service/seals.ts'
import type { Address } from '../../spec/service/task.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import type { Parameters, Wei } from '../../spec/setting/parameters.ts'
import { answersEnd, judgementEnd, roundEnd, roundOf, roundStart } from '../../spec/setting/times.ts'
import { type Duet, type DuetChain, startDuetChain } from './duet.fixture.ts'
import { ACCOUNTS, boardOf, sealedOn, serviceOn } from './duetCalls.fixture.ts'

/**
 * Attention on the chain, from enrollment to judgement: each call is made at the first and last second at which it is
 * possible and tried at those beside them, and the specification says the same of all of them.
 */

const STAKE = 33n
const FEE_PART = 20n
const PAY = 7n
const PARAMETERS: Parameters = {
  ...parametersOf(3),
  seals: { answerSeconds: 40, revealSeconds: 60 },
  attention: { stakeWei: STAKE, oneIn: 1, minFeeWei: FEE_PART, payWei: PAY },
}
const INSTANCE = {
  tower: { lengths: [2], lastLengths: [3], stepLimit: 4 },
  parameters: PARAMETERS,
  seed: 1,
}
const BOARD = boardOf(keccak(bigEndian(1, 8)), INSTANCE, choices(1))
const [TRUTH, LIE] = BOARD.assertions.map((assertion) => ({ ...assertion, nonce: 0 }))
const START_STATE = serviceOn(PARAMETERS, [BOARD])
const SALT = keccak(bigEndian(2, 8))

const WATCHERS = [...'789abcde'].map((digit): Address => `0x${digit.repeat(40)}`)
/** Retires before the round, and stakes within it: neither is held to it. */
const [RETIRED, LATE] = ['f1', 'f2'].map((digits): Address => `0x${digits.repeat(20)}`) as [Address, Address]
const [REQUESTER, SERVER, ANYONE] = ACCOUNTS as readonly [Address, Address, Address]

let chain: DuetChain
let contract: Address
beforeAll(async () => {
  chain = await startDuetChain([...ACCOUNTS, ...WATCHERS, RETIRED, LATE])
  contract = await chain.deploy(START_STATE, new Map([[BOARD.model, BOARD.tower]]))
})
afterAll(() => chain?.stop())

let duet: Duet
beforeEach(async () => {
  duet = await chain.begin(contract, START_STATE, 10_000)
})

/** Both sides accept a call, at that second or at the next that there is. */
const make = async (
  sender: Address,
  call: Call,
  valueWei: Wei = 0n,
  at: Seconds = duet.now,
): Promise<void> => {
  duet.passTo(at)
  expect(await duet.make({ call, sender, valueWei, now: duet.now })).toBeUndefined()
  duet.passTo(duet.now + 1)
}

/** Both sides refuse a call, at that second, and change nothing. */
const refuse = async (
  reason: Rejection['reason'],
  sender: Address,
  call: Call,
  valueWei: Wei = 0n,
  at: Seconds = duet.now,
): Promise<void> => {
  expect([call.kind, await duet.compare([{ call, sender, valueWei, now: at }])]).toEqual([
    call.kind,
    [reason],
  ])
}

const newest = (map: ReadonlyMap<Id, unknown>): Id => [...map.keys()].at(-1)!

const requestOf = (nonce: number, attentionWei: Wei): Call => ({
  kind: 'Request',
  nonce,
  modelId: BOARD.model,
  input: BOARD.input,
  iterations: 0,
  attentionWei,
  deadline: duet.now + 2000,
})

const ask = async (nonce: number, attentionWei: Wei): Promise<Id> => {
  await make(REQUESTER, requestOf(nonce, attentionWei), 100n)
  return newest(duet.state.tasks)
}

const sealFor = (taskId: Id, assertion = TRUTH!): Call => ({
  kind: 'Seal',
  taskId,
  sealed: sealedOn(BOARD, taskId, SERVER, assertion, SALT),
})

const passToRound = (): number => {
  const round = roundOf(PARAMETERS, duet.now) + 1
  duet.passTo(roundStart(PARAMETERS, round))
  return round
}

const enroll = (verifier: Address): Promise<void> =>
  make(verifier, { kind: 'Enroll', modelId: BOARD.model }, STAKE)

/** Which of two tasks a watcher is held to. */
const heldTo = (tasks: readonly [Id, Id], verifier: Address): 0 | 1 => {
  const [held] = tasks.flatMap((id, i) => {
    const entry = duet.state.tasks.get(id)!
    const draw = drawOf(entry)!
    const { randomness } = duet.state.rounds.get(draw.round)!
    const { modelId: model, attentionWei } = entry.task
    return isDrawn(duet.state, { model, attentionWei }, draw, verifier, randomness!) ? [i] : []
  })
  return held as 0 | 1
}

const answerOf = (taskId: Id, verifier: Address, assertion = TRUTH!): Call => {
  const { randomness } = duet.state.rounds.get(drawOf(duet.state.tasks.get(taskId)!)!.round)!
  return { kind: 'Attend', taskId, answer: attentionHash(taskId, verifier, assertion.endRoot, randomness!) }
}

const closeAndRecord = async (round: number): Promise<void> => {
  await make(ANYONE, { kind: 'CloseRound', round }, 0n, roundEnd(PARAMETERS, round) + 1)
  await make(ANYONE, { kind: 'RecordRound', round })
}

/** The sealed claim on a task is revealed and becomes final. */
const settle = async (sealId: Id, assertion = TRUTH!): Promise<void> => {
  const entry = duet.state.seals.get(sealId)!
  if (entry.kind !== 'Sealed') throw new Error(`a seal that is ${entry.kind}`)
  const reveal: Call = { kind: 'Reveal', sealId, salt: SALT, ...assertion }
  const [closed, last] = [closedUntil(entry.sealedAt, PARAMETERS), revealEnd(entry.sealedAt, PARAMETERS)]
  await refuse('RevealTooEarly', SERVER, reveal, 0n, closed)
  await refuse('RevealTooLate', SERVER, reveal, 0n, last + 1)
  await refuse('RevealNotOver', ANYONE, { kind: 'Forfeit', sealId }, 0n, last)
  await refuse('NotYourSeal', ANYONE, reveal, 0n, closed + 1)
  await refuse('SealMismatch', SERVER, { ...reveal, nonce: 1 }, 0n, closed + 1)
  await make(SERVER, reveal, 0n, closed + 1)
  await refuse('SealOver', SERVER, reveal)
}

const finalizeAll = async (): Promise<void> => {
  for (const [claimId, entry] of duet.state.claims)
    if (entry.kind === 'Pending') await make(ANYONE, { kind: 'Finalize', claimId }, 0n, entry.windowEnd + 1)
}

const creditOf = (account: Address): Wei => duet.state.credits.get(account) ?? 0n

describe('attention on the chain', () => {
  // Rationale: any calls by chance come to a right answer hardly ever; here each call of a round is accepted, refused in the second
  // before and behind, and whoever was right, wrong or silent is paid and slashed as the specification says, to the wei.
  test('IMPL-12 watchers of two tasks in one round are drawn, asked, paid and slashed as specified', async () => {
    for (const verifier of [...WATCHERS, RETIRED]) await enroll(verifier)
    await refuse('AlreadyEnrolled', RETIRED, { kind: 'Enroll', modelId: BOARD.model }, STAKE)
    await refuse('StakeMismatch', LATE, { kind: 'Enroll', modelId: BOARD.model }, STAKE - 1n)
    await make(RETIRED, { kind: 'Retire', modelId: BOARD.model })
    // Both shall be sealed within one round.
    const round = passToRound()
    const tasks = [await ask(1, FEE_PART), await ask(2, 3n * FEE_PART)] as [Id, Id]
    await enroll(LATE)
    await refuse('SealRequired', SERVER, { kind: 'Claim', taskId: tasks[0], ...TRUTH! }, 1000n)
    const seals: Id[] = []
    for (const taskId of tasks) {
      await make(SERVER, sealFor(taskId), 1000n)
      seals.push(newest(duet.state.seals))
    }

    const [close, record]: readonly Call[] = [
      { kind: 'CloseRound', round },
      { kind: 'RecordRound', round },
    ]
    await refuse('RoundNotOver', ANYONE, close!, 0n, roundEnd(PARAMETERS, round))
    await refuse('RoundNotClosed', ANYONE, record!, 0n, roundEnd(PARAMETERS, round) + 1)
    await make(ANYONE, close!, 0n, roundEnd(PARAMETERS, round) + 1)
    await refuse('RoundClosed', REQUESTER, close!)
    const early: Call = { kind: 'Attend', taskId: tasks[0], answer: SALT }
    await refuse('RoundNotRecorded', WATCHERS[0]!, early)
    // Whoever records it has no choice among blocks: the one that closed the round need not be the last.
    await make(LATE, { kind: 'Delegate', to: ANYONE })
    await make(ANYONE, record!)
    await refuse('RoundRecorded', REQUESTER, record!)

    const held = new Map(WATCHERS.map((verifier) => [verifier, heldTo(tasks, verifier)] as const))
    expect(new Set(held.values())).toEqual(new Set([0, 1]))
    // In turn right, right, wrong and silent.
    const right = WATCHERS.filter((_, i) => i % 4 < 2)
    const wrong = WATCHERS.filter((_, i) => i % 4 === 2)
    const silent = WATCHERS.filter((_, i) => i % 4 === 3)
    const last = answersEnd(PARAMETERS, round)
    for (const verifier of [...right, ...wrong]) {
      const [own, other] = [tasks[held.get(verifier)!], tasks[1 - held.get(verifier)!]]
      const said = wrong.includes(verifier) ? LIE! : TRUTH!
      await refuse('NotAsked', verifier, answerOf(other!, verifier))
      await refuse('AnswersOver', verifier, answerOf(own!, verifier), 0n, last + 1)
      await make(verifier, answerOf(own!, verifier, said))
      await refuse('AnswerExists', verifier, answerOf(own!, verifier))
    }
    for (const verifier of [RETIRED, LATE])
      for (const task of tasks) await refuse('NotAsked', verifier, answerOf(task, verifier))
    await refuse('NotEnrolled', ANYONE, answerOf(tasks[0], ANYONE))

    await refuse('TaskNotSettled', ANYONE, { kind: 'Reward', taskId: tasks[0], verifier: right[0]! })
    for (const sealId of seals) await settle(sealId)
    await finalizeAll()

    const answered = (task: 0 | 1) =>
      [...right, ...wrong].filter((verifier) => held.get(verifier) === task).length
    const payOf = (task: 0 | 1): Wei => {
      const part = (task === 0 ? FEE_PART : 3n * FEE_PART) / BigInt(answered(task))
      return part < PAY ? part : PAY
    }
    for (const verifier of WATCHERS) {
      const own = held.get(verifier)!
      const taskId = tasks[own]
      const [reward, slash]: readonly Call[] = [
        { kind: 'Reward', taskId, verifier },
        { kind: 'Slash', taskId, verifier },
      ]
      if (right.includes(verifier)) {
        await refuse('AnswerCorrect', ANYONE, slash!)
        await make(ANYONE, reward!)
        expect(creditOf(verifier)).toBe(payOf(own))
        await refuse('AnswerPaid', ANYONE, reward!)
        // The word of an answer that is paid says so, and still is a right one.
        await refuse('AnswerCorrect', ANYONE, slash!)
      } else {
        await refuse(silent.includes(verifier) ? 'AnswerUnknown' : 'AnswerWrong', ANYONE, reward!)
        const { burnedWei } = duet.state
        await make(ANYONE, slash!)
        expect(duet.state.burnedWei - burnedWei).toBe(STAKE)
        await refuse('NotEnrolled', ANYONE, slash!)
      }
    }
    for (const verifier of [RETIRED, LATE])
      await refuse('NotAsked', ANYONE, { kind: 'Slash', taskId: tasks[0], verifier })

    // Stakes of those who were right come back once nothing can be held against them.
    const [first] = right
    await refuse('NotRetired', ANYONE, { kind: 'Unstake', modelId: BOARD.model, verifier: first! })
    const retired = roundOf(PARAMETERS, duet.now)
    await make(first!, { kind: 'Retire', modelId: BOARD.model })
    const free = judgementEnd(PARAMETERS, BOARD.table.rules.phases.length, retired)
    const unstake: Call = { kind: 'Unstake', modelId: BOARD.model, verifier: first! }
    await refuse('JudgementNotOver', ANYONE, unstake, 0n, free)
    await make(ANYONE, unstake, 0n, free + 1)
    expect(creditOf(first!)).toBe(payOf(held.get(first!)!) + STAKE)
    await make(first!, { kind: 'Withdraw' })
    await refuse('NothingToWithdraw', first!, { kind: 'Withdraw' })
  }, 120_000)

  // Rationale: who is held to a round must not be decided twice for one second, nor by who is asked about it: a stake of the round's
  // first second comes too late, and who retires in it is held to the round still.
  test('IMPL-12 in the first second of a round it is too late to stake for it, and to retire from it', async () => {
    const [staying, leaving] = WATCHERS as [Address, Address]
    for (const verifier of [staying, leaving]) await enroll(verifier)
    const held = async (round: number, nonce: number): Promise<Id> => {
      const taskId = await ask(nonce, FEE_PART)
      await make(SERVER, sealFor(taskId), 1000n)
      await closeAndRecord(round)
      return taskId
    }
    const retired = passToRound()
    await make(leaving, { kind: 'Retire', modelId: BOARD.model })
    const first = await held(retired, 1)
    for (const verifier of [staying, leaving]) await make(verifier, answerOf(first, verifier))
    const staked = passToRound()
    await enroll(LATE)
    const second = await held(staked, 2)
    for (const verifier of [leaving, LATE]) await refuse('NotAsked', verifier, answerOf(second, verifier))
    await make(staying, answerOf(second, staying))
  })

  // Rationale: attention that costs its requester nothing would be paid by nobody, and asked for by everybody.
  test('IMPL-12 a fee whose attention part is too small, or more than the fee, is refused with the bounds', async () => {
    await refuse('AttentionFeeInvalid', REQUESTER, requestOf(1, FEE_PART - 1n), 100n)
    await refuse('AttentionFeeInvalid', REQUESTER, requestOf(1, 101n), 100n)
    await make(REQUESTER, requestOf(1, 100n), 100n)
  })

  // Rationale: whoever lets the block's hash be forgotten gains nothing by it: nobody is asked, nobody is slashed.
  test('IMPL-12 where a round’s randomness goes unrecorded nobody is asked, and the claim settles its task', async () => {
    for (const verifier of WATCHERS.slice(0, 2)) await enroll(verifier)
    const round = passToRound()
    const taskId = await ask(1, FEE_PART)
    await make(SERVER, sealFor(taskId), 1000n)
    const sealId = newest(duet.state.seals)
    const [end, last] = [roundEnd(PARAMETERS, round), answersEnd(PARAMETERS, round)]
    await make(ANYONE, { kind: 'CloseRound', round }, 0n, end + 1)
    await refuse('AnswersOver', ANYONE, { kind: 'RecordRound', round }, 0n, last + 1)
    const guess: Call = { kind: 'Attend', taskId, answer: keccak<Hash>(SALT) }
    await refuse('RoundNotRecorded', WATCHERS[0]!, guess, 0n, last)
    await settle(sealId)
    await refuse('AnswersOver', WATCHERS[0]!, guess)
    const { burnedWei } = duet.state
    await finalizeAll()
    expect(duet.state.tasks.get(taskId)!.kind).toBe('Settled')
    // Nobody earns the attention part.
    expect(duet.state.burnedWei - burnedWei).toBe(FEE_PART)
    for (const verifier of WATCHERS.slice(0, 2)) {
      await refuse('RoundNotRecorded', ANYONE, { kind: 'Slash', taskId, verifier })
      await refuse('AnswerUnknown', ANYONE, { kind: 'Reward', taskId, verifier })
    }
  })

  // Rationale: a round that is closed late, or twice, would let somebody choose among blocks.
  test('IMPL-12 a round is closed once, and not behind the time for its answers', async () => {
    const round = roundOf(PARAMETERS, duet.now)
    const last = answersEnd(PARAMETERS, round)
    await refuse('AnswersOver', ANYONE, { kind: 'CloseRound', round }, 0n, last + 1)
    await make(ANYONE, { kind: 'CloseRound', round }, 0n, last)
    await refuse('AnswersOver', ANYONE, { kind: 'RecordRound', round }, 0n, last + 1)
  })

  // Rationale: the chain knows the hashes of 256 blocks. Of its own block, and of those before, it says zero, by which anybody could have
  // chosen beforehand who is drawn.
  test('IMPL-12 a round is recorded by one of the 256 blocks behind the one that closed it, and by no other', async () => {
    const round = roundOf(PARAMETERS, duet.now)
    await make(ANYONE, { kind: 'CloseRound', round }, 0n, roundEnd(PARAMETERS, round) + 1)
    const record = {
      call: { kind: 'RecordRound', round } as const,
      sender: ANYONE,
      valueWei: 0n,
      now: duet.now,
    }
    const inBlocks = [-1, 0, 255, 256].map((later) => ({ ...record, later }))
    expect(await duet.compare(inBlocks)).toEqual(['BlockUnknown', 'accepted', 'accepted', 'BlockUnknown'])
  })

  // Rationale: the claim that settled a task alone says what was right; where a lie did, those who were right are slashed for it, which
  // is what makes a lie that nobody disputes worth disputing.
  test('IMPL-12 where a lie settles its task, the answers that agree with it are the right ones', async () => {
    const [honest, liar] = WATCHERS as [Address, Address]
    for (const verifier of [honest, liar]) await enroll(verifier)
    const round = passToRound()
    const taskId = await ask(1, FEE_PART)
    await make(SERVER, sealFor(taskId, LIE), 1000n)
    const sealId = newest(duet.state.seals)
    await closeAndRecord(round)
    await make(honest, answerOf(taskId, honest))
    await make(liar, answerOf(taskId, liar, LIE))
    await settle(sealId, LIE)
    await finalizeAll()
    await make(ANYONE, { kind: 'Reward', taskId, verifier: liar })
    await refuse('AnswerWrong', ANYONE, { kind: 'Reward', taskId, verifier: honest })
    const first = roundEnd(PARAMETERS, round)
    const judged = judgementEnd(PARAMETERS, BOARD.table.rules.phases.length, round)
    expect(judged).toBeGreaterThan(first)
    const slash: Call = { kind: 'Slash', taskId, verifier: honest }
    await refuse('JudgementOver', ANYONE, slash, 0n, judged + 1)
    await make(ANYONE, slash, 0n, judged)
  })

  // Rationale: a seal that nobody reveals must neither keep its bond nor stand before the fee.
  test('IMPL-12 a seal that is not revealed in time is forfeited, once, and its task gives the fee back', async () => {
    const taskId = await ask(1, FEE_PART)
    await make(SERVER, sealFor(taskId), 1000n)
    const [sealId, entry] = [...duet.state.seals][0]!
    if (entry.kind !== 'Sealed') throw new Error('just sealed')
    const last = revealEnd(entry.sealedAt, PARAMETERS)
    await refuse('SealNotForfeited', ANYONE, { kind: 'PassSeal', sealId })
    await refuse('RevealNotOver', ANYONE, { kind: 'Forfeit', sealId }, 0n, last)
    await make(ANYONE, { kind: 'Forfeit', sealId }, 0n, last + 1)
    await refuse('SealOver', ANYONE, { kind: 'Forfeit', sealId })
    await make(ANYONE, { kind: 'PassSeal', sealId })
    await refuse('CursorElsewhere', ANYONE, { kind: 'PassSeal', sealId })
    const expire: Call = { kind: 'Expire', taskId }
    const deadline = lastOpenSecond(duet.state, duet.state.tasks.get(taskId)!)!
    await refuse('TaskNotExpired', ANYONE, expire, 0n, deadline)
    await make(ANYONE, expire, 0n, deadline + 1)
    await refuse('TaskNotOpen', ANYONE, expire)
    await make(REQUESTER, { kind: 'Withdraw' })
    expect(duet.state.balanceWei).toBe(duet.state.burnedWei)
  })
})
