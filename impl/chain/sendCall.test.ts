import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import type { Address } from '../../spec/service/task.ts'
import { deployAlphabet, PLAYERS, shortGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { encodeCall } from './encodeCall.ts'
import { CallFailed } from './sendCall.ts'

const GAME = shortGame()

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** A chain on which the game stands before the first dissection after the opening. */
const beforeDissection = async (): Promise<{ contract: Address; step: Step }> => {
  await chain.rewind()
  const contract = await deployAlphabet(chain, GAME.table)
  const at = GAME.steps.findIndex(
    ({ intent: { call } }) => call.kind === 'Move' && call.reply.kind === 'Dissect',
  )
  for (const { intent, context, before } of GAME.steps.slice(0, at))
    await chain.submit(contract, { call: intent.call, context, state: before })
  return { contract, step: GAME.steps[at]! }
}

/** A dissection's calldata with its packed bytes altered, as no call of the specification is. */
const rawMove = ({ intent: { call }, before }: Step, change: (move: string) => string): string => {
  const whole = encodeCall(call, before)
  const behind = 2 + 2 * 4
  return whole.slice(0, behind) + change(`0x${whole.slice(behind)}`).slice(2)
}

describe('a call that is sent', () => {
  // Rationale: a failure that is no refusal is a bug of ours or of the chain; as a refusal it would pass for play.
  test('IMPL-10 a failure that is no refusal is told apart from one', async () => {
    const { contract, step } = await beforeDissection()
    const { intent, context, before } = step
    const { call } = intent
    if (call.kind !== 'Move') throw new Error(`${call.kind} is no move`)
    const whole = encodeCall(call, before)
    const send = (data: string, now: number) => chain.submitData(contract, data, { ...context, now })
    await expect(send('0xdeadbeef', context.now)).rejects.toThrow(CallFailed)
    const timeout = encodeCall({ kind: 'Timeout', disputeId: call.disputeId }, before)
    await expect(send(timeout.slice(0, -64), context.now + 1)).rejects.toThrow(CallFailed)
    expect((await send(whole, context.now + 2)).outcome).toBe('accepted')
  })

  // Rationale: a move is one string of bytes; what is cut off anywhere in it is no move.
  test('IMPL-10 packed bytes that are no move are refused by name', async () => {
    const { contract, step } = await beforeDissection()
    const { context } = step
    const send = (change: (move: string) => string, later: number) =>
      chain.submitData(contract, rawMove(step, change), { ...context, now: context.now + later })
    const cutAt = (bytes: number) => (move: string) => move.slice(0, 2 + 2 * bytes)
    expect((await send(cutAt(0), 0)).outcome).toBe('CallMalformed')
    expect((await send(cutAt(127), 1)).outcome).toBe('CallMalformed')
    expect((await send(cutAt(169), 2)).outcome).toBe('CallMalformed')
    expect((await send(cutAt(178), 3)).outcome).toBe('CallMalformed')
    expect((await send((move) => move.slice(0, -2), 4)).outcome).toBe('WitnessMalformed')
    expect((await send((move) => `${move}11`, 5)).outcome).toBe('WitnessMalformed')
    expect((await send((move) => move, 6)).outcome).toBe('accepted')
  })
})

describe('the gas that a call is given', () => {
  /** Plays the whole game: the gas that each call was given, and what it used. */
  const gasOfGame = async (on: TestChain) => {
    const contract = await deployAlphabet(on, GAME.table)
    const gas: { readonly given: number; readonly used: number }[] = []
    for (const { intent, context, before } of GAME.steps) {
      const sent = await on.submit(contract, { call: intent.call, context, state: before })
      expect(sent.outcome).toBe('accepted')
      const { gasLimit } = (await on.provider.getTransaction(sent.transactionHash))!
      gas.push({ given: Number(gasLimit), used: sent.gasUsed })
    }
    return { contract, gas }
  }

  // Rationale: nodes refuse a transaction that asks for more than a block has, and accounts must own what it asks for.
  test('GAS-1 a call is given what it needs, with room, and not all that a block has', async () => {
    await chain.rewind()
    const { gas } = await gasOfGame(chain)
    for (const { given, used } of gas) {
      expect(given).toBeGreaterThanOrEqual(1.2 * used + 50_000)
      // A payout asks for 9,000 more than it uses.
      expect(given).toBeLessThanOrEqual(1.25 * (used + 10_000) + 50_000)
    }
  })

  test.each([
    ['a block has 15 million gas', ['--gas-limit', '15000000'], 15_000_000],
    ['a transaction may have 16,777,216 gas', ['--enable-tx-gas-limit', '--hardfork', 'osaka'], 16_777_216],
  ])('GAS-2 a whole game is played on a chain where %s, refused calls included', async (_, flags, most) => {
    const small = await startTestChain([...PLAYERS, OUTSIDER], flags)
    try {
      const { contract, gas } = await gasOfGame(small)
      for (const { given } of gas) expect(given).toBeLessThanOrEqual(most)
      const { intent, context, applied } = GAME.steps.at(-1)!
      const late = { ...context, now: context.now + 12 }
      const again = { call: intent.call, context: late, state: applied.state }
      expect((await small.submit(contract, again)).outcome).not.toBe('accepted')
    } finally {
      await small.stop()
    }
  })
})
