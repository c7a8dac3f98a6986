import { duration } from '../../sim/format.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import { BLOCK_SECONDS } from '../../sim/worlds/world.ts'
import type { Row } from '../chronicle.ts'
import type { Told } from '../told.ts'
import { cargo, verdicts } from '../wording.ts'
import type { Event, Lifeline } from './sequence.ts'

const CONTRACT: Lifeline = { id: 'contract', label: 'contract', role: 'contract' }

/** The contract stands between whoever claims and whoever disputes. */
const LEFT_OF_CONTRACT: readonly string[] = ['requester', 'server']

/** Everybody of the cast, and the contract in the middle. */
export const lifelines = ({ actors }: Pick<Told, 'actors'>): readonly Lifeline[] => {
  const drawn = actors.map(({ name, role }) => ({
    id: name,
    label: name === role ? name : `${name}, ${role}`,
    role,
  }))
  const left = LEFT_OF_CONTRACT.flatMap((role) => drawn.filter((actor) => actor.role === role))
  return [...left, CONTRACT, ...drawn.filter((actor) => !left.includes(actor))]
}

/** Time that passes while nobody calls; the next block comes by itself. */
const pause = (row: Row, previous: Row | undefined): readonly string[] => {
  const seconds = row.sinceStart - (previous?.sinceStart ?? 0)
  return seconds > BLOCK_SECONDS ? [`${duration(seconds)} pass`] : []
}

/** The phase that a dispute has come to with this call, where it is another one than before. */
const enteredPhase = (row: Row, { model }: Pick<Told, 'model'>): readonly string[] =>
  [...row.after.disputes].flatMap(([id, dispute]) => {
    if (dispute.kind !== 'Running') return []
    const before = row.before.disputes.get(id)
    const { phase } = dispute.position
    const isSame = before?.kind === 'Running' && before.position.phase === phase
    return isSame ? [] : [`phase ${model.phases[phase]}`]
  })

/** The story of a run: every call, what passes between two, and what each decides. */
export const storyEvents = (rows: readonly Row[], record: Told): readonly Event[] =>
  rows.flatMap((row, i): readonly Event[] => {
    const { seq, actor, outcome } = row.entry
    const note = (text: string): Event => ({ kind: 'Note', seq, text })
    const isRefused = outcome !== 'accepted'
    const where = row.segment === undefined ? [] : [segmentPath(row.segment, record).at(-1)!]
    const said = [`#${seq} ${row.name}${isRefused ? `, refused as ${outcome}` : ''}`, ...where].join(' · ')
    const lines = [said, cargo(row, record)].filter((line) => line !== '')
    return [
      ...pause(row, rows[i - 1]).map(note),
      { kind: 'Message', seq, from: actor, to: CONTRACT.id, lines, isRefused },
      ...enteredPhase(row, record).map(note),
      ...verdicts(row).map(note),
    ]
  })
