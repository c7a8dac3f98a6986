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
export const linked = (name: string, libraries: Readonly<Record<string, Address>>): string => {
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

/** A deployment's parameters as the constructor takes them: zeros for what it does not do. */
export const parameterStruct = ({ seals, attention, ...parameters }: Parameters) => ({
  ...parameters,
  ...(seals ?? { answerSeconds: 0, revealSeconds: 0 }),
  ...(attention ?? { stakeWei: 0n, oneIn: 0, minFeeWei: 0n, payWei: 0n }),
})

/** Deploys the service over a tower that stands already. */
export const deployService = (signer: Signer, parameters: Parameters, tower: Address): Promise<Address> =>
  deployContract('Opml', signer, [parameterStruct(parameters), tower])

/** Deploys the contracts with a deployment's parameters. */
export const deployOpml = async (signer: Signer, parameters: Parameters): Promise<Deployment> => {
  const registry = await deployContract('Registry', signer, [parameters.arity, parameters.mostMoves])
  return { registry, service: await deployService(signer, parameters, registry) }
}
