/**
 * How a state keeps its entries. A map of a state never changes; one with another entry is another map. How that is made is
 * for whoever plays to choose: plain maps are copied, versions share what they have in common. The rules know of neither.
 */
export type Keeping = <Key, Value>() => ReadonlyMap<Key, Value>

/** A plain map, copied where it changes: what the specification itself means. */
export const COPIED: Keeping = () => new Map()

/**
 * Versions of one table: a change costs the same however much is kept. For whoever plays long games with many tasks.
 *
 * @param few maps of fewer entries are lists, and copied: that is done sooner than a way is found between versions
 */
export const versioned = (few: number): Keeping => {
  const empty = new List<unknown, unknown>([], [], few)
  return <Key, Value>() => empty as List<unknown, unknown> as List<Key, Value>
}

/** A map that makes another one with an entry more, or less, by itself. */
export abstract class Kept<Key, Value> implements ReadonlyMap<Key, Value> {
  abstract readonly size: number
  abstract get(key: Key): Value | undefined
  abstract has(key: Key): boolean
  abstract entries(): MapIterator<[Key, Value]>
  abstract keys(): MapIterator<Key>
  abstract values(): MapIterator<Value>
  abstract forEach(visit: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void

  /** This map with one entry set. */
  abstract with(key: Key, value: Value): Kept<Key, Value>

  /** This map without one entry. */
  abstract without(key: Key): Kept<Key, Value>

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries()
  }
}

/** A list with something at an index, or one more behind its last. */
const placed = <Item>(items: readonly Item[], index: number, item: Item): readonly Item[] => {
  const copy = new Array<Item>(Math.max(items.length, index + 1))
  for (let i = 0; i < items.length; i++) copy[i] = items[i]!
  copy[index] = item
  return copy
}

/** A map of few entries, one behind the other: it is searched and copied faster than a table. */
class List<Key, Value> extends Kept<Key, Value> {
  readonly #keys: readonly Key[]
  readonly #values: readonly Value[]
  readonly #few: number

  /** @param few with so many entries it is a table */
  constructor(keys: readonly Key[], values: readonly Value[], few: number) {
    super()
    this.#keys = keys
    this.#values = values
    this.#few = few
  }

  get size(): number {
    return this.#keys.length
  }

  /** Where a key stands; -1 where it does not. */
  #indexOf(key: Key): number {
    for (let i = 0; i < this.#keys.length; i++) if (this.#keys[i] === key) return i
    return -1
  }

  get(key: Key): Value | undefined {
    const index = this.#indexOf(key)
    return index < 0 ? undefined : this.#values[index]
  }

  has(key: Key): boolean {
    return this.#indexOf(key) >= 0
  }

