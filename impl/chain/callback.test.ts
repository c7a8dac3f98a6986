import { Contract, Interface, type InterfaceAbi } from 'ethers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  OUTSIDER,
  parametersOf,
  SERVER,
  START,
  serverOf,
  setTable,
  type Table,
} from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { type Bytes, toHex } from '../../spec/commitments/bytes.ts'
import { type Id, ZERO_HASH } from '../../spec/commitments/hash.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { toyRuns } from '../inference/toyRuns.ts'
import { seededToy } from '../models/toy.ts'
import { deployAlphabet, PLAYERS } from './alphabet.fixture.ts'
import { artifact } from './artifacts.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { opmlInterface, rejectionOf } from './contractInterface.ts'
import { deployContract } from './deploy.ts'
import { type Asked, deployModel, playAbout } from './dispute.fixture.ts'
import { encodeCall } from './encodeCall.ts'
import { deployRecipient, type Manner } from './recipient.fixture.ts'
import { type Attempt, chainVerdict, nameOf, specVerdict } from './verdict.fixture.ts'

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

const TABLE: Table = setTable({
  tower: { lengths: [3], lastLengths: [7], stepLimit: 10 },
  parameters: parametersOf(4),
  seed: 5,
})
const { output } = serverOf(TABLE).prepared

/** A chain on which a contract's own task is settled, and nobody has been called back. */
const settledFor = async (
  requester: Address,
  contract: Address,
  ask: (context: Context) => Promise<void>,
) => {
  let { state } = TABLE
  const make = (call: Call, context: Context): Id | undefined => {
    const result = applyCall(state, call, context)
    if (!result.ok) throw new Error(`${call.kind}: ${result.rejection.reason}`)
    ;({ state } = result.value)
    return result.value.id
  }
  const { request, feeWei } = TABLE.requester
  const asked: Context = { sender: requester, valueWei: feeWei, now: START }
  const task = make(request, asked)!
  await ask(asked)
  const submit = async (call: Call, context: Context): Promise<Id | undefined> => {
    expect((await chain.submit(contract, { call, context, state })).outcome).toBe('accepted')
    return make(call, context)
  }
  const bond = state.parameters.claimBondWei
  const claim: Call = { kind: 'Claim', taskId: task, nonce: 0, ...serverOf(TABLE).prepared }
  const id = await submit(claim, { sender: SERVER, valueWei: bond, now: START + 12 })
  const later = START + 12 + state.parameters.windowSeconds + 1
  await submit({ kind: 'Finalize', claimId: id! }, { sender: OUTSIDER, valueWei: 0n, now: later })
  return { task, state: (): ServiceState => state, later: later + 12 }
}

