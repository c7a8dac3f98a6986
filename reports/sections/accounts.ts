import type { RunRecord } from '../../sim/record.ts'
import type { Row } from '../chronicle.ts'
import { count, ether, signedEther } from '../format.ts'
import { type Html, html } from '../html.ts'

const amount = (wei: bigint, text = ether(wei)): Html =>
  html`<td class="number">${text}<div class="quiet wei">${count(wei)}</div></td>`

const tone = (wei: bigint): string => (wei > 0n ? 'gain' : wei < 0n ? 'loss' : '')

/** Everybody's balance, what the contract keeps and what of that is burned. */
export const balances = (rows: readonly Row[], { story, actors, start }: RunRecord): Html => {
  const end = rows.at(-1)?.after ?? start
  const lines = story.balances.map(({ name, before, after }) => {
    const role = actors.find((actor) => actor.name === name)?.role
    return html`<tr class="${tone(after - before)}">
<th scope="row"><span class="who ${role}">${name}</span></th>
${amount(before)}${amount(after)}${amount(after - before, signedEther(after - before))}
</tr>`
  })
  return html`<section id="balances">
<h2>Balances</h2>
<p>In ETH, and in wei below; what was paid for gas is left out.</p>
<div class="scroll"><table>
<thead><tr><th></th><th class="number">before</th><th class="number">after</th><th class="number">difference</th></tr></thead>
<tbody>${lines}
<tr><th scope="row">contract</th>${amount(start.balanceWei)}${amount(end.balanceWei)}${amount(
    end.balanceWei - start.balanceWei,
    signedEther(end.balanceWei - start.balanceWei),
  )}</tr>
<tr><th scope="row">of that burned</th>${amount(start.burnedWei)}${amount(end.burnedWei)}${amount(
    end.burnedWei - start.burnedWei,
    signedEther(end.burnedWei - start.burnedWei),
  )}</tr>
</tbody>
</table></div>
</section>`
}
