import { duration } from '../sim/format.ts'
import type { RunRecord } from '../sim/record.ts'
import { BLOCK_SECONDS } from '../sim/worlds/world.ts'
import type { Row } from './chronicle.ts'
import { cargo, segmentPath, verdicts } from './wording.ts'

/**
 * What mermaid would read as syntax, as its entity codes (mermaid documentation, "Sequence diagrams", section
 * "Entity codes to escape characters").
 */
const mermaidText = (text: string): string =>
  text.replace(/[#;<>&:%"\r\n]/g, (character) => `#${character.charCodeAt(0)};`)

const actorLabel = ({ name, role }: RunRecord['actors'][number]): string =>
  name === role ? name : `${name}, ${role}`

/** The contract stands between the two who dispute. */
const COLUMNS = ['requester', 'server', 'contract', 'verifier'] as const

const participants = ({ actors }: Pick<RunRecord, 'actors'>): readonly string[] =>
  COLUMNS.flatMap((role) => {
    if (role === 'contract') return ['participant contract']
    const actor = actors.find((candidate) => candidate.role === role)
    return actor === undefined ? [] : [`participant ${role} as ${mermaidText(actorLabel(actor))}`]
  })

const label = (row: Row, record: RunRecord): string => {
  const refused = row.entry.outcome === 'accepted' ? '' : `, refused as ${row.entry.outcome}`
  const where = row.segment === undefined ? [] : [segmentPath(row.segment, record).at(-1)!]
  return [[`#${row.entry.seq} ${row.name}${refused}`, ...where].join(' · '), cargo(row, record)]
    .filter((line) => line !== '')
    .map(mermaidText)
    .join('<br/>')
}

/** Time that passes while nobody calls; the next block comes by itself. */
const pause = (row: Row, previous: Row | undefined): readonly string[] => {
  const seconds = row.sinceStart - (previous?.sinceStart ?? 0)
  return seconds > BLOCK_SECONDS ? [`${duration(seconds)} pass`] : []
}

/** The phase that the game has come to with this call, where it is another one than before. */
const enteredPhase = (row: Row, { model }: RunRecord): readonly string[] => {
  const phaseOf = ({ disputes }: Row['before']): number | undefined =>
    [...disputes.values()].flatMap((dispute) =>
      dispute.kind === 'Running' ? [dispute.position.phase] : [],
    )[0]
  const [before, after] = [phaseOf(row.before), phaseOf(row.after)]
  return after === undefined || after === before ? [] : [`phase ${model.phases[after]}`]
}

const decided = (row: Row): readonly string[] => {
  const made = verdicts(row)
  return made.length === 0 ? [] : [made.join(', ')]
}

/** The story of a run as source of a mermaid sequence diagram. */
export const diagramSource = (rows: readonly Row[], record: RunRecord): string => {
  const notesOver = record.actors.some(({ role }) => role === 'verifier') ? 'server,verifier' : 'contract'
  const note = (text: string): string => `Note over ${notesOver}: ${mermaidText(text)}`
  const messages = rows.flatMap((row, i) => {
    const role = record.actors.find(({ name }) => name === row.entry.actor)?.role
    if (role === undefined) throw new Error(`call ${row.entry.seq} was made by nobody of the cast`)
    const arrow = row.entry.outcome === 'accepted' ? '->>' : '-x'
    return [
      ...pause(row, rows[i - 1]).map(note),
      `${role}${arrow}contract: ${label(row, record)}`,
      ...enteredPhase(row, record).map(note),
      ...decided(row).map(note),
    ]
  })
  return ['sequenceDiagram', ...[...participants(record), ...messages].map((line) => `  ${line}`), ''].join(
    '\n',
  )
}
