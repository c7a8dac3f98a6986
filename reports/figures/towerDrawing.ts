import { count } from '../../sim/format.ts'
import type { TrueRoots } from '../../sim/truth.ts'
import { type Html, html } from '../html.ts'
import { clipped } from './clipped.ts'
import type { DisputeFigure, Vector } from './tower.ts'

/** What the drawing says in words that the figure does not know. */
export interface TowerWords {
  /** Name of each side's party. */
  readonly names: Readonly<Record<Vector['party'], string>>
  readonly phases: readonly string[]
  /** A segment of so many steps, in its phase's word. */
  readonly steps: (at: readonly number[], length: number) => string
  /** True roots behind steps of a phase's run, as the runner knows them; undefined where there is no such run. */
  readonly trueRoots: TrueRoots
}

const WIDTH = 960
const MARGIN_LEFT = 150
const MARGIN_RIGHT = 10
const CELL_HEIGHT = 22
const ROW_HEIGHT = 62
const BAND_TOP = 30
const BAND_GAP = 14

/** Of the figure's font where it is bold, with room to spare. */
const CHARACTER_WIDTH = 8

const SPAN = WIDTH - MARGIN_LEFT - MARGIN_RIGHT

/** Left edge of a segment's part of the row, and its width: a segment is as wide as its neighbours. */
const placeOf = (index: number, segments: number): { readonly x: number; readonly width: number } => {
  const width = SPAN / segments
  return { x: MARGIN_LEFT + index * width, width }
}

/** Whether the opponent accepted the root, disputed it, or has not come to it. */
const standing = ({ disputed }: Vector, index: number): 'agreed' | 'disputed' | 'own' => {
  if (disputed === undefined) return 'own'
  if (index <= disputed.segment) return 'agreed'
  return index === disputed.segment + 1 ? 'disputed' : 'own'
}

const STANDINGS = { agreed: 'accepted', disputed: 'disputed', own: 'not yet looked at' } as const

const fixed = (value: number): string => value.toFixed(1).replace(/\.0$/, '')

/** The roots of a vector behind its start, one a segment; the first false one is marked. */
const cells = (vector: Vector, y: number, words: TowerWords): readonly Html[] => {
  const segments = vector.roots.length - 1
  const known = words.trueRoots(
    vector.at.slice(0, -1),
    vector.roots.map(({ step }) => step),
  )
  const truth = vector.roots.map(({ root }, i) => known && known[i] === root)
  const firstFalse = truth.indexOf(false)
  return vector.roots.slice(1).map(({ step, root }, i) => {
    const { x, width } = placeOf(i, segments)
    const index = i + 1
    const stands = standing(vector, index)
    const mark = index === firstFalse ? ' first-false' : truth[index] === false ? ' false' : ''
    const said = truth[index] === undefined ? '' : truth[index] ? ', true' : ', false'
    return html`<rect class="cell ${vector.party} ${stands}${mark}" x="${fixed(x + 1)}" y="${y}" width="${fixed(Math.max(1, width - 2))}" height="${CELL_HEIGHT}" rx="3"><title>after step ${count(step)}: ${root}, ${STANDINGS[stands]}${said}</title></rect>${
      index === firstFalse
        ? html`<text class="cross" x="${fixed(x + width / 2)}" y="${y + CELL_HEIGHT - 6}" text-anchor="middle">✗</text>`
        : undefined
    }`
  })
}

/** The call that disputed a segment of the vector: before it, no cell was accepted and none disputed. */
const disputedBy = ({ disputed }: Vector): Html | undefined =>
  disputed === undefined ? undefined : html` data-disputed="${disputed.seq}"`

/** From the segment that was disputed to the whole width of the row below it. */
const funnel = ({ disputed, roots }: Vector, y: number, nextY: number): Html | undefined => {
  if (disputed === undefined) return undefined
  const { x, width } = placeOf(disputed.segment, roots.length - 1)
  const [top, bottom] = [y + CELL_HEIGHT + 2, nextY - 2]
  const corners = [
    [x, top],
    [x + width, top],
    [MARGIN_LEFT + SPAN, bottom],
    [MARGIN_LEFT, bottom],
  ]
  return html`<polygon class="funnel" data-from="${disputed.seq}" points="${corners.map(([px, py]) => `${fixed(px!)},${fixed(py!)}`).join(' ')}"/>`
}

/**
 * The tower: a band a phase, in it a row a vector, each the whole width of what it spans; a row below is the disputed
 * segment of the one above. Whatever a call put there carries its number, so that a reader can walk through the calls.
 */
export const towerDrawing = ({ vectors, arbitration }: DisputeFigure, words: TowerWords): Html => {
  let y = 0
  const placed = vectors.map((vector, i) => {
    const opensBand = i === 0 || vectors[i - 1]!.phase !== vector.phase
    y += opensBand ? BAND_TOP + (i === 0 ? 0 : BAND_GAP) : 0
    const at = y
    y += ROW_HEIGHT
    return { vector, y: at, opensBand }
  })
  const end = y
  const height = end + (arbitration === undefined ? 0 : 34)
  const bands = placed.flatMap(({ vector, y: top, opensBand }) => {
    if (!opensBand) return []
    const rows = vectors.filter(({ phase }) => phase === vector.phase).length
    return html`<rect class="band" data-from="${vector.seq}" x="0" y="${top - BAND_TOP + 4}" width="${WIDTH}" height="${rows * ROW_HEIGHT + BAND_TOP - 12}" rx="8"/>
<text class="phase" data-from="${vector.seq}" x="10" y="${top - 8}">phase ${words.phases[vector.phase]}</text>`
  })
  const rows = placed.map(({ vector, y: top }, i) => {
    const below = placed[i + 1]
    return html`<g class="vector" data-from="${vector.seq}"${disputedBy(vector)}><text class="who ${vector.party}" x="10" y="${top + 15}"><title>${words.names[vector.party]}</title>${clipped(words.names[vector.party], MARGIN_LEFT - 14, CHARACTER_WIDTH)}</text>
<text class="span" x="10" y="${top + 31}">call ${vector.seq}</text>
${cells(vector, top, words)}
<text class="span" x="${MARGIN_LEFT}" y="${top + CELL_HEIGHT + 13}">${words.steps(vector.at, vector.length)}</text></g>
${funnel(vector, top, below?.y ?? end)}`
  })
  return html`<svg class="tower" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="The disputed segment, from the whole run to one instruction">
${bands}${rows}${
  arbitration === undefined
    ? undefined
    : html`<g class="executed" data-from="${arbitration.seq}"><rect class="instruction-cell" x="${MARGIN_LEFT}" y="${end}" width="${SPAN}" height="${CELL_HEIGHT}" rx="3"/><text x="${MARGIN_LEFT + SPAN / 2}" y="${end + 15}" text-anchor="middle">call ${arbitration.seq}: the contract executes this one ${words.phases.at(-1) === 'vm' ? 'instruction' : 'step'}</text></g>`
}
</svg>`
}
