import type { StateDiagram } from '../../spec/published/documents/diagrams.ts'
import { NONE } from '../../spec/published/documents/labels.ts'
import { type Html, html } from '../html.ts'

/** Calls of a run, by the state that a thing was in behind each. */
export type StatesByCall = readonly { readonly seq: number; readonly state: string }[]

const BOX_HEIGHT = 30
/** Room for a label, and for two of them on lines that cross. */
const COLUMN_GAPS = { plain: 120, crossed: 260 } as const
const ROW_GAP = 48
/** Above the first row: for lines that go over a column, and for a start of their own. */
const TOP = 46
const START_ROOM = 110
/** Of the figure's font, on average, with room to spare. */
const CHARACTER_WIDTH = 7.2

interface Placed {
  readonly state: string
  readonly column: number
  readonly x: number
  readonly y: number
  readonly width: number
}

/** Whatever can be reached from each state, itself not counted unless it comes back to itself. */
const reachable = ({ states, arrows }: StateDiagram): ReadonlyMap<string, ReadonlySet<string>> => {
  const from = (state: string): ReadonlySet<string> => {
    const seen = new Set<string>()
    const todo = [state]
    for (const at of todo)
      for (const arrow of arrows)
        if (arrow.from === at && !seen.has(arrow.to)) {
          seen.add(arrow.to)
          todo.push(arrow.to)
        }
    return seen
  }
  return new Map([NONE, ...states].map((state) => [state, from(state)]))
}

/** How far a state stands from the start: behind all that lead to it and that it does not lead back to. */
const columnsOf = (diagram: StateDiagram): ReadonlyMap<string, number> => {
  const reach = reachable(diagram)
  const columns = new Map<string, number>()
  const column = (state: string): number => {
    const known = columns.get(state)
    if (known !== undefined) return known
    const before = diagram.states.filter(
      (other) => reach.get(other)!.has(state) && !reach.get(state)!.has(other),
    )
    const found = Math.max(-1, ...before.map(column)) + 1
    columns.set(state, found)
    return found
  }
  for (const state of diagram.states) column(state)
  return columns
}

/** Width of the boxes of a column: that of its longest name. */
const boxWidths = (columns: ReadonlyMap<string, number>): readonly number[] => {
  const widths: number[] = []
  for (const [state, column] of columns)
    widths[column] = Math.max(widths[column] ?? 0, Math.ceil(24 + CHARACTER_WIDTH * state.length))
  return widths
}

const place = (diagram: StateDiagram): readonly Placed[] => {
  const columns = columnsOf(diagram)
  const heights = new Map<number, number>()
  const widths = boxWidths(columns)
  const isCrossed = diagram.arrows.some(({ from, to }) => columns.get(from) === columns.get(to))
  const gap = COLUMN_GAPS[isCrossed ? 'crossed' : 'plain']
  return diagram.states.map((state) => {
    const column = columns.get(state)!
    const row = heights.get(column) ?? 0
    heights.set(column, row + 1)
    const before = widths.slice(0, column).reduce((sum, width) => sum + width + gap, 0)
    const y = TOP + row * (BOX_HEIGHT + ROW_GAP)
    return { state, column, x: START_ROOM + before, y, width: widths[column]! }
  })
}

const middleY = ({ y }: Placed): number => y + BOX_HEIGHT / 2

interface Line {
  readonly path: string
  readonly label: { readonly x: number; readonly y: number; readonly anchor: 'middle' | 'start' | 'end' }
}

/** Between neighbours of one column: down on the right of their middle, up on the left. */
const vertical = (from: Placed, to: Placed): Line => {
  const isDown = to.y > from.y
  const x = from.x + from.width / 2 + (isDown ? 24 : -24)
  const [start, end] = isDown ? [from.y + BOX_HEIGHT, to.y - 2] : [from.y, to.y + BOX_HEIGHT + 2]
  return {
    path: `M${x} ${start}V${end}`,
    label: { x: x + (isDown ? 5 : -5), y: (start + end) / 2 + 3, anchor: isDown ? 'start' : 'end' },
  }
}

/**
 * To the next column, from the right edge to the left one; labels of the upper state stand near it, of others far from it,
 * and under a line on which others come down.
 */