describe('a call back', () => {
  // Rationale: the requester's code is a stranger's; whatever it does, everybody else goes on, and it is told once.
  test.each<Manner>(['takes', 'refuses', 'reenters', 'burns', 'bombs'])(
    'CALLBACK-2 a consumer that %s holds up nobody, and is called once',
    async (manner) => {
      await chain.rewind()
      const contract = await deployAlphabet(chain, TABLE)
      const recipient = await deployRecipient(chain)
      const { task, state, later } = await settledFor(recipient.address, contract, async (context) => {
        const { request } = TABLE.requester
        const sent = await recipient.submit(contract, TABLE.state, request, { ...context, sender: OUTSIDER })
        expect(sent.outcome).toBe('accepted')
      })
      const notify: Call = { kind: 'Notify', taskId: task, output }
      await recipient.behave(manner)
      await recipient.callAgain(encodeCall(notify, state()))
      const context: Context = { sender: OUTSIDER, valueWei: 0n, now: later + 1000 }
      const sent = await chain.submit(contract, { call: notify, context, state: state() })
      const { outcome, gasUsed, transactionHash } = sent
      expect(outcome).toBe('accepted')
      const { logs } = (await chain.provider.getTransactionReceipt(transactionHash))!
      const [notified] = logs.flatMap((log) => opmlInterface().parseLog(log) ?? [])
      const isTaken = manner === 'takes' || manner === 'reenters'
      expect([notified?.name, ...notified!.args]).toEqual(['Notified', task, isTaken])
      // Its 500,000, and what the call itself takes: nothing that it returns is paid for.
      expect(gasUsed).toBeLessThan(700_000)
      expect(await recipient.told()).toBe(isTaken ? toHex(output) : '0x')
      if (manner === 'reenters') {
        const { done, data } = await recipient.reentry()
        expect([done, rejectionOf(data)]).toEqual([false, 'AlreadyNotified'])
      }
      const again = { call: notify, context: { ...context, now: later + 1012 }, state: state() }
      expect((await chain.submit(contract, again)).outcome).toBe('AlreadyNotified')
    },
  )

  // Rationale: whoever brings the output with too little gas would use up the one call back.
  test('CALLBACK-3 a call back that cannot be given its gas is refused, and stands', async () => {
    await chain.rewind()
    const contract = await deployAlphabet(chain, TABLE)
    const recipient = await deployRecipient(chain)
    const { task, state } = await settledFor(recipient.address, contract, async (context) => {
      await recipient.submit(contract, TABLE.state, TABLE.requester.request, { ...context, sender: OUTSIDER })
    })
    const data = encodeCall({ kind: 'Notify', taskId: task, output }, state())
    const call = { from: OUTSIDER, to: contract, data, gas: '0x7a120' }
    const refused = chain.provider.send('eth_call', [call, 'latest'])
    const error = await refused.then(
      () => undefined,
      (reason: { info: { error: { data: string } } }) => reason.info.error.data,
    )
    // The consumer's 500,000, with the 64th part that stays behind, and 20,000 for the rest.
    expect(chainVerdict(undefined, error)).toMatch(/^GasTooLow 527936 /)
  })

  test('CALLBACK-4 the example asks a model and keeps what it says', async () => {
    await chain.rewind()
    const contract = await deployAlphabet(chain, TABLE)
    const asker = await deployContract('Asker', await chain.provider.getSigner(0), [contract])
    const codec = new Interface(artifact('Asker').abi as InterfaceAbi)
    const { request } = TABLE.requester
    const { task, state, later } = await settledFor(asker, contract, async (context) => {
      const { modelId, nonce, iterations, attentionWei, deadline, input } = request
      const asked = { modelId, nonce, iterations, attentionWei, deadline }
      const data = codec.encodeFunctionData('ask', [asked, input])
      const sent = await chain.submitData(asker, data, { ...context, sender: OUTSIDER })
      expect(sent.outcome).toBe('accepted')
    })
    const example = new Contract(asker, codec, chain.provider)
    const says = async () => [...(await example.getFunction('answer').staticCall(task))]
    expect(await says()).toEqual([false, ZERO_HASH, '0x'])
    const context: Context = { sender: OUTSIDER, valueWei: 0n, now: later }
    await chain.submit(contract, { call: { kind: 'Notify', taskId: task, output }, context, state: state() })
    const { outputRoot } = [...state().claims.values()][0]!.claim
    expect(await says()).toEqual([true, outputRoot, toHex(output)])
    // Nobody else can tell it anything.
    const lie = codec.encodeFunctionData('onOutput', [task, task, '0x00'])
    const refusalOf = async (to: Address): Promise<string | undefined> => {
      const told = chain.provider.send('eth_call', [{ from: OUTSIDER, to, data: lie }, 'latest'])
      const data = await told.catch(
        (reason) => (reason as { info: { error: { data: string } } }).info.error.data,
      )
      return codec.parseError(data)?.name
    }
    expect(await refusalOf(asker)).toBe('NotTheService')
    // Nor can the service of what it has not asked.
    const idle = await deployContract('Asker', await chain.provider.getSigner(0), [OUTSIDER])
    expect(await refusalOf(idle)).toBe('NotAsked')
  })

  /** A toy that states so many bytes, asked for on a chain, and a true claim of it with an output. */
  const claimedToy = async (outputBytes: number) => {
    await chain.rewind()
    const { toy, input } = seededToy(1, ['graph', 'vm'])
    const asked: Asked = { model: { ...toy.plain.model, outputBytes }, input, parameters: parametersOf(2) }
    const contract = await deployModel(chain, asked)
    const [{ intent, context, applied }] = playAbout(asked, () => []) as [Step]
    const { state, id } = applied
    await chain.submit(contract, { call: intent.call, context, state })
    const { prepared } = toyRuns(toy, input).honest()
    const claimOf = (output: Bytes): Attempt => ({
      call: { kind: 'Claim', taskId: id!, nonce: 0, ...prepared, output },
      context: { sender: SERVER, valueWei: asked.parameters.claimBondWei, now: context.now + 12 },
      state,
    })
    const verdictOf = async (attempt: Attempt): Promise<string> => {
      const [verdict] = await chain.verdicts(contract, [attempt])
      expect(verdict).toBe(specVerdict(attempt))
      return nameOf(verdict!)
    }
    return { contract, task: id!, claimOf, verdictOf }
  }

  // Rationale: an output that is too large to be carried is named by its root alone, and nothing may come in its place.
  test('CALLBACK-5 a model that states no bytes is claimed and told without any', async () => {
    const { contract, task, claimOf, verdictOf } = await claimedToy(0)
    const none = new Uint8Array()
    expect(await verdictOf(claimOf(new Uint8Array(1)))).toBe('OutputLengthInvalid')
    let attempt = claimOf(none)
    const pass = async (): Promise<Id | undefined> => {
      expect((await chain.submit(contract, attempt)).outcome).toBe('accepted')
      const result = applyCall(attempt.state, attempt.call, attempt.context)
      if (!result.ok) throw new Error(result.rejection.reason)
      const { state, id } = result.value
      attempt = { ...attempt, state }
      return id
    }
    const claimId = await pass()
    const { windowSeconds } = attempt.state.parameters
    const context = { sender: OUTSIDER, valueWei: 0n, now: attempt.context.now + windowSeconds + 1 }
    attempt = { ...attempt, call: { kind: 'Finalize', claimId: claimId! }, context }
    await pass()
    const told = (output: Bytes): Attempt => ({ ...attempt, call: { kind: 'Notify', taskId: task, output } })
    expect(await verdictOf(told(new Uint8Array(1)))).toBe('OutputLengthInvalid')
    expect(await verdictOf(told(none))).toBe('accepted')
  })

  test('CALLBACK-5 a model of a single byte is held to it', async () => {
    const { claimOf, verdictOf } = await claimedToy(1)
    expect(await verdictOf(claimOf(Uint8Array.of(1)))).toBe('OutputMismatch')
  })
})
