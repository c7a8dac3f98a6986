import { type Html, html } from '../html.ts'
import { clipped } from './clipped.ts'

/** Whose lines stand side by side, in this order. */
export interface Lifeline {
  readonly id: string
  readonly label: string
  /** Class of its colour. */
  readonly role: string
}

export type Event =
  /** An arrow, with what it says in one line or two. */
  | {
      readonly kind: 'Message'
      /** Number of the call, which the text begins with and links to. */
      readonly seq: number
      readonly from: string
      readonly to: string
      readonly lines: readonly string[]
      readonly isRefused: boolean
    }
  /** A remark over the whole width. */
  | { readonly kind: 'Note'; readonly seq: number; readonly text: string }

/** Of a few lifelines, and of as many as there are: all of them are to be seen on a screen, as long as their names are. */
const [COLUMN_WIDTH, LEAST_COLUMN_WIDTH, MOST_WIDTH] = [250, 94, 1120] as const
const HEAD_HEIGHT = 34
const HEAD_WIDTH = 170
const HEAD_GAP = 12
const LINE_HEIGHT = 15
const MESSAGE_GAP = 20
/** From the last line of text to its arrow. */
const ARROW_GAP = 4
const NOTE_HEIGHT = 24
const NOTE_GAP = 10
/** Width of a character of the figure's font on average, in its own units: enough to see whether text fits. */
const CHARACTER_WIDTH = 6.3

/** A drawing of many lifelines scrolls rather than become too small to read. */
const LEAST_SCALE = 0.8

/** A drawing of so many events fits on a sheet of paper, and has its lifelines' heads in sight on a screen. */
const MOST_EVENTS = 30

/** Marks at the ends of arrows, which all drawings of a page share. */
const MARKERS = html`<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z"/></marker>
<marker id="refusal" viewBox="0 0 8 8" refX="4" refY="4" markerWidth="11" markerHeight="11" orient="auto"><path class="refusal" d="M1 1 7 7M7 1 1 7"/></marker></defs>
`

/** Sequence diagrams as SVG, one below the other, drawn without anybody's help: the same bytes for the same story. */
export const sequenceDrawings = (lifelines: readonly Lifeline[], events: readonly Event[]): readonly Html[] =>
  Array.from({ length: Math.max(1, Math.ceil(events.length / MOST_EVENTS)) }, (_, part) =>
    drawing(
      lifelines,
      events.slice(part * MOST_EVENTS, (part + 1) * MOST_EVENTS),
      part === 0 ? MARKERS : undefined,
    ),
  )

const drawing = (
  lifelines: readonly Lifeline[],
  events: readonly Event[],
  markers: Html | undefined,
): Html => {
  const column = Math.max(
    LEAST_COLUMN_WIDTH,
    Math.min(COLUMN_WIDTH, Math.floor(MOST_WIDTH / lifelines.length)),
  )
  const width = lifelines.length * column
  const headWidth = Math.min(HEAD_WIDTH, column - HEAD_GAP)
  const xOf = (id: string): number => (lifelines.findIndex((lifeline) => lifeline.id === id) + 0.5) * column
  let y = HEAD_HEIGHT + 16
  const drawn = events.map((event) => {
    const top = y
    if (event.kind === 'Note') {
      y += NOTE_HEIGHT + NOTE_GAP
      return note(event, top, width)
    }
    y += event.lines.length * LINE_HEIGHT + MESSAGE_GAP
    return message(event, top, xOf(event.from), xOf(event.to), width)
  })
  const height = y + HEAD_HEIGHT
  return html`<svg class="sequence" viewBox="0 0 ${width} ${height}" style="min-width: ${LEAST_SCALE * width}px" role="group" aria-label="The calls in their order, who made each and what it said">
${markers}${lifelines.map((drawn) => lifeline(drawn, xOf(drawn.id), { height, headWidth }))}
${drawn}
</svg>`
}

const lifeline = (
  { id, label, role }: Lifeline,
  x: number,
  { height, headWidth }: { readonly height: number; readonly headWidth: number },
): Html => {
  const room = headWidth - 8
  // A role is its colour too: the name comes first.
  const shown = label.length * CHARACTER_WIDTH <= room ? label : clipped(id, room, CHARACTER_WIDTH)
  const head = (y: number) =>
    html`<rect class="head ${role}" x="${x - headWidth / 2}" y="${y}" width="${headWidth}" height="${HEAD_HEIGHT - 6}" rx="5"/><text x="${x}" y="${y + 18}"><title>${label}</title>${shown}</text>`
  return html`<line class="lifeline" x1="${x}" y1="${HEAD_HEIGHT}" x2="${x}" y2="${height - HEAD_HEIGHT}"/>${head(2)}${head(height - HEAD_HEIGHT + 2)}`
}

const message = (
  { seq, lines, isRefused }: Event & { kind: 'Message' },
  y: number,
  from: number,
  to: number,
  width: number,
): Html => {
  const base = y + lines.length * LINE_HEIGHT + ARROW_GAP
  const end = to > from ? to - 2 : to + 2
  // Text stands over the arrow; it may be as wide as twice the way to the figure's nearer edge.
  const middle = (from + to) / 2
  const room = 2 * Math.min(middle, width - middle) - 8
  const [first, ...rest] = lines.map((line) => clipped(line, room, CHARACTER_WIDTH))
  return html`<g class="message" id="message-${seq}" data-from="${seq}"><a href="#at-${seq}"><text x="${middle}" y="${y + 10}">${first}</text></a>${rest.map(
    (line, i) => html`<text class="cargo" x="${middle}" y="${y + 10 + (i + 1) * LINE_HEIGHT}">${line}</text>`,
  )}<line class="arrow${isRefused ? ' refused' : ''}" x1="${from}" y1="${base}" x2="${end}" y2="${base}"/></g>`
}

const note = ({ seq, text }: Event & { kind: 'Note' }, y: number, width: number): Html =>
  html`<g class="note" data-from="${seq}"><rect x="40" y="${y}" width="${width - 80}" height="${NOTE_HEIGHT - 2}" rx="4"/><text x="${width / 2}" y="${y + 15}">${clipped(text, width - 96, CHARACTER_WIDTH)}</text></g>`
