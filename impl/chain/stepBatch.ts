import { Contract, isCallException, JsonRpcProvider } from 'ethers'
import {
  type Bytes,
  bigEndian,
  concat,
  fromBigEndian,
  fromHex,
  type Hex,
  toHex,
} from '../../spec/commitments/bytes.ts'
import { asHash, type StateRoot } from '../../spec/commitments/hash.ts'
import type { Program } from '../../spec/machine/program.ts'
import { type Anvil, type AnvilOptions, startAnvil } from './anvil.ts'
import { artifact } from './artifacts.ts'
import { deployContract } from './deploy.ts'
import { minedReceipt } from './receipt.ts'

/** One step to be judged: what `stepRoot` takes. */
export interface StepCase {
  readonly program: Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'>
  readonly pre: StateRoot
  readonly witness: Bytes
}

/** What the contract says of a step: the post-state root, or the name of the refusal. */
export type StepVerdict = StateRoot | string

export interface Refusal {
  readonly reason: string
  /** Integers as bigints, hashes as hex. */
  readonly values: readonly unknown[]
}

/** The contract's machine on a chain of its own, many steps a call. */
export interface StepBatch {
  readonly verdicts: (cases: readonly StepCase[]) => Promise<StepVerdict[]>
  /** Why a step alone is refused, by name and the values in the order of the error's arguments; undefined where it is not. */
  readonly refusal: (step: StepCase) => Promise<Refusal | undefined>
  /** Gas that a transaction with this one step pays, all included. */
  readonly transactionGas: (step: StepCase) => Promise<bigint>
  readonly stop: () => Promise<void>
}

const RESULT_BYTES = 36

/** Cases a call: a few megabytes of calldata, a few seconds of execution. */
const BATCH_CASES = 1000

const packCase = ({ program, pre, witness }: StepCase): Bytes =>
  concat(
    bigEndian(program.codeBase, 4),
    bigEndian(program.codeHeight, 1),
    fromHex(program.codeRoot),
    fromHex(pre),
    bigEndian(witness.length, 4),
    witness,
  )

const WORD_BYTES = 32

/**
 * The call of a function that takes `bytes`, and its result, likewise: ABI, "Formal Specification of the Encoding".
 * The client library takes such data apart character by character, which would cost more than the steps do.
 */
const encodeBytesCall = (selector: string, bytes: Bytes): string => {
  const padding = new Uint8Array((WORD_BYTES - (bytes.length % WORD_BYTES)) % WORD_BYTES)
  const words = [WORD_BYTES, bytes.length].map((value) => bigEndian(value, WORD_BYTES))
  return selector + toHex(concat(...words, bytes, padding)).slice(2)
}
const decodeBytes = (hex: Hex): Bytes => {
  const result = fromHex(hex)
  const length = Number(fromBigEndian(result.subarray(WORD_BYTES, 2 * WORD_BYTES)))
  return result.subarray(2 * WORD_BYTES, 2 * WORD_BYTES + length)
}

const ethCall = async (url: string, to: string, data: string): Promise<Hex> => {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_call', params: [{ to, data }, 'latest'] })
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const { result, error } = (await response.json()) as { result?: Hex; error?: { message: string } }
  if (result === undefined) throw new Error(`eth_call failed: ${error?.message}`)
  return result
}

/** Starts a chain and deploys `StepBatch` there. */
export const startStepBatch = async (options: AnvilOptions = {}): Promise<StepBatch> => {
  const flags = ['--gas-limit', '100000000000', ...(options.flags ?? [])]
  const anvil: Anvil = await startAnvil({ ...options, flags })
  const provider = new JsonRpcProvider(anvil.url, undefined, { cacheTimeout: -1, pollingInterval: 20 })
  const stop = async (): Promise<void> => {
    provider.destroy()
    await anvil.stop()
  }
  try {
    const { abi } = artifact('StepBatch')
    const address = await deployContract('StepBatch', await provider.getSigner(0), [])
    const contract = new Contract(address, abi, provider)
    const nameOf = (selector: string): string =>
      contract.interface.getError(selector)?.name ?? `an unnamed revert ${selector}`

    const { selector } = contract.interface.getFunction('stepMany')!
    const batch = async (cases: readonly StepCase[]): Promise<StepVerdict[]> => {
      const data = encodeBytesCall(selector, concat(...cases.map(packCase)))
      const results = decodeBytes(await ethCall(anvil.url, address, data))
      return cases.map((_, i) => {
        const result = results.subarray(RESULT_BYTES * i, RESULT_BYTES * (i + 1))
        const selector = toHex(result.subarray(0, 4))
        return selector === '0x00000000' ? asHash<StateRoot>(result.subarray(4)) : nameOf(selector)
      })
    }

    const stepData = ({ program: { codeBase, codeHeight, codeRoot }, pre, witness }: StepCase): string =>
      contract.interface.encodeFunctionData('step', [codeBase, codeHeight, codeRoot, pre, toHex(witness)])

    return {
      verdicts: async (cases) => {
        const verdicts: StepVerdict[] = []
        for (let at = 0; at < cases.length; at += BATCH_CASES) {
          verdicts.push(...(await batch(cases.slice(at, at + BATCH_CASES))))
        }
        return verdicts
      },
      refusal: async (step) => {
        try {
          await provider.call({ to: address, data: stepData(step) })
          return undefined
        } catch (error) {
          const revertData = isCallException(error) ? error.data : null
          const parsed = revertData === null ? null : contract.interface.parseError(revertData)
          if (parsed === null) throw error
          return { reason: parsed.name, values: [...parsed.args] }
        }
      },
      transactionGas: async (step) => {
        const signer = await provider.getSigner(0)
        const sent = await signer.sendTransaction({ to: address, data: stepData(step) })
        return (await minedReceipt(provider, sent.hash)).gasUsed
      },
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