const forward = (from: Placed, to: Placed): Line => {
  const start = { x: from.x + from.width, y: middleY(from) }
  const end = { x: to.x - 2, y: middleY(to) }
  const isUpper = from.y === TOP
  const share = isUpper ? 0.26 : 0.74
  const isBelow = !isUpper && start.y === end.y
  return {
    path: `M${start.x} ${start.y}L${end.x} ${end.y}`,
    label: {
      x: start.x + (end.x - start.x) * share,
      y: start.y + (end.y - start.y) * share + (isBelow ? 12 : -4),
      anchor: 'middle',
    },
  }
}

/** Over the columns between, from top to top. */
const over = (from: Placed, to: Placed): Line => {
  const [start, end] = [from.x + from.width / 2, to.x + to.width / 2]
  return {
    path: `M${start} ${from.y}C${start} ${from.y - 44} ${end} ${to.y - 44} ${end} ${to.y - 2}`,
    label: { x: (start + end) / 2, y: TOP - 37, anchor: 'middle' },
  }
}

/** From nothing: from the left into the first column, from above into others. */
const begin = (to: Placed): Line & { readonly dot: { readonly x: number; readonly y: number } } => {
  if (to.column > 0) {
    const x = to.x + to.width - 24
    const dot = { x, y: to.y - 24 }
    return { dot, path: `M${x} ${dot.y}V${to.y - 2}`, label: { x: x - 9, y: dot.y + 4, anchor: 'end' } }
  }
  const dot = { x: 10, y: middleY(to) }
  return {
    dot,
    path: `M${dot.x} ${dot.y}H${to.x - 2}`,
    label: { x: (dot.x + to.x) / 2, y: dot.y - 5, anchor: 'middle' },
  }
}

const lineOf = (from: Placed | undefined, to: Placed): Line => {
  if (from === undefined) return begin(to)
  if (from.column === to.column) return vertical(from, to)
  return to.column === from.column + 1 ? forward(from, to) : over(from, to)
}

/**
 * A thing's states and what leads from one to another, as the specification was seen to go: those of
 * `spec/published/documents`. Each state carries the calls behind which the thing was in it; without a script the last
 * one is marked.
 */
export const stateDrawing = (name: string, diagram: StateDiagram, calls: StatesByCall): Html => {
  const placed = place(diagram)
  const at = (state: string): Placed | undefined => placed.find((other) => other.state === state)
  const drawn = diagram.arrows.map((arrow) => ({ arrow, line: lineOf(at(arrow.from), at(arrow.to)!) }))
  const dots = diagram.arrows.flatMap(({ from, to }) => (from === NONE ? begin(at(to)!).dot : []))
  const width = Math.max(...placed.map((box) => box.x + box.width)) + 4
  const height = Math.max(...placed.map(({ y }) => y)) + BOX_HEIGHT + 6
  const last = calls.at(-1)?.state
  const seqs = (state: string): string =>
    calls.flatMap((call) => (call.state === state ? [call.seq] : [])).join(' ')
  return html`<svg class="states" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="States of a ${name} and the calls that change them">
<defs><marker id="to-${name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>
${dots.map(({ x, y }) => html`<circle class="start" cx="${x}" cy="${y}" r="5"/>`)}
${drawn.map(
  ({ arrow, line: { path } }) =>
    html`<path class="arrow${last === arrow.from ? ' is-current' : ''}" data-of="${arrow.from}" d="${path}" marker-end="url(#to-${name})"/>`,
)}
${placed.map(
  ({ state, x, y, width: box }) =>
    html`<g class="state${state === last ? ' is-current' : ''}" data-state="${state}" data-calls="${seqs(state)}"><rect x="${x}" y="${y}" width="${box}" height="${BOX_HEIGHT}" rx="8"/><text x="${x + box / 2}" y="${y + 19}" text-anchor="middle">${state}</text></g>`,
)}
${drawn.map(
  ({ arrow, line: { label } }) =>
    html`<text class="call" x="${label.x.toFixed(1)}" y="${label.y.toFixed(1)}" text-anchor="${label.anchor}">${arrow.calls.join(', ')}</text>`,
)}
</svg>`
}
