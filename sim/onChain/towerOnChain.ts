import { Interface, type InterfaceAbi, type JsonRpcProvider, type JsonRpcSigner } from 'ethers'
import { artifact } from '../../impl/chain/artifacts.ts'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { deployContract, deployOpml, deployService } from '../../impl/chain/deploy.ts'
import { encodeCall } from '../../impl/chain/encodeCall.ts'
import { minedReceipt } from '../../impl/chain/receipt.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { registrationOf } from '../../spec/service/registration.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import type { Tower } from '../towers/tower.ts'

const CONTRACT = 'SymbolTower'

export const symbolInterface = (): Interface => new Interface(artifact(CONTRACT).abi as InterfaceAbi)

/** Tells a contract of a model. @throws ChainUnreachable where that fails */
const register = async (signer: JsonRpcSigner, to: Address, data: string): Promise<void> => {
  const { hash } = await signer.sendTransaction({ to, data })
  const { status } = await minedReceipt(signer.provider as JsonRpcProvider, hash)
  if (status !== 1) throw new ChainUnreachable(`the tower's model was not registered in transaction ${hash}`)
}

/** Deploys the contract of a tower of symbols with one model. @throws ChainUnreachable */
export const deploySymbols = async (
  signer: JsonRpcSigner,
  { arity, mostMoves }: Pick<Parameters, 'arity' | 'mostMoves'>,
  { model, lengths }: { readonly model: Id; readonly lengths: readonly number[] },
): Promise<Address> => {
  const tower = await deployContract(CONTRACT, signer, [arity, mostMoves])
  await register(signer, tower, symbolInterface().encodeFunctionData('registerSymbols', [model, lengths]))
  return tower
}

/**
 * Deploys the service over a tower: a model's in the registry that ships, one of symbols in its own contract.
 *
 * @param start the service as it stands then
 * @returns the service's address
 * @throws ChainUnreachable
 */
export const deployTower = async (
  signer: JsonRpcSigner,
  start: ServiceState,
  { model, registered }: Tower,
): Promise<Address> => {
  const { parameters, models } = start
  if (registered === undefined) {
    const { lengths } = models.get(model)!
    return deployService(signer, parameters, await deploySymbols(signer, parameters, { model, lengths }))
  }
  const { service, registry } = await deployOpml(signer, parameters)
  for (const call of registrationOf(registered)) await register(signer, registry, encodeCall(call, start))
  return service
}
