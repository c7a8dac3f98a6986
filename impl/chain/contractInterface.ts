import { Interface, type InterfaceAbi } from 'ethers'
import { REJECTIONS, type Rejection } from '../../spec/rejection.ts'
import { artifact } from './compile.ts'

/** Calls and events of the contract, and the errors of it and of the libraries that it is linked to. */
const interfaceOf = (): Interface => {
  const opml = artifact('Opml').abi as readonly Record<string, unknown>[]
  const linked = artifact('Joints').abi as readonly Record<string, unknown>[]
  const known = new Set(opml.map(({ name }) => name))
  const errors = linked.filter(({ type, name }) => type === 'error' && !known.has(name))
  return new Interface([...opml, ...errors] as InterfaceAbi)
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
