import { ContractFactory, type JsonRpcProvider, keccak256, type Signer, toUtf8Bytes } from 'ethers'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { artifact } from './compile.ts'
import { minedReceipt } from './receipt.ts'

/** Libraries that are deployed by themselves, and that `Opml` is linked to. */
const LIBRARIES = ['Joints'] as const

/** Deploys one contract from its creation code, linked already. */
export const deployContract = async (
  name: string,
  bytecode: string,
  signer: Signer,
  args: readonly unknown[],
): Promise<Address> => {
  const { abi } = artifact(name)
  const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args)
  const receipt = await minedReceipt(
    signer.provider as JsonRpcProvider,
    contract.deploymentTransaction()!.hash,
  )
  return receipt.contractAddress!.toLowerCase() as Address
}

/** Where the compiler left the address of a library open: 34 digits of the hash of its qualified name. */
const placeholder = (name: string): string =>
  `__$${keccak256(toUtf8Bytes(`${artifact(name).source}:${name}`)).slice(2, 36)}$__`

/** Deploys the contracts with a deployment's parameters, which must not ask for what they do not do yet. */
export const deployOpml = async (signer: Signer, parameters: Parameters): Promise<Address> => {
  if (parameters.attention !== undefined) throw new Error('the contracts take no sealed claims yet')
  let { bytecode } = artifact('Opml') as { bytecode: string }
  for (const name of LIBRARIES) {
    const library = await deployContract(name, artifact(name).bytecode, signer, [])
    bytecode = bytecode.replaceAll(placeholder(name), library.slice(2))
  }
  return deployContract('Opml', bytecode, signer, [parameters])
}
