import { comparisons } from '../../sim/published/models.ts'
import type { Chart, Mark } from '../charts/chart.ts'
import { CHART_STYLE, figureOf } from '../charts/drawChart.ts'
import { documentText, mainMarkup } from '../document.ts'
import { type Html, html } from '../html.ts'
import { STYLE } from '../style.ts'
import { shortNumber } from '../sweeps/quantity.ts'
import { ATTACKS_ETHER, BOND_CHOICES, type Burden, DESIGNS, DISPUTES_AT_ONCE } from './designs.ts'
import { SIMULATED, type Simulated } from './simulated.ts'

interface Column {
  readonly title: string
  readonly label: string
  readonly of: (burden: Burden) => number
  readonly simulated: (run: Simulated) => number | undefined
}

const COLUMNS: readonly Column[] = [
  {
    title: 'Bond of the honest',
    label: 'ether',
    of: ({ bondEther }) => bondEther,
    simulated: ({ bondEther }) => bondEther,
  },
  {
    title: 'What the honest spend',
    label: 'ether',
    of: ({ expenseEther }) => expenseEther,
    simulated: ({ expenseEther }) => expenseEther,
  },
  {
    title: 'What the honest must have at once',
    label: 'ether',
    of: ({ capitalEther }) => capitalEther,
    simulated: ({ capitalEther }) => capitalEther,
  },
  {
    title: 'Delay of the answer',
    label: 'days',
    of: ({ delayDays }) => delayDays,
    simulated: ({ delayDays }) => delayDays,
  },
]

const panel = ({ title, label, of, simulated }: Column, runs: readonly Simulated[]): Chart => {
  const published = DESIGNS.flatMap(({ name, under }) =>
    ATTACKS_ETHER.flatMap((attack): Mark | readonly never[] => {
      const burden = under(attack)
      if (burden === undefined) return []
      const y = of(burden)
      return {
        series: name,
        x: attack,
        y,
        words: `${name}, ${shortNumber(attack)} ether: ${shortNumber(y)} ${label}`,
      }
    }),
  )
  const played = runs.flatMap((run): Mark | readonly never[] => {
    const y = simulated(run)
    if (y === undefined) return []
    const words = `${SIMULATED}, ${shortNumber(run.attackEther)} ether: ${shortNumber(y)} ${label}`
    return { series: SIMULATED, x: run.attackEther, y, words }
  })
  return {
    title,
    x: { label: 'attacker, ether', scale: 'log' },
    y: { label, scale: 'log' },
    series: [...DESIGNS.map(({ name }) => name), ...(runs.length === 0 ? [] : [SIMULATED])],
    marks: [...published, ...played],
    curves: [],
  }
}

const atOnce = (disputes: number): string => `D = ${disputes}`

const bondPanel: Chart = {
  title: 'Attacker’s ether for each ether of a verifier’s',
  x: { label: 'claim bond B, ether', scale: 'log' },
  y: { label: 'ether for each ether', scale: 'log' },
  series: DISPUTES_AT_ONCE.map(atOnce),
  marks: BOND_CHOICES.map(({ disputesAtOnce, claimBondEther, capitalRatio, disputeBondEther }) => ({
    series: atOnce(disputesAtOnce),
    x: claimBondEther,
    y: capitalRatio,
    words: `${atOnce(disputesAtOnce)}, B = ${shortNumber(claimBondEther)} ether: b = ${shortNumber(disputeBondEther)} ether, ratio ${shortNumber(capitalRatio)}`,
  })),
  curves: [],
}

const MOST_ATTACK = ATTACKS_ETHER.at(-1)!

/** Where this game is worse, in the numbers of the page. */
const comparison = (): readonly string[] => {
  const under = (name: string): Burden =>
    DESIGNS.find((design) => design.name.startsWith(name))!.under(MOST_ATTACK)!
  const [ours, dave, prt, bold] = [under('OPML'), under('Dave'), under('PRT'), under('BoLD, three')]
  const days = (burden: Burden) => `${shortNumber(burden.delayDays)} days`
  const capital = (burden: Burden) => `${shortNumber(burden.capitalEther)} ether`
  const most = BOND_CHOICES.reduce((a, b) => (b.capitalRatio > a.capitalRatio ? b : a))
  const first = BOND_CHOICES[0]!
  return [
    `Against ${shortNumber(MOST_ATTACK)} ether an answer is there after ${days(ours)} at most, whatever is spent: claims are disputed side by side, and a tournament is not (Dave ${days(dave)}, PRT ${days(prt)}).`,
    `This game is worse in capital. One against one means a bond for each lie, so what the honest must have grows with what the attacker has: ${capital(ours)}, where Dave asks for ${capital(dave)} and PRT for ${capital(prt)}; BoLD in three levels asks for ${capital(bold)}. What is spent comes back from the bonds of the lies that fall, all but the burned share; capital must be there first.`,
    `So the dispute bond b is to be as small against the claim bond B as the rules allow. Two rules keep it up: what one dispute costs at the highest price of gas, and D, the disputes that an honest server plays at once, which bounds B / b. With B = ${shortNumber(first.claimBondEther)} ether and ${atOnce(first.disputesAtOnce)} an attacker locks ${shortNumber(first.capitalRatio)} ether for each ether of a verifier’s; with B = ${shortNumber(most.claimBondEther)} and ${atOnce(most.disputesAtOnce)}, ${shortNumber(most.capitalRatio)}. A deployment that fears rich attackers takes a large B, and servers that play many disputes at once.`,
  ]
}

