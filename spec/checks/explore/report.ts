import { OUTSIDE } from './departures.ts'
import { explore } from './disputeExplorer.ts'
import { PROPERTIES, type PropertyId } from './disputeProperties.ts'
import type { Instance } from './instance.ts'
import type { ServiceInstance } from './service/scene.ts'
import { exploreService } from './service/serviceExplorer.ts'
import { OUTSIDE_SERVICE } from './service/serviceInstances.ts'
import { SERVICE_PROPERTIES, type ServicePropertyId } from './service/serviceProperties.ts'

/** A property of one dispute, or of the service around it. */
export type AnyPropertyId = PropertyId | ServicePropertyId

export const ALL_PROPERTIES: readonly { readonly id: AnyPropertyId; readonly sentence: string }[] = [
  ...PROPERTIES,
  ...SERVICE_PROPERTIES,
]

/** What the command prints: counts over all instances, and which of those past the assumptions were caught. */
export interface Report {
  readonly instances: number
  readonly states: number
  readonly transitions: number
  readonly properties: readonly { readonly id: AnyPropertyId; readonly violations: number }[]
  readonly outsideAssumptions: readonly {
    readonly name: string
    readonly violates: AnyPropertyId
    readonly found: boolean
  }[]
}

/** A report, and for each violated property the place where it was violated first. */
export const exploreAll = (
  disputes: readonly Instance[],
  services: readonly ServiceInstance[],
  onDone: (count: number) => void = () => {},
): { readonly report: Report; readonly examples: ReadonlyMap<AnyPropertyId, string> } => {
  const counts = new Map<AnyPropertyId, number>()
  const examples = new Map<AnyPropertyId, string>()
  let [states, transitions] = [0, 0]
  const explorations = [
    ...services.map((instance) => () => exploreService(instance)),
    ...disputes.map((instance) => () => explore(instance)),
  ]
  for (const [index, exploration] of explorations.entries()) {
    const explored = exploration()
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
      instances: explorations.length,
      states,
      transitions,
      properties: ALL_PROPERTIES.map(({ id }) => ({ id, violations: counts.get(id) ?? 0 })),
      outsideAssumptions: [
        ...OUTSIDE.map(({ name, violates, instance, departure }) => ({
          name,
          violates,
          found: explore(instance, departure).violations.has(violates),
        })),
        ...OUTSIDE_SERVICE.map(({ name, violates, instance }) => ({
          name,
          violates,
          found: exploreService(instance).violations.has(violates),
        })),
      ],
    },
    examples,
  }
}

/** Whether every property holds and everything that must fail does. */
export const isClean = ({ properties, outsideAssumptions }: Report): boolean =>
  properties.every(({ violations }) => violations === 0) && outsideAssumptions.every(({ found }) => found)
