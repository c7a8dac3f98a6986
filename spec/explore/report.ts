import { OUTSIDE } from './departures.ts'
import { explore } from './explorer.ts'
import type { Instance } from './instance.ts'
import { PROPERTIES, type PropertyId } from './properties.ts'

/** What the command prints: counts over all instances, and which of those past the assumptions were caught. */
export interface Report {
  readonly instances: number
  readonly states: number
  readonly transitions: number
  readonly properties: readonly { readonly id: PropertyId; readonly violations: number }[]
  readonly outsideAssumptions: readonly {
    readonly name: string
    readonly violates: PropertyId
    readonly found: boolean
  }[]
}

/** A report, and for each violated property the place where it was violated first. */
export const exploreAll = (
  instances: readonly Instance[],
  onDone: (count: number) => void = () => {},
): { readonly report: Report; readonly examples: ReadonlyMap<PropertyId, string> } => {
  const counts = new Map<PropertyId, number>()
  const examples = new Map<PropertyId, string>()
  let [states, transitions] = [0, 0]
  for (const [index, instance] of instances.entries()) {
    const explored = explore(instance)
    states += explored.states
    transitions += explored.transitions
    for (const [id, { count, first }] of explored.violations) {
      counts.set(id, (counts.get(id) ?? 0) + count)
      if (!examples.has(id)) examples.set(id, first)
    }
    onDone(index + 1)
  }
  return {
    report: {
      instances: instances.length,
      states,
      transitions,
      properties: PROPERTIES.map(({ id }) => ({ id, violations: counts.get(id) ?? 0 })),
      outsideAssumptions: OUTSIDE.map(({ name, violates, instance, departure }) => ({
        name,
        violates,
        found: explore(instance, departure).violations.has(violates),
      })),
    },
    examples,
  }
}

/** Whether every property holds and everything that must fail does. */
export const isClean = ({ properties, outsideAssumptions }: Report): boolean =>
  properties.every(({ violations }) => violations === 0) && outsideAssumptions.every(({ found }) => found)
