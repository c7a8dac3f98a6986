import { count, ether, signed } from '../../sim/format.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'
import { dollars, gasWei, PRICES } from '../prices.ts'
import { stakesOf } from '../stakes.ts'
import type { Told } from '../told.ts'
import { hasGas } from '../wording.ts'

/** Gas of an account's calls, those that were refused too; undefined where nothing costs gas. */
const gasBy = (rows: readonly Row[], address: string): number | undefined => {
  const own = rows.filter(({ entry }) => entry.sender === address)
  if (!hasGas(rows)) return undefined
  return own.reduce((gas, { entry }) => gas + (entry.transaction?.gasUsed ?? 0), 0)
}

const amount = (wei: bigint): Html => html`<td class="number">${wei === 0n ? '0' : ether(wei)}</td>`

const line = (rows: readonly Row[], { name, role, address }: Told['actors'][number]): Html => {
  const { stakedWei, standingWei, lostWei, feesWei, wonWei, netWei } = stakesOf(rows, address)
  const gas = gasBy(rows, address)
  const spent = gasWei(gas ?? 0)
  const net = netWei - spent
  const tone = net > 0n ? 'gain' : net < 0n ? 'loss' : ''
  const gasCells =
    gas === undefined
      ? undefined
      : html`<td class="number">${count(gas)}</td><td class="number">${ether(spent)}<div class="quiet">${dollars(spent)}</div></td>`
  const standing =
    standingWei === 0n ? undefined : html`<div class="quiet">${ether(standingWei)} at stake still</div>`
  return html`<tr class="${tone}"><th scope="row"><span class="who ${role}">${name}</span></th>
<td class="number">${ether(stakedWei)}${standing}</td>${amount(lostWei)}${amount(wonWei)}${amount(feesWei)}${gasCells}<td class="number">${signed(net, ether(net))}<div class="quiet">${signed(net, dollars(net))}</div></td></tr>`
}

/** Who paid what: gas at a stated price, stakes won and lost, and what is left of it all. */
export const costs = (rows: readonly Row[], record: Told): Html => {
  if (rows.length === 0) return html``
  const withGas = hasGas(rows)
  const { gasPriceGwei, etherDollars } = PRICES
  const price = withGas
    ? `Gas at ${gasPriceGwei} gwei, ether at $${count(etherDollars)}: stated, not measured.`
    : `The modelled chain has no gas: on anvil each call’s stands here too. Ether at $${count(etherDollars)}: stated, not measured.`
  return html`<section id="costs">
<h2>Who paid what</h2>
<p>In ETH. Staked are bonds; won is what came beyond one’s own bonds, a fee or a share of somebody’s bond; net is won less
lost, fees${withGas ? ' and gas' : ''}. ${price}</p>
<div class="scroll" tabindex="0" role="region" aria-label="costs by actor"><table>
<thead><tr><th>who</th><th class="number">staked</th><th class="number">lost</th><th class="number">won</th><th class="number">fees paid</th>${
    withGas ? html`<th class="number">gas</th><th class="number">its cost</th>` : undefined
  }<th class="number">net</th></tr></thead>
<tbody>${record.actors.map((actor) => line(rows, actor))}</tbody>
</table></div>
</section>`
}
