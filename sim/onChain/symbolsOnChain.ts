import { Interface, type InterfaceAbi, type JsonRpcProvider, type JsonRpcSigner } from 'ethers'
import { artifact } from '../../impl/chain/artifacts.ts'
import { ChainUnreachable } from '../../impl/chain/connection.ts'
import { deployContract } from '../../impl/chain/deploy.ts'
import { minedReceipt } from '../../impl/chain/receipt.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'

const CONTRACT = 'SymbolTower'

export const symbolInterface = (): Interface => new Interface(artifact(CONTRACT).abi as InterfaceAbi)

/** Deploys the contract of a tower of symbols with one model. @throws ChainUnreachable where it is not registered */
export const deploySymbols = async (
  signer: JsonRpcSigner,
  { arity, mostMoves }: Pick<Parameters, 'arity' | 'mostMoves'>,
  { model, lengths }: { readonly model: Id; readonly lengths: readonly number[] },
): Promise<Address> => {
  const tower = await deployContract(CONTRACT, signer, [arity, mostMoves])
  const data = symbolInterface().encodeFunctionData('registerSymbols', [model, lengths])
  const { hash } = await signer.sendTransaction({ to: tower, data })
  const { status } = await minedReceipt(signer.provider as JsonRpcProvider, hash)
  if (status !== 1) throw new ChainUnreachable(`the tower's model was not registered in transaction ${hash}`)
  return tower
}