  with(key: Key, value: Value): Kept<Key, Value> {
    const index = this.#indexOf(key)
    if (index >= 0) return new List(this.#keys, placed(this.#values, index, value), this.#few)
    const { size } = this
    if (size + 1 >= this.#few) return new Version(new Map(this).set(key, value))
    return new List(placed(this.#keys, size, key), placed(this.#values, size, value), this.#few)
  }

  without(key: Key): Kept<Key, Value> {
    const index = this.#indexOf(key)
    if (index < 0) return this
    return new List(this.#keys.toSpliced(index, 1), this.#values.toSpliced(index, 1), this.#few)
  }

  entries(): MapIterator<[Key, Value]> {
    return this.#keys.map((key, index): [Key, Value] => [key, this.#values[index]!]).values()
  }

  keys(): MapIterator<Key> {
    return this.#keys.values()
  }

  values(): MapIterator<Value> {
    return this.#values.values()
  }

  forEach(visit: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (let i = 0; i < this.#keys.length; i++) visit(this.#values[i]!, this.#keys[i]!, this)
  }
}

/** What a version has in the place of a value, where it has none. */
const ABSENT = Symbol('absent')

/** From a version to a neighbour: what the version itself has under the one key by which the two differ. */
interface Step<Key, Value> {
  readonly to: Version<Key, Value>
  readonly key: Key
  readonly value: Value | typeof ABSENT
}

/** An entry that is another than it was; `before` is undefined where there was none. */
export interface Change<Key, Value> {
  readonly key: Key
  readonly before: Value | undefined
}

/**
 * One of the versions of a map. One of them has the table, and every other knows the way there, change by change; who is
 * asked takes the table first, and leaves the way back behind. The versions that are asked are the latest ones, and near.
 *
 * Source: Baker, "Shallow binding makes functional arrays fast" (SIGPLAN Notices 26, 1991), for maps.
 */
export class Version<Key, Value> extends Kept<Key, Value> {
  #table: Map<Key, Value> | undefined
  #step: Step<Key, Value> | undefined

  constructor(table: Map<Key, Value>) {
    super()
    this.#table = table
  }

  with(key: Key, value: Value): Version<Key, Value> {
    const table = this.#taken()
    const known = table.get(key)
    const own = known === undefined && !table.has(key) ? ABSENT : known!
    const next = new Version(table.set(key, value))
    this.#table = undefined
    this.#step = { to: next, key, value: own }
    return next
  }

  /** With a table of its own, since no version may lose its order. */
  without(key: Key): Version<Key, Value> {
    const table = new Map(this.#taken())
    table.delete(key)
    return new Version(table)
  }

  /**
   * What may have changed from another version to this one, each key where it did first; undefined where the two have nothing
   * in common, where an entry has gone and come again, elsewhere, or where more has changed than there is.
   */
  changedSince(other: Version<Key, Value>): readonly Change<Key, Value>[] | undefined {
    const { size } = this.#taken()
    if (other !== this && other.#step === undefined) return undefined
    const changes: Change<Key, Value>[] = []
    let at = other
    for (let step = at.#step; step !== undefined; step = at.#step) {
      const { key, value } = step
      const before = value === ABSENT ? undefined : value
      const known = changes.find((change) => change.key === key)
      if (known === undefined) changes.push({ key, before })
      else if (before === undefined) return undefined
      if (changes.length > size + 1) return undefined
      at = step.to
    }
    return at === this ? changes : undefined
  }

  /** The table, which is this version's then. */
  #taken(): Map<Key, Value> {
    return this.#table ?? this.#take()
  }

  #take(): Map<Key, Value> {
    const way: Version<Key, Value>[] = []
    let holder: Version<Key, Value> = this
    for (let step = holder.#step; step !== undefined; step = holder.#step) {
      way.push(holder)
      holder = step.to
    }
    const table = holder.#table!
    for (let next = way.pop(); next !== undefined; next = way.pop()) {
      const { key, value } = next.#step!
      const known = table.get(key)
      const left = known === undefined && !table.has(key) ? ABSENT : known!
      if (value === ABSENT) table.delete(key)
      else table.set(key, value)
      holder.#table = undefined
      holder.#step = { to: next, key, value: left }
      next.#step = undefined
      next.#table = table
      holder = next
    }
    return table
  }

  get(key: Key): Value | undefined {
    return this.#taken().get(key)
  }

  has(key: Key): boolean {
    return this.#taken().has(key)
  }

  get size(): number {
    return this.#taken().size
  }

  entries(): MapIterator<[Key, Value]> {
    return this.#standing().entries()
  }

  keys(): MapIterator<Key> {
    return this.#standing().keys()
  }

  values(): MapIterator<Value> {
    return this.#standing().values()
  }

  /** A table that stays as it is now: whoever goes through it may ask another version meanwhile. */
  #standing(): Map<Key, Value> {
    return new Map(this.#taken())
  }

  forEach(visit: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this) visit(value, key, this)
  }
}

const FEW = 16

export const VERSIONED: Keeping = versioned(FEW)
