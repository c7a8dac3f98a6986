import { toQuantity } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER, REQUESTER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { toHex } from '../../spec/commitments/bytes.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call } from '../../spec/service/calls.ts'
import { CALL_TABLE } from '../../spec/service/callTable.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { deployAlphabet, PLAYERS, shortGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { encodeCall } from './encodeCall.ts'
import { minedReceipt } from './receipt.ts'
import { deployRecipient } from './recipient.fixture.ts'
import { playGames, startGamesChain } from './wholeGames.fixture.ts'

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** Calls with less gas than they need: whoever sends one chooses where it runs dry, also inside what the contract calls. */

/** Calls that are named by their replies, and those of the registry, which call nobody. */
const NAMED_OTHERWISE: ReadonlySet<string> = new Set(['Open', 'Move', 'RegisterProgram', 'RegisterModel'])

/** Shares of what a call needs, from what its calldata costs upwards, in percent. */
const SHARES = [30, 40, 50, 60, 65, 70, 75, 80, 84, 87, 90, 92, 94, 96, 97, 98, 99]

/** The gas that a call needs at that time, found by halving. */
const needed = async (says: (gas: bigint) => Promise<string>): Promise<bigint> => {
  let [short, enough] = [21_000n, 3_000_000n]
  expect(await says(enough)).toMatch(/^accepted/)
  while (enough - short > 200n) {
    const middle = (short + enough) / 2n
    if ((await says(middle)).startsWith('accepted')) enough = middle
    else short = middle
  }
  return enough
}

describe('a call with little gas', () => {
  // Rationale: 63 of 64 parts of the gas go along with a call; what runs dry inside the tower must not pass for a witness that
  // is refused there, and so for a lost move, and nothing may be written before it is known that all went well.
  test('LIMIT-1 whatever a call is given, it does all that it does or nothing, and is refused for no other reason', async () => {
    const games = await startGamesChain()
    const tried = new Set<string>()
    await playGames(games, async (duet, { call, sender, valueWei }) => {
      const name = 'reply' in call ? `${call.kind} ${call.reply.kind}` : call.kind
      if (tried.has(name)) return
      tried.add(name)
      const data = encodeCall(call, duet.state)
      const says = (gas: bigint) => duet.ask(sender, data, valueWei, gas)
      const most = await needed(says)
      for (const share of SHARES) {
        const verdict = await says((most * BigInt(share)) / 100n)
        expect([name, share, verdict.replace(/^failed.*/, 'failed')]).toEqual([name, share, 'failed'])
      }
    })
    await games.stop()
    const replies = ['Open Dissect', 'Move Dissect', 'Move Descend', 'Move Arbitrate']
    const whole = Object.keys(CALL_TABLE).filter((kind) => !NAMED_OTHERWISE.has(kind))
    expect(tried).toEqual(new Set([...replies, ...whole]))
  })

  // Rationale: whoever brings the output chooses the gas; one that leaves the consumer too little would use up its one call.
  test('LIMIT-2 with whatever gas an output is brought, its consumer has it or the call back stands', async () => {
    await chain.rewind()
    const { table, steps } = shortGame()
    const contract = await deployAlphabet(chain, table)
    const recipient = await deployRecipient(chain)
    const { state, output, later } = await settledFor(recipient, contract, table, steps)
    const notify: Call = { kind: 'Notify', taskId: [...state.tasks.keys()][0]!, output }
    const data = encodeCall(notify, state)
    const { provider } = chain
    let [stood, told] = [0, 0]
    for (let gas = 60_000n; gas <= 720_000n; gas += 60_000n) {
      const snapshot = await provider.send('evm_snapshot', [])
      await provider.send('evm_setNextBlockTimestamp', [toQuantity(later)])
      const request = { from: OUTSIDER, to: contract, data, gas: toQuantity(gas) }
      const hash = await provider.send('eth_sendTransaction', [request])
      const { status } = await minedReceipt(provider, hash)
      expect(await recipient.told()).toBe(status === 1 ? toHex(output) : '0x')
      if (status === 1) told++
      else stood++
      await provider.send('evm_revert', [snapshot])
    }
    expect([stood > 3, told > 1]).toEqual([true, true])
  })
})

/** A task of a contract's own, settled by a true claim. */
const settledFor = async (
  recipient: Awaited<ReturnType<typeof deployRecipient>>,
  contract: `0x${string}`,
  table: ReturnType<typeof shortGame>['table'],
  steps: readonly Step[],
): Promise<{ state: ServiceState; output: Uint8Array; later: number }> => {
  let { state } = table
  const follow = (call: Call, sender: `0x${string}`, valueWei: bigint, now: number) => {
    const result = applyCall(state, call, { sender, valueWei, now })
    if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
    ;({ state } = result.value)
    return result.value.id!
  }
  const { request, feeWei } = table.requester
  const now = steps[0]!.context.now
  const asked = { sender: OUTSIDER, valueWei: feeWei, now }
  expect((await recipient.submit(contract, state, request, asked)).outcome).toBe('accepted')
  const taskId = follow(request, recipient.address, feeWei, now)
  const made = steps.find(({ intent }) => intent.call.kind === 'Claim')!.intent.call as Call & {
    kind: 'Claim'
  }
  const bond = table.state.parameters.claimBondWei
  const claim: Call = { ...made, taskId }
  const claimed = { sender: REQUESTER, valueWei: bond, now: now + 12 }
  expect((await chain.submit(contract, { call: claim, context: claimed, state })).outcome).toBe('accepted')
  const claimId = follow(claim, REQUESTER, bond, now + 12)
  const final = now + 12 + table.state.parameters.windowSeconds + 1
  const finalize: Call = { kind: 'Finalize', claimId }
  const ending = { sender: OUTSIDER, valueWei: 0n, now: final }
  expect((await chain.submit(contract, { call: finalize, context: ending, state })).outcome).toBe('accepted')
  follow(finalize, OUTSIDER, 0n, final)
  return { state, output: made.output, later: final + 12 }
}
