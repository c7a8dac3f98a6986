import type { Id } from '../../spec/commitments/hash.ts'
import type { Row } from '../chronicle.ts'
import { type TaskMap, taskMaps } from '../figures/taskMap.ts'
import { taskMapDrawing } from '../figures/taskMapDrawing.ts'
import { type Html, html } from '../html.ts'
import type { Told } from '../told.ts'
import { nameOf } from '../wording.ts'
import { towerHref } from './story.ts'

const counted = (amount: number, one: string): string => `${amount} ${one}${amount === 1 ? '' : 's'}`

const disputesOf = ({ claims }: TaskMap): number =>
  claims.reduce((sum, { disputes }) => sum + disputes.length, 0)

/** One claim and one dispute about it need no map: the tower is one. */
const isMany = (maps: readonly TaskMap[]): boolean =>
  maps.length > 1 || maps.some((map) => map.claims.length > 1 || disputesOf(map) > 1)

/** Where each dispute is told. */
export type DisputeHref = (dispute: Id) => string

const mapSection = (
  map: TaskMap,
  rows: readonly Row[],
  told: Told,
  title: string,
  hrefOf: DisputeHref,
): Html => {
  const drawing = taskMapDrawing(map, rows, {
    nameOf: (address) => nameOf(told.actors, address),
    hrefOf,
  })
  return html`<section class="map-section">
<h2>${title}: ${counted(map.claims.length, 'claim')}, ${counted(disputesOf(map), 'dispute')}</h2>
<p>Left to right the calls of the run. Below each claim are the disputes about it; each opens the dispute as it narrowed.</p>
<figure class="scroll" tabindex="0">${drawing}</figure>
</section>`
}

/** A map of each task, where there is more than one claim or dispute to find one's way among. */
export const maps = (
  rows: readonly Row[],
  told: Told,
  hrefOf: DisputeHref = (dispute) => towerHref(rows, dispute),
): readonly Html[] => {
  const all = taskMaps(rows)
  if (!isMany(all)) return []
  const shown = all.filter(({ claims }) => claims.length > 0)
  return shown.map((map, i) =>
    mapSection(map, rows, told, shown.length === 1 ? 'The task' : `Task ${i + 1} of ${shown.length}`, hrefOf),
  )
}
