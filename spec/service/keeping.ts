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
 * @param copied maps of fewer entries are copied all the same: that is done sooner than a way is found between versions
 */
export const versioned = (copied: number): Keeping => {
  const empty = new Version<unknown, unknown>(new Map(), copied)
  return <Key, Value>() => empty as Version<unknown, unknown> as Version<Key, Value>
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
export class Version<Key, Value> implements ReadonlyMap<Key, Value> {
  readonly #copied: number
  #table: Map<Key, Value> | undefined
  #step: Step<Key, Value> | undefined

  constructor(table: Map<Key, Value>, copied: number) {
    this.#table = table
    this.#copied = copied
  }

  /** This version with one entry set. */
  with(key: Key, value: Value): Version<Key, Value> {
    const table = this.#taken()
    if (this.#isCopied(table)) return new Version(new Map(table).set(key, value), this.#copied)
    const known = table.get(key)
    const own = known === undefined && !table.has(key) ? ABSENT : known!
    const next = new Version(table.set(key, value), this.#copied)
    this.#table = undefined
    this.#step = { to: next, key, value: own }
    return next
  }

  /** Whether this version keeps its table, whatever comes of it. An empty one does: all begin with the same. */
  #isCopied({ size }: Map<Key, Value>): boolean {
    return size === 0 || size < this.#copied
  }

  /** This version without one entry: a table of its own, since no version may lose its order. */
  without(key: Key): Version<Key, Value> {
    const table = new Map(this.#taken())
    table.delete(key)
    return new Version(table, this.#copied)
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

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries()
  }

  keys(): MapIterator<Key> {
    return this.#standing().keys()
  }

  values(): MapIterator<Value> {
    return this.#standing().values()
  }

  /** A table that stays as it is now: whoever goes through it may ask another version meanwhile. */
  #standing(): Map<Key, Value> {
    const table = this.#taken()
    return this.#isCopied(table) ? table : new Map(table)
  }

  forEach(visit: (value: Value, key: Key, map: ReadonlyMap<Key, Value>) => void): void {
    for (const [key, value] of this) visit(value, key, this)
  }
}

const FEW = 16

export const VERSIONED: Keeping = versioned(FEW)
