import { Interface, type InterfaceAbi } from 'ethers'
import { REJECTIONS, type Rejection } from '../../spec/rejection.ts'
import { artifact } from './artifacts.ts'

/** Calls and events of the service and of the registry, and the errors of both and of the libraries that they link to. */
const interfaceOf = (): Interface => {
  const contracts = ['Opml', 'Registry'].map(artifact)
  const libraries = new Set(contracts.flatMap(({ links }) => Object.keys(links)))
  const errors = [...libraries].flatMap((name) => artifact(name).abi).filter(({ type }) => type === 'error')
  const fragments = [
    ...contracts.flatMap(({ abi }) => abi.filter(({ type }) => type !== 'constructor')),
    ...errors,
  ]
  const distinct = new Map(fragments.map((fragment) => [JSON.stringify(fragment), fragment]))
  return new Interface([...distinct.values()] as InterfaceAbi)
}

let compiled: Interface | undefined

export const opmlInterface = (): Interface => {
  compiled ??= interfaceOf()
  return compiled
}

/** Calls of the specification that the contracts do not take yet. */
export const NOT_ON_CHAIN = [
  'Seal',
  'Reveal',
  'Forfeit',
  'Enroll',
  'Retire',
  'Unstake',
  'Attend',
  'Slash',
  'Notify',
  'Delegate',
] as const

/** Names of all custom errors that a call can end in. */
export const contractErrors = (): readonly string[] =>
  opmlInterface()
    .fragments.filter(({ type }) => type === 'error')
    .map((fragment) => ('name' in fragment ? String(fragment.name) : ''))

/** The rejection that revert data stand for; undefined where they are no refusal of ours (out of gas, a bug). */
export const rejectionOf = (revertData: string): Rejection['reason'] | undefined => {
  const name = opmlInterface().parseError(revertData)?.name
  return REJECTIONS.find((reason) => reason === name)
}
