import { count, ether, signed } from '../../sim/format.ts'
import type { RunStage } from '../../sim/record.ts'
import type { Balance } from '../../sim/story.ts'
import type { Row } from '../chronicle.ts'
import { type Html, html } from '../html.ts'

const cell = (eth: string, wei: string): Html =>
  html`<td class="number">${eth}<div class="quiet wei">${wei}</div></td>`

const amount = (wei: bigint): Html => cell(ether(wei), count(wei))

const beforeAfter = (before: bigint, after: bigint): readonly Html[] => {
  const difference = after - before
  return [
    amount(before),
    amount(after),
    cell(signed(difference, ether(difference)), signed(difference, count(difference))),
  ]
}

const tone = (wei: bigint): string => (wei > 0n ? 'gain' : wei < 0n ? 'loss' : '')

/** Everybody's balance, what the contract keeps and what of that is burned. */
export const balances = (
  rows: readonly Row[],
  { actors, start }: RunStage,
  ended: readonly Balance[],
): Html => {
  const end = rows.at(-1)?.after ?? start
  const lines = ended.map(({ name, before, after }) => {
    const role = actors.find((actor) => actor.name === name)?.role
    return html`<tr class="${tone(after - before)}">
<th scope="row"><span class="who ${role}">${name}</span></th>${beforeAfter(before, after)}
</tr>`
  })
  return html`<section id="balances">
<h2>Balances</h2>
<p>In ETH, and in wei below; what was paid for gas is left out.</p>
<div class="scroll" tabindex="0"><table>
<thead><tr><td></td><th class="number">before</th><th class="number">after</th><th class="number">difference</th></tr></thead>
<tbody>${lines}
<tr><th scope="row">contract</th>${beforeAfter(start.balanceWei, end.balanceWei)}</tr>
<tr><th scope="row">of that burned</th>${beforeAfter(start.burnedWei, end.burnedWei)}</tr>
</tbody>
</table></div>
</section>`
}
