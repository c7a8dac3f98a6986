import { ContractFactory, type InterfaceAbi, type JsonRpcProvider, type Signer } from 'ethers'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { artifact } from './artifacts.ts'
import { minedReceipt } from './receipt.ts'

/** The two contracts of a deployment. */
export interface Deployment {
  /** Tasks, claims, disputes, and all money. */
  readonly service: Address
  /** Programs and models, and the joints of their towers. */
  readonly registry: Address
}

/** Puts the addresses of libraries where the code of `name` refers to them. */
const linked = (name: string, libraries: Readonly<Record<string, Address>>): string => {
  const { bytecode, links } = artifact(name)
  let code = bytecode
  for (const [library, places] of Object.entries(links)) {
    const address = libraries[library]!.slice(2)
    for (const place of places) {
      const at = 2 + 2 * place
      code = code.slice(0, at) + address + code.slice(at + address.length)
    }
  }
  return code
}

/** Deploys one contract, and before it each library that it is linked to. */
export const deployContract = async (
  name: string,
  signer: Signer,
  args: readonly unknown[],
): Promise<Address> => {
  const libraries: Record<string, Address> = {}
  for (const library of Object.keys(artifact(name).links))
    libraries[library] = await deployContract(library, signer, [])
  const factory = new ContractFactory(artifact(name).abi as InterfaceAbi, linked(name, libraries), signer)
  const contract = await factory.deploy(...args)
  const receipt = await minedReceipt(
    signer.provider as JsonRpcProvider,
    contract.deploymentTransaction()!.hash,
  )
  return receipt.contractAddress!.toLowerCase() as Address
}

/** Deploys the service over a tower that stands already. */
export const deployService = (signer: Signer, parameters: Parameters, tower: Address): Promise<Address> =>
  deployContract('Opml', signer, [parameters, tower])

/** Deploys the contracts with a deployment's parameters, which must not ask for what they do not do yet. */
export const deployOpml = async (signer: Signer, parameters: Parameters): Promise<Deployment> => {
  if (parameters.attention !== undefined) throw new Error('the contracts take no sealed claims yet')
  const registry = await deployContract('Registry', signer, [])
  return { registry, service: await deployService(signer, parameters, registry) }
}