const figures = (): Html =>
  html`<section id="figures"><h2>Published figures, computed</h2>
<p>Each figure that a paper prints beside what a small model of its rules computes: <code>npm run published</code>.</p>
<div class="scroll" tabindex="0" role="region" aria-label="published figures"><table>
<thead><tr><th scope="col">figure</th><th scope="col">parameters</th><th scope="col" class="number">published</th><th scope="col" class="number">computed</th><th scope="col">agrees</th><th scope="col">source</th></tr></thead>
<tbody>${comparisons().map(
    ({ id, parameters, published, computed, agrees, source }) =>
      html`<tr><th scope="row">${id}</th><td>${Object.entries(parameters)
        .map(([key, value]) => `${key} ${value}`)
        .join(
          ', ',
        )}</td><td class="number">${shortNumber(published)}</td><td class="number">${shortNumber(computed)}</td><td>${agrees ? 'yes' : html`<span class="false">NO</span>`}</td><td>${source}</td></tr>`,
  )}</tbody></table></div>
</section>`

const attackTable = (runs: readonly Simulated[]): Html =>
  html`<div class="scroll" tabindex="0" role="region" aria-label="attacks"><table>
<thead><tr><th scope="col">design</th><th scope="col" class="number">attacker, ether</th>${COLUMNS.map(
    ({ title, label }) => html`<th scope="col" class="number">${title}, ${label}</th>`,
  )}<th scope="col">source</th></tr></thead>
<tbody>${DESIGNS.flatMap(({ name, source, under }) =>
    ATTACKS_ETHER.flatMap((attack) => {
      const burden = under(attack)
      return burden === undefined
        ? []
        : html`<tr><th scope="row">${name}</th><td class="number">${shortNumber(attack)}</td>${COLUMNS.map(
            ({ of }) => html`<td class="number">${shortNumber(of(burden))}</td>`,
          )}<td>${source}</td></tr>`
    }),
  )}${runs.map(
    (run) =>
      html`<tr><th scope="row">${SIMULATED}</th><td class="number">${shortNumber(run.attackEther)}</td>${COLUMNS.map(
        ({ simulated }) => {
          const y = simulated(run)
          return html`<td class="number">${y === undefined ? '–' : shortNumber(y)}</td>`
        },
      )}<td><a href="${run.href}">its runs</a></td></tr>`,
  )}</tbody></table></div>`

/**
 * This game beside the published designs, for attackers of a thousand to three million ether.
 *
 * @param runs what was simulated of it; none where nothing was
 */
export const rivalsPage = (runs: readonly Simulated[]): string =>
  documentText({
    title: 'Beside the published designs',
    style: `${STYLE}${CHART_STYLE}#attacks th[scope='row'] { min-width: 10rem; }\n#attacks td:last-child { min-width: 24rem; }\n`,
    main: mainMarkup([
      html`<header><h1>What does an attacker with up to ${shortNumber(MOST_ATTACK)} ether cost the honest, here and in the published designs?</h1>
${comparison().map((sentence) => html`<p class="verdict">${sentence}</p>`)}</header>`,
      html`<section id="attacks"><h2>Under attack</h2>
${figureOf(
  COLUMNS.map((column) => panel(column, runs)),
  [
    'Both axes are logarithmic. OPML by the formulas of the specification for the deployment of spec/setting/presets.ts, every ether of the attacker in bonds of false claims; the others by their papers’ rules and bonds.',
    runs.length === 0
      ? 'No simulated runs lie in this folder: npm run sim -- scenarios/questions/attack-budget.yaml adds them.'
      : `${SIMULATED}: what a verifier of scenarios/questions/attack-budget.yaml spent on gas, locked and waited.`,
  ],
)}
${attackTable(runs)}</section>`,
      html`<section id="bonds"><h2>The choice of B and b</h2>
${figureOf([bondPanel], ['From the formulas of spec/setting/bonds.ts: the smallest dispute bond b to each claim bond B and each number D of disputes that a server plays at once, and what a verifier needs for each false claim, at gas of 400 gwei.'])}</section>`,
      figures(),
    ]),
  })
