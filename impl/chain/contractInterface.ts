import {
  type ErrorFragment,
  type EventFragment,
  type FunctionFragment,
  Interface,
  type InterfaceAbi,
} from 'ethers'
import { REJECTIONS, type Rejection } from '../../spec/rejection.ts'
import { artifact } from './artifacts.ts'

/** A function of a key that is asked for the same few keys again and again. */
const remembered = <Value>(find: (key: string) => Value): ((key: string) => Value) => {
  const known = new Map<string, Value>()
  return (key) => {
    const value = known.get(key) ?? find(key)
    known.set(key, value)
    return value
  }
}

/** Looks each name and selector up once: the plain one hashes the signatures of all that there are, every time. */
class IndexedInterface extends Interface {
  readonly #errors = remembered((key) => super.getError(key))
  readonly #events = remembered((key) => super.getEvent(key))
  readonly #functions = remembered((key) => super.getFunction(key))

  override getError(key: string): ErrorFragment | null {
    return this.#errors(key)
  }
  override getEvent(key: string): EventFragment | null {
    return this.#events(key)
  }
  override getFunction(key: string): FunctionFragment | null {
    return this.#functions(key)
  }
}

/** Calls of the service and of the registry, and events and errors of both and of the libraries that they link to. */
const interfaceOf = (): Interface => {
  const contracts = ['Opml', 'Registry'].map(artifact)
  const libraries = new Set(contracts.flatMap(({ links }) => Object.keys(links)))
  const linked = [...libraries].flatMap((name) => artifact(name).abi)
  const fromLibraries = linked.filter(({ type }) => type === 'error' || type === 'event')
  const fragments = [
    ...contracts.flatMap(({ abi }) => abi.filter(({ type }) => type !== 'constructor')),
    ...fromLibraries,
  ]
  const distinct = new Map(fragments.map((fragment) => [JSON.stringify(fragment), fragment]))
  return new IndexedInterface([...distinct.values()] as InterfaceAbi)
}

let compiled: Interface | undefined

export const opmlInterface = (): Interface => {
  compiled ??= interfaceOf()
  return compiled
}

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
