import type { Id } from '../commitments/hash.ts'
import type { ServiceState } from '../service/state.ts'

/**
 * Entries of a state's map by what they belong to, each group in the map's order. The groups of the map that was asked about last
 * are kept: whoever looks at a state asks the same of many tasks.
 *
 * @param groupOf what a value belongs to: always the same, for one map, whatever is asked of it
 */
export const grouped = <Value>(groupOf: (value: Value, state: ServiceState) => Id) => {
  const nothing: readonly (readonly [Id, Value])[] = []
  let last: ReadonlyMap<Id, Value> | undefined
  let groups = new Map<Id, [Id, Value][]>()
  return (map: ReadonlyMap<Id, Value>, group: Id, state: ServiceState): readonly (readonly [Id, Value])[] => {
    if (map !== last) {
      last = map
      groups = new Map()
      for (const entry of map) {
        const of = groupOf(entry[1], state)
        const own = groups.get(of)
        if (own === undefined) groups.set(of, [entry])
        else own.push(entry)
      }
    }
    return groups.get(group) ?? nothing
  }
}
