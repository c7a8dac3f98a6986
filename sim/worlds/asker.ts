import { Contract, Interface, type InterfaceAbi, type JsonRpcProvider } from 'ethers'
import { artifact } from '../../impl/chain/artifacts.ts'
import { deployContract } from '../../impl/chain/deploy.ts'
import { type Bytes, fromHex, type Hex } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { Address } from '../../spec/service/task.ts'

/** A requester's own contract: the example `contracts/examples/Asker.sol`. */
const codec = new Interface(artifact('Asker').abi as InterfaceAbi)

/** Puts the contract at an address, whatever stood there: a chain that was played on before has one of an earlier story. */
export const placeAsker = async (
  provider: JsonRpcProvider,
  service: Address,
  address: Address,
): Promise<void> => {
  const deployed = await deployContract('Asker', await provider.getSigner(0), [service])
  await provider.send('anvil_setCode', [address, await provider.getCode(deployed)])
}

/** Calldata by which the contract makes a request. */
export const encodeAsk = ({ input, kind: _, ...asked }: Call & { kind: 'Request' }): string =>
  codec.encodeFunctionData('ask', [asked, input])

/** What the contract keeps of a task; undefined where it was told nothing. */
export const keptAnswer = async (
  provider: JsonRpcProvider,
  address: Address,
  task: Id,
): Promise<Bytes | undefined> => {
  const asker = new Contract(address, codec, provider)
  const [isKnown, output] = (await asker.getFunction('answer').staticCall(task)) as [boolean, Hex]
  return isKnown ? fromHex(output) : undefined
}
