import { JsonRpcProvider, toQuantity } from 'ethers'
import { toHex } from '../../spec/commitments/bytes.ts'
import type { Hash, Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { applyCall } from '../../spec/service/apply.ts'
import type { Block, Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { AlphabetParameters } from '../../spec/tower/phases/alphabet.ts'
import { alphabetTower } from './alphabet.fixture.ts'
import { type Anvil, startAnvil } from './anvil.ts'
import type { Log } from './blocks.ts'
import { opmlInterface } from './contractInterface.ts'
import { deployService } from './deploy.ts'
import { encodeCall } from './encodeCall.ts'
import { type Folded, foldLog } from './fold.ts'
import { checkStorage } from './storage.ts'
import { chainVerdict, nameOf, specVerdict } from './verdict.fixture.ts'

/**
 * The service played twice, on a chain and by the specification: whatever is called, both say the same, to the values of a
 * refusal; and after each accepted call all that the chain keeps, all that it logs and all that it pays is as specified.
 */
export interface Duet {
  readonly state: ServiceState
  readonly now: Seconds
  /** The block that the next call stands in. */
  readonly block: Block
  readonly passTo: (now: Seconds) => void
  /** Asks both what would come of each, and holds the one against the other. */
  readonly compare: (attempts: readonly Attempted[]) => Promise<readonly string[]>
  /** What the chain alone would say to calldata that the specification has no call for, or anything but its call. */
  readonly ask: (sender: Address, data: string, valueWei?: Wei, gas?: bigint) => Promise<string>
  /** What an account has from then on, all of it: nothing costs gas here. */
  readonly fund: (account: Address, wei: Wei) => Promise<void>
  /** Makes a call that both accept, and holds everything that it changes. @returns the first difference */
  readonly make: (attempt: Attempted) => Promise<string | undefined>
}

/** A call by somebody, at a second. */
export interface Attempted {
  readonly call: Call
  readonly sender: Address
  readonly valueWei: Wei
  readonly now: Seconds
  /** How many blocks behind the next one the call is tried in; it is made in the next. */
  readonly later?: number
}

/** Towers that a deployment's tower contract has, by model. */
export type Towers = ReadonlyMap<Id, AlphabetParameters>

interface RpcAnswer {
  readonly id: number
  readonly result?: unknown
  readonly error?: { readonly message: string; readonly data?: string }
}

interface Receipt {
  readonly status: string
  readonly blockHash: Hash
  readonly logs: readonly Log[]
}

export interface DuetChain {
  /** Deploys the service over a tower with those models. */
  readonly deploy: (state: ServiceState, towers: Towers) => Promise<Address>
  /** Plays on a deployment from its beginning; what was played before is taken off the chain. */
  readonly begin: (contract: Address, state: ServiceState, now: Seconds) => Promise<Duet>
  readonly stop: () => Promise<void>
}

const RICH = toQuantity(1n << 140n)
/** More than any call takes, so that nothing need be estimated. */
const GAS = 15_000_000n

/** What the logs of an accepted call say that no state has: which claim settled a task, and the bytes that others compute from. */
const logFault = (
  call: Call,
  before: ServiceState,
  after: ServiceState,
  logs: readonly Log[],
): string | undefined => {
  const settled = [...after.tasks].flatMap(([id, entry]) =>
    entry.kind === 'Settled' && before.tasks.get(id)?.kind !== 'Settled'
      ? [`${id} by ${entry.claim}, number ${after.claims.get(entry.claim)!.number}`]
      : [],
  )
  const input = call.kind === 'Request' ? [`input ${toHex(call.input)}`] : []
  const output = call.kind === 'Claim' || call.kind === 'Reveal' ? [`output ${toHex(call.output)}`] : []
  // Nobody here has code that could take a call back.
  const told = call.kind === 'Notify' ? ['taken false'] : []
  const logged = logs.flatMap((log) => {
    const parsed = opmlInterface().parseLog(log)
    switch (parsed?.name) {
      case 'Settled': {
        const [taskId, claimId, number] = parsed.args
        return [`${taskId} by ${claimId}, number ${number}`]
      }
      case 'Requested':
        return [`input ${parsed.args['input']}`]
      case 'Claimed':
      case 'Revealed':
        return [`output ${parsed.args['output']}`]
      case 'Notified':
        return [`taken ${parsed.args['isTaken']}`]
      default:
        return []
    }
  })
  const expected = [...settled, ...input, ...output, ...told]
  return expected.join() === logged.join()
    ? undefined
    : `logs ${logged.join() || 'nothing'}, and should ${expected.join() || 'nothing'}`
}

/** @param accounts who plays */
export const startDuetChain = async (accounts: readonly Address[]): Promise<DuetChain> => {
  const anvil: Anvil = await startAnvil({ timestamp: 100, flags: ['--auto-impersonate'] })
  // Reads of one moment go in one message.
  const options = { staticNetwork: true, batchMaxCount: 200, batchStallTime: 0, cacheTimeout: -1 }
  const provider = new JsonRpcProvider(anvil.url, 31_337, options)
  /** Several requests in one message. */
  const rpc = async (requests: readonly (readonly [string, readonly unknown[]])[]): Promise<RpcAnswer[]> => {
    if (requests.length === 0) return []
    const body = requests.map(([method, params], id) => ({ jsonrpc: '2.0', id, method, params }))
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(anvil.url, { method: 'POST', headers, body: JSON.stringify(body) })
    return ((await response.json()) as RpcAnswer[]).toSorted((a, b) => a.id - b.id)
  }
  const value = async (method: string, ...params: readonly unknown[]): Promise<unknown> =>
    (await rpc([[method, params]]))[0]!.result
  await rpc(accounts.map((account) => ['anvil_setBalance', [account, RICH]] as const))
  let snapshot: unknown

  const begin: DuetChain['begin'] = async (contract, start, first) => {
    if (snapshot !== undefined) await value('evm_revert', snapshot)
    snapshot = await value('evm_snapshot')
    let [state, now] = [start, first]
    let number = Number(await value('eth_blockNumber')) + 1
    let folded: Folded = { service: start, strangers: new Set() }
    /** Of the blocks that closed a round, which are all that anybody asks for. */
    const hashes = new Map<number, Hash>()
    const block = (later = 0): Block => ({
      number: number + later,
      hashes: new Map([...hashes].filter(([at]) => at < number + later && at + 256 >= number + later)),
    })
    const transaction = ({ call, sender, valueWei }: Attempted) => ({
      from: sender,
      to: contract,
      data: encodeCall(call, state),
      value: toQuantity(valueWei),
      gas: toQuantity(GAS),
    })
    const contextOf = ({ sender, valueWei, now: at, later }: Attempted) => ({
      sender,
      valueWei,
      now: at,
      block: block(later),
    })

    const make: Duet['make'] = async (attempt) => {
      const { call, sender, valueWei } = attempt
      const applied = applyCall(state, call, contextOf(attempt))
      if (!applied.ok) throw new Error(`${call.kind} is not to be accepted: ${applied.rejection.reason}`)
      const [, , before] = await rpc([
        ['evm_setNextBlockTimestamp', [toQuantity(attempt.now)]],
        ['anvil_setNextBlockBaseFeePerGas', ['0x0']],
        ['eth_getBalance', [sender, 'latest']],
      ])
      const paying = { ...transaction(attempt), gasPrice: '0x0' }
      const [sent] = await rpc([['eth_sendTransactionSync', [paying]]])
      if (sent?.error) return `${call.kind} fails: ${sent.error.message}`
      const { status, blockHash, logs } = sent!.result as Receipt
      if (status !== '0x1') return `${call.kind} was mined and failed`
      hashes.set(number, blockHash)
      number++
      const previous = state
      state = applied.value.state
      now = Math.max(now, attempt.now)
      for (const log of logs) folded = foldLog(folded, log, attempt.now)
      if (stateHash(folded.service) !== stateHash(state))
        return `${call.kind} logs another state than it makes`
      const fault = logFault(call, previous, state, logs)
      if (fault !== undefined) return `${call.kind} ${fault}`
      const [after, balanceWei, difference] = await Promise.all([
        provider.getBalance(sender),
        provider.getBalance(contract),
        checkStorage(provider, contract, blockHash, previous, state),
      ])
      const paid = after - BigInt(before!.result as string) + valueWei
      if (paid !== applied.value.paidWei)
        return `${call.kind} pays ${paid}, and should ${applied.value.paidWei}`
      return balanceWei === state.balanceWei
        ? difference
        : `the contract holds ${balanceWei} of ${state.balanceWei} wei`
    }

    return {
      get state() {
        return state
      },
      get now() {
        return now
      },
      get block() {
        return block()
      },
      passTo: (later) => {
        now = Math.max(now, later)
      },
      compare: async (attempts) => {
        const answers = await rpc(
          attempts.map((attempt) => [
            'eth_call',
            [
              transaction(attempt),
              'latest',
              {},
              { time: toQuantity(attempt.now), number: toQuantity(number + (attempt.later ?? 0)) },
            ],
          ]),
        )
        const spec = attempts.map((attempt) =>
          specVerdict({ call: attempt.call, context: contextOf(attempt), state }),
        )
        return answers.map(({ result, error }, i) => {
          const verdict = chainVerdict(result as string | undefined, error?.data)
          if (verdict === spec[i]) return nameOf(verdict)
          const attempt = JSON.stringify(attempts[i], (_, v) => (typeof v === 'bigint' ? `${v}n` : v))
          throw new Error(`the chain says ${verdict}, the specification ${spec[i]}: ${attempt}`)
        })
      },
      ask: async (sender, data, valueWei = 0n, gas = GAS) => {
        const value = toQuantity(valueWei)
        const transaction = { from: sender, to: contract, data, gas: toQuantity(gas), value }
        const at = { time: toQuantity(now), number: toQuantity(number) }
        const [answer] = await rpc([['eth_call', [transaction, 'latest', {}, at]]])
        return chainVerdict(answer!.result as string | undefined, answer!.error?.data)
      },
      fund: async (account, wei) => {
        await value('anvil_setBalance', account, toQuantity(wei))
      },
      make,
    }
  }

  return {
    deploy: async ({ parameters }, towers) => {
      const signer = await provider.getSigner(0)
      const tower = await alphabetTower(provider, parameters, towers)
      return deployService(signer, parameters, tower)
    },
    begin,
    stop: async () => {
      provider.destroy()
      await anvil.stop()
    },
  }
}
