import { REJECTIONS, type Rejection } from '../../rejection.ts'
import { byCall, CALLS, type StateDiagram, stateDiagram } from './diagrams.ts'
import { type Entity, type Label, NONE } from './labels.ts'
import { MEANINGS } from './meanings.ts'
import { type Observation, observations } from './observe.ts'

const unique = <Value>(values: readonly Value[]): Value[] => [...new Set(values)]

const byRejection = (a: Rejection['reason'], b: Rejection['reason']): number =>
  REJECTIONS.indexOf(a) - REJECTIONS.indexOf(b)

// --- Diagrams ----------------------------------------------------------------------------------------------------

/** A name that mermaid takes for a state: letters alone. */
const stateName = (label: Label): string =>
  label.replace(/[^A-Za-z]+(.)/g, (_, letter: string) => letter.toUpperCase())

const mermaid = ({ states, arrows }: StateDiagram): string => {
  const leaves = states.filter((label) => !arrows.some(({ from }) => from === label))
  const lines = [
    ...states
      .filter((label) => stateName(label) !== label)
      .map((label) => `state "${label}" as ${stateName(label)}`),
    ...arrows
      .map(
        ({ from, to, calls }) =>
          `${from === NONE ? '[*]' : stateName(from)} --> ${to === NONE ? '[*]' : stateName(to)} : ${calls.join(', ')}`,
      )
      .sort(),
    ...leaves.map((label) => `${stateName(label)} --> [*]`),
  ]
  return ['```mermaid', 'stateDiagram-v2', ...lines.map((line) => `    ${line}`), '```'].join('\n')
}

const diagram = (entity: Entity, seen: readonly Observation[]): string => mermaid(stateDiagram(entity, seen))

// --- Tables ------------------------------------------------------------------------------------------------------

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const moved = ({ transitions }: Observation): string =>
  transitions
    .map(({ entity, from, to }) =>
      to === NONE
        ? `no ${entity} any more`
        : from === NONE
          ? `new ${entity} ${to}`
          : `${entity} ${from} → ${to}`,
    )
    .join('; ') || 'yes'

/** One row for each call and each thing that it meets. */
const callRows = (seen: readonly Observation[]): readonly (readonly string[])[] =>
  CALLS.flatMap((call) => {
    const ofCall = seen.filter((observation) => observation.call === call)
    return unique(ofCall.map(({ met }) => met))
      .sort()
      .map((met) => {
        const there = ofCall.filter((observation) => observation.met === met)
        const accepted = unique(there.filter(({ rejection }) => rejection === undefined).map(moved)).sort()
        const refused = unique(there.flatMap(({ rejection }) => rejection ?? [])).sort(byRejection)
        return [call, met, accepted.join('<br>') || 'never', refused.join(', ') || 'never']
      })
  })

/** Refusals that no call of the specification gives. */
const ELSEWHERE: Readonly<Partial<Record<Rejection['reason'], string>>> = {
  ParameterInvalid: 'at deployment',
  GasTooLow: 'the contract alone: gas is not modelled',
  PayoutRefused: 'the contract alone: an account’s code is not modelled',
  ClaimDiffers: 'collect, where two claims that contradict each other are final: nobody was honest',
}

const rejectionRows = (seen: readonly Observation[]): readonly (readonly string[])[] =>
  REJECTIONS.map((reason) => {
    const calls = unique(seen.filter(({ rejection }) => rejection === reason).map(({ call }) => call)).sort(
      byCall,
    )
    return [reason, MEANINGS[reason], calls.join(', ') || (ELSEWHERE[reason] ?? 'not seen')]
  })

/** Refusals that should have been seen and were not: the games that are played leave something out. */
export const unseenRejections = (seen: readonly Observation[]): readonly string[] =>
  REJECTIONS.filter(
    (reason) => ELSEWHERE[reason] === undefined && !seen.some(({ rejection }) => rejection === reason),
  )

/** The document: a state diagram for each thing, what each call meets with, and every refusal. */
export const transitionsDocument = (seen: readonly Observation[] = observations()): string => {
  const blocks = [
    '# States, calls and refusals',
    'Written by `npm run documents` from what the specification does: the games of `spec/published/vectors` are played, and in each of their states every kind of call is tried. What is not here was not seen.',
    '## Task',
    diagram('task', seen),
    '## Claim',
    diagram('claim', seen),
    '## Dispute',
    'A dissection, a descent and an arbitration are moves of the party to move; an opening is the challenger’s first.',
    diagram('dispute', seen),
    '## Seal',
    diagram('seal', seen),
    '## Verifier’s stake',
    diagram('enrollment', seen),
    '## Calls',
    'What a call meets, what it then does where it is accepted, and for which reasons it is refused. “time over” is a task behind its deadline, a claim behind its window, a dispute whose party to move has no time left, a seal that can no longer be revealed.',
    table(['call', 'meets', 'accepted', 'refused'], callRows(seen)),
    '## Refusals',
    'In the order of `spec/rejection.ts`; the IDs are those of the guards and of the properties that hold them.',
    table(['refusal', 'meaning', 'calls'], rejectionRows(seen)),
  ]
  return `${blocks.join('\n\n')}\n`
}
