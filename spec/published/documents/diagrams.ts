import { CALL_TABLE } from '../../service/callTable.ts'
import { ENTITIES, type Entity, type Label, NONE } from './labels.ts'
import { type Observation, observations } from './observe.ts'

/** From one state to another, and the calls that were seen to do so. */
export interface Arrow {
  /** `NONE` before there is such a thing. */
  readonly from: Label
  readonly to: Label
  readonly calls: readonly string[]
}

/** The states that a thing was seen in, and what takes it from one to another. */
export interface StateDiagram {
  readonly states: readonly Label[]
  readonly arrows: readonly Arrow[]
}

/** In the order of the table of calls; a move stands under its three replies. */
export const CALLS: readonly string[] = Object.keys(CALL_TABLE).flatMap((kind) =>
  kind === 'Move'
    ? ['dissect', 'descend', 'arbitrate']
    : [kind.replace(/^./, (first) => first.toLowerCase())],
)

export const byCall = (a: string, b: string): number => CALLS.indexOf(a) - CALLS.indexOf(b)

export const stateDiagram = (entity: Entity, seen: readonly Observation[]): StateDiagram => {
  const edges = new Map<string, Set<string>>()
  for (const { call, transitions } of seen)
    for (const { from, to } of transitions.filter((transition) => transition.entity === entity)) {
      const key = JSON.stringify([from, to])
      edges.set(key, (edges.get(key) ?? new Set()).add(call))
    }
  const arrows = [...edges]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, calls]) => {
      const [from, to] = JSON.parse(key) as [Label, Label]
      return { from, to, calls: [...calls].sort(byCall) }
    })
  const states = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))]
    .filter((label) => label !== NONE)
    .sort()
  return { states, arrows }
}

/** The state diagram of each thing, for whoever draws it. */
export type StateDiagrams = Readonly<Record<Entity, StateDiagram>>

/** `diagrams.json`. */
export const diagramsDocument = (seen: readonly Observation[] = observations()): string => {
  const diagrams = Object.fromEntries(ENTITIES.map((entity) => [entity, stateDiagram(entity, seen)]))
  return `${JSON.stringify(diagrams, undefined, 2)}\n`
}
