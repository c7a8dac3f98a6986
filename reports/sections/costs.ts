import { count, ether, signed } from '../../sim/format.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'
import { dollars, gasWei, type Prices } from '../prices.ts'
import { stakesOf } from '../stakes.ts'
import type { Player, Told } from '../told.ts'
import { hasGas } from '../wording.ts'

/** What an account's calls, those that were refused too, took of gas, and what that cost. */
interface GasSpent {
  readonly gas: number
  readonly wei: Wei
}

/** Undefined where nothing costs gas. */
const gasBy = (rows: readonly Row[], { address }: Player, told: CostsTold): GasSpent | undefined => {
  if (told.gasBy !== undefined) return told.gasBy.get(address) ?? { gas: 0, wei: 0n }
  if (!hasGas(rows)) return undefined
  const own = rows.filter(({ entry }) => entry.sender === address)
  const gas = own.reduce((sum, { entry }) => sum + (entry.transaction?.gasUsed ?? 0), 0)
  return { gas, wei: gasWei(gas, told.prices) }
}

const amount = (wei: bigint): Html => html`<td class="number">${wei === 0n ? '0' : ether(wei)}</td>`

const line = (rows: readonly Row[], player: Player, told: CostsTold): Html => {
  const { name, role, address } = player
  const { prices } = told
  const { stakedWei, standingWei, lostWei, feesWei, wonWei, netWei } = stakesOf(rows, address)
  const spent = gasBy(rows, player, told)
  const net = netWei - (spent?.wei ?? 0n)
  const tone = net > 0n ? 'gain' : net < 0n ? 'loss' : ''
  const gasCells =
    spent === undefined
      ? undefined
      : html`<td class="number">${count(spent.gas)}</td><td class="number">${ether(spent.wei)}<div class="quiet">${dollars(spent.wei, prices)}</div></td>`
  const standing =
    standingWei === 0n ? undefined : html`<div class="quiet">${ether(standingWei)} at stake still</div>`
  return html`<tr class="${tone}"><th scope="row"><span class="who ${role}">${name}</span></th>
<td class="number">${ether(stakedWei)}${standing}</td>${amount(lostWei)}${amount(wonWei)}${amount(feesWei)}${gasCells}<td class="number">${signed(net, ether(net))}<div class="quiet">${signed(net, dollars(net, prices))}</div></td></tr>`
}

/** What the costs of a run are told from, beside its calls. */
export interface CostsTold extends Told {
  readonly prices: Prices
  /** By account, where a chain charged for it as its blocks filled; else calls cost the stated price. */
  readonly gasBy?: ReadonlyMap<Address, GasSpent>
}

/** The prices, and who says so. */
const priceWords = (rows: readonly Row[], { prices, gasBy: charged }: CostsTold): string => {
  const { gasPriceGwei, etherDollars, isStated } = prices
  const by = (stated: boolean, key: string): string =>
    stated ? `as the scenario states (${key})` : `assumed, since the scenario does not state ${key}`
  const gas =
    charged !== undefined
      ? 'Gas at what the simulated chain charged for it, tips and bids included'
      : hasGas(rows)
        ? `Gas at ${gasPriceGwei} gwei, ${by(isStated.gas, 'chain.baseFeeGwei')}`
        : 'The modelled chain has no gas: on anvil each call’s stands here too'
  return `${gas}. Ether at $${etherDollars.toLocaleString('en')}, ${by(isStated.ether, 'costs.etherUsd')}.`
}

/** Who paid what: gas at a stated price, stakes won and lost, and what is left of it all. */
export const costs = (rows: readonly Row[], told: CostsTold): Html => {
  if (rows.length === 0) return html``
  const withGas = told.gasBy !== undefined || hasGas(rows)
  return html`<section id="costs">
<h2>Who paid what</h2>
<p>In ETH. Staked are bonds; won is what came beyond one’s own bonds, a fee or a share of somebody’s bond; net is won less
lost, fees${withGas ? ' and gas' : ''}. ${priceWords(rows, told)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="costs by actor"><table>
<thead><tr><th>who</th><th class="number">staked</th><th class="number">lost</th><th class="number">won</th><th class="number">fees paid</th>${
    withGas ? html`<th class="number">gas</th><th class="number">its cost</th>` : undefined
  }<th class="number">net</th></tr></thead>
<tbody>${told.actors.map((actor) => line(rows, actor, told))}</tbody>
</table></div>
</section>`
}
