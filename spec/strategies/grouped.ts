import type { Id } from '../commitments/hash.ts'
import { Version } from '../service/keeping.ts'
import type { ServiceState } from '../service/state.ts'

/** Entries of a state's map, in its order. */
export type Entries<Value> = readonly (readonly [Id, Value])[]

/** What belongs together, and what has been made of it. */
interface Group<Value, Made> {
  readonly entries: (readonly [Id, Value])[]
  made: Made | undefined
}

/** Maps of so few entries are gone through: that is done sooner than groups are made of them. */
const FEW = 4

/** Entries of a group behind a change of one of them, in the order of the map. */
const changed = <Value>(
  entries: Entries<Value>,
  key: Id,
  before: Value | undefined,
  value: Value | undefined,
): (readonly [Id, Value])[] => {
  if (value === undefined) return entries.filter(([other]) => other !== key)
  const entry = [key, value] as const
  return before === undefined
    ? [...entries, entry]
    : entries.map((other) => (other[0] === key ? entry : other))
}

/**
 * Entries of a state's map by what they belong to, each group in the map's order. The groups of the map that was asked about last
 * are kept: whoever looks at a state asks the same of many tasks. Of versions only the groups that have changed are made anew.
 *
 * @param groupOf what a value belongs to: always the same, for one map, whatever is asked of it
 * @param make what is wanted of a group, made once
 */
export const grouped = <Value, Made extends object>(
  groupOf: (value: Value, state: ServiceState) => Id,
  make: (entries: Entries<Value>, state: ServiceState) => Made,
) => {
  type Groups = Map<Id, Group<Value, Made>>
  let last: ReadonlyMap<Id, Value> | undefined
  let groups: Groups = new Map()
  /** What was asked last of a map of few entries. */
  let lastFew: { readonly map: ReadonlyMap<Id, Value>; readonly group: Id; readonly made: Made } | undefined
  let ofNothing: Made | undefined
  /** What each entry of that map belongs to, or belonged to in one from which it came; empty until somebody asks. */
  const belongs = new Map<Id, Id>()

  const all = (map: ReadonlyMap<Id, Value>, state: ServiceState): Groups => {
    const found: Groups = new Map()
    // To clear what is empty costs as much as to make it.
    if (belongs.size > 0) belongs.clear()
    for (const entry of map) {
      const of = groupOf(entry[1], state)
      const own = found.get(of)
      if (own === undefined) found.set(of, { entries: [entry], made: undefined })
      else own.entries.push(entry)
    }
    return found
  }

  /** Takes over what has changed since the last map. @returns whether that could be told */
  const follow = (map: ReadonlyMap<Id, Value>, state: ServiceState): boolean => {
    if (!(map instanceof Version && last instanceof Version)) return false
    const changes = (map as Version<Id, Value>).changedSince(last)
    if (changes === undefined) return false
    if (belongs.size === 0)
      for (const [of, { entries }] of groups) for (const [key] of entries) belongs.set(key, of)
    for (const { key, before } of changes) {
      const value = map.get(key)
      // What an entry that is gone belonged to may be gone too: it is known from before.
      const of = value === undefined ? belongs.get(key) : groupOf(value, state)
      if (of === undefined || (before !== undefined && belongs.get(key) !== of)) return false
      belongs.set(key, of)
      const entries = groups.get(of)?.entries ?? []
      groups.set(of, { entries: changed(entries, key, before, value), made: undefined })
    }
    return true
  }

  const ofFew = (map: ReadonlyMap<Id, Value>, group: Id, state: ServiceState): Made => {
    if (lastFew?.map === map && lastFew.group === group) return lastFew.made
    const entries: (readonly [Id, Value])[] = []
    map.forEach((value, key) => {
      if (groupOf(value, state) === group) entries.push([key, value])
    })
    const made = make(entries, state)
    lastFew = { map, group, made }
    return made
  }

  return (map: ReadonlyMap<Id, Value>, group: Id, state: ServiceState): Made => {
    if (map.size === 0) {
      ofNothing ??= make([], state)
      return ofNothing
    }
    if (map.size <= FEW) return ofFew(map, group, state)
    if (map !== last) {
      if (!follow(map, state)) groups = all(map, state)
      last = map
    }
    let own = groups.get(group)
    if (own === undefined) {
      own = { entries: [], made: undefined }
      groups.set(group, own)
    }
    own.made ??= make(own.entries, state)
    return own.made
  }
}
