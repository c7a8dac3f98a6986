import { duration } from '../../sim/format.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'
import { clipped } from './clipped.ts'
import type { Lane, Span, TaskMap } from './taskMap.ts'

/** What the drawing says in words that the map does not know. */
export interface MapWords {
  readonly nameOf: (address: string) => string
  /** Where a dispute is to be seen on the page. */
  readonly hrefOf: (dispute: Id) => string
}

const LABELS_WIDTH = 250
const LANES_WIDTH = 720
const LANE_HEIGHT = 24
const BAR_HEIGHT = 16
const AXIS_HEIGHT = 34
const MOST_TICKS = 6
/** Of the figure's font, on average. */
const CHARACTER_WIDTH = 6.6

/** Classes of states, by their first word: how the party that it is about fares. */
const TONES: Readonly<Record<string, string>> = {
  Open: 'waits',
  Bound: 'waits',
  Settled: 'done',
  Expired: 'over',
  Pending: 'waits',
  Final: 'done',
  Refuted: 'fell',
  Running: 'waits',
  Decided: 'done',
  Drawn: 'over',
}

const toneOf = (state: string): string => {
  if (state === 'Pending, disputed' || state === 'Running, challenger to move') return 'disputed'
  if (state === 'Decided for the challenger') return 'fell'
  return TONES[state.split(/[ ,]/)[0]!] ?? 'waits'
}

const x = (call: number, calls: number): number => LABELS_WIDTH + (LANES_WIDTH * call) / calls

const bar = (span: Span, y: number, rows: readonly Row[]): Html => {
  const [left, right] = [x(span.from, rows.length), x(span.to, rows.length)]
  const seq = rows[span.from]!.entry.seq
  const name = clipped(span.state, right - left - 6, CHARACTER_WIDTH)
  const until = span.to === rows.length ? 'to the end' : `to call ${rows[span.to]!.entry.seq}`
  return html`<g data-from="${seq}"><rect class="during ${toneOf(span.state)}" x="${left.toFixed(1)}" y="${y}" width="${(right - left).toFixed(1)}" height="${BAR_HEIGHT}"><title>${span.state}, from call ${seq}, ${duration(span.since)}, ${until}</title></rect>${
    name === ''
      ? undefined
      : html`<text class="state-name" x="${(left + 4).toFixed(1)}" y="${y + 12}">${name}</text>`
  }</g>`
}

/** A line of the map: what it is about, and its states. */
interface Line {
  readonly label: string
  /** Where it leads; undefined where nowhere. */
  readonly href?: string
  readonly depth: number
  readonly lane: Lane
}

const linesOf = ({ claims, ...task }: TaskMap, { nameOf, hrefOf }: MapWords): readonly Line[] => [
  { label: 'task', depth: 0, lane: task },
  ...claims.flatMap(({ disputes, server, ...claim }): readonly Line[] => [
    { label: `claim of ${nameOf(server)}`, depth: 1, lane: claim },
    ...disputes.map(({ asserter, challenger, ...dispute }) => ({
      label: `${nameOf(challenger)} against ${nameOf(asserter)}`,
      href: hrefOf(dispute.id),
      depth: 2,
      lane: dispute,
    })),
  ]),
]

const labelOf = ({ label, href, depth }: Line, y: number): Html => {
  const left = 8 + depth * 18
  const text = html`<text x="${left}" y="${y + 15}">${clipped(label, LABELS_WIDTH - left - 10, CHARACTER_WIDTH)}</text>`
  return href === undefined ? text : html`<a href="${href}">${text}</a>`
}

const axis = (rows: readonly Row[], y: number): Html => {
  const step = Math.max(1, Math.ceil(rows.length / MOST_TICKS))
  const ticks = rows.flatMap((row, i) => (i % step === 0 ? [{ row, i }] : []))
  return html`<g class="axis"><line x1="${LABELS_WIDTH}" y1="${y}" x2="${LABELS_WIDTH + LANES_WIDTH}" y2="${y}"/>${ticks.map(
    ({ row, i }) =>
      html`<line x1="${x(i, rows.length).toFixed(1)}" y1="${y}" x2="${x(i, rows.length).toFixed(1)}" y2="${y + 4}"/><text x="${x(i, rows.length).toFixed(1)}" y="${y + 16}">call ${row.entry.seq}</text><text x="${x(i, rows.length).toFixed(1)}" y="${y + 29}">${duration(row.sinceStart)}</text>`,
  )}</g>`
}

/**
 * A task over the calls of a run, every call as wide as another: a line for the task, one for each claim on it, and below
 * each claim one for each dispute about it, which leads to where that is told. Whatever a call put there carries its number.
 */
export const taskMapDrawing = (map: TaskMap, rows: readonly Row[], words: MapWords): Html => {
  const lines = linesOf(map, words)
  const height = lines.length * LANE_HEIGHT + AXIS_HEIGHT
  return html`<svg class="map" viewBox="0 0 ${LABELS_WIDTH + LANES_WIDTH + 70} ${height}" role="group" aria-label="The task, the claims on it and the disputes about them, each with its states from call to call">
${lines.map(
  (line, i) =>
    html`<g class="lane">${labelOf(line, i * LANE_HEIGHT)}${line.lane.spans.map((span) => bar(span, i * LANE_HEIGHT + 3, rows))}</g>`,
)}
${axis(rows, lines.length * LANE_HEIGHT + 2)}
</svg>`
}
