import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { type Html, html, trusted } from '../html.ts'
import type { Axis, Chart } from './chart.ts'
import { axisNumber, ticksOf } from './ticks.ts'

const [WIDTH, HEIGHT] = [560, 320]
const BAND_WIDTH = 3

/** Of each series, in turn: colours are variables of the page's style, and shapes tell them apart without colours. */
const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'star', 'wye'] as const

const colourOf = (index: number): string => `var(--series-${(index % SYMBOLS.length) + 1})`
const symbolOf = (index: number): (typeof SYMBOLS)[number] => SYMBOLS[index % SYMBOLS.length]!

const scaleType = ({ scale }: Axis): Plot.ScaleType => (scale === 'steps' ? 'point' : scale)

/** A log axis has no place for nothing. */
const isPlaced = ({ scale }: Axis, value: number | string): boolean =>
  scale !== 'log' || (typeof value === 'number' && value > 0)

/** How an axis is drawn over what stands along it. */
const drawnAxis = (axis: Axis, marked: readonly (number | string)[]) => {
  const { scale, values, reach } = axis
  if (scale === 'steps') return { domain: [...new Set(values ?? marked)] }
  const numbers = [...(values ?? marked), ...(reach ?? [])].filter(
    (value): value is number => typeof value === 'number' && isPlaced(axis, value),
  )
  if (numbers.length === 0) return {}
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  // Of one place alone Plot makes an axis without a length; of nothing but zeros there is one to 1.
  const domain = least === most ? (least === 0 ? { domain: [0, 1] } : {}) : { domain: [least, most] }
  const ticks = ticksOf(scale, [least, most], values)
  return ticks === undefined ? domain : { ...domain, ticks, tickFormat: axisNumber }
}

/** Plot draws in a document of its own; nothing of a browser is needed. */
const svgOf = (chart: Chart): string => {
  const { x, y, series, marks, curves } = chart
  const placed = marks.filter((mark) => isPlaced(x, mark.x) && isPlaced(y, mark.y))
  const ranged = placed.filter(({ range }) => range !== undefined && isPlaced(y, range[0]))
  const heights = [
    ...(y.scale === 'linear' ? [0] : []),
    ...placed.flatMap((mark) => [mark.y, ...(mark.range ?? [])]),
    ...curves.flatMap(({ points }) => points.map((point) => point.y)),
  ]
  const colour = (name: string) => colourOf(series.indexOf(name))
  const { document } = parseHTML('<html><body></body></html>')
  const drawing = Plot.plot({
    document: document as never,
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 70,
    // The axis’ label stands above its uppermost number.
    marginTop: 36,
    marginBottom: 48,
    inset: 8,
    marginRight: 24,
    ariaLabel: chart.title,
    style: { background: 'none', color: 'var(--text)', fontSize: '12px', overflow: 'visible' },
    x: {
      type: scaleType(x),
      label: x.label,
      grid: x.scale !== 'steps',
      ...drawnAxis(
        x,
        marks.map((mark) => mark.x),
      ),
    },
    y: {
      type: scaleType(y),
      label: y.label,
      grid: true,
      nice: y.scale === 'linear',
      ...drawnAxis(y, heights),
    },
    marks: [
      ...(y.scale === 'linear' ? [Plot.ruleY([0], { stroke: 'var(--quiet)' })] : []),
      ...curves.map(({ series: name, points }) =>
        Plot.line(
          points.filter((point) => isPlaced(x, point.x) && isPlaced(y, point.y)),
          {
            x: 'x',
            y: 'y',
            stroke: colour(name),
            strokeWidth: 1.5,
            strokeDasharray: '5 4',
            ariaDescription: `formula, ${name}`,
          },
        ),
      ),
      ...series.map((name, index) =>
        Plot.line(
          placed.filter((mark) => mark.series === name),
          {
            x: 'x',
            y: 'y',
            stroke: colourOf(index),
            strokeWidth: 1,
            strokeOpacity: 0.45,
            ariaDescription: name,
          },
        ),
      ),
      // Beside each other: of several that stand over one place none hides another.
      ...series.map((name, index) =>
        Plot.ruleX(
          ranged.filter((mark) => mark.series === name),
          {
            x: 'x',
            y1: ({ range }) => range[0],
            y2: ({ range }) => range[1],
            dx: BAND_WIDTH * (index - (series.length - 1) / 2),
            stroke: colourOf(index),
            strokeWidth: BAND_WIDTH,
            strokeOpacity: 0.35,
          },
        ),
      ),
      ...series.map((name, index) =>
        Plot.dot(
          placed.filter((mark) => mark.series === name),
          {
            x: 'x',
            y: 'y',
            r: 4.5,
            symbol: symbolOf(index),
            fill: colourOf(index),
            title: 'words',
            ariaDescription: name,
          },
        ),
      ),
    ],
  })
  // Plot names groups of marks where no name is allowed: the image is one whole, and has one name.
  return drawing.outerHTML
    .replace('<svg ', '<svg role="img" ')
    .replace(/(<(?:g|line) [^>]*?)aria-label=/g, '$1data-part=')
}

/** The shape and colour of each series, in words; of a single one its panel’s title says what it is. */
const legend = (panels: readonly Chart[]): Html | undefined => {
  const { series } = panels[0]!
  const hasRanges = panels.some(({ marks }) =>
    marks.some(({ range }) => range !== undefined && range[0] < range[1]),
  )
  const hasFormula = panels.some(({ curves }) => curves.length > 0)
  const named = series.length > 1 ? series : hasFormula ? ['the runs'] : []
  const items = [
    ...named.map(
      (name, index) =>
        html`<li><svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><path d="${shapePath(index)}" fill="${colourOf(index)}"/></svg> ${name}</li>`,
    ),
    ...(hasRanges ? [html`<li class="quiet">band: least to most</li>`] : []),
    ...(hasFormula ? [html`<li class="quiet">dashed: the formula</li>`] : []),
  ]
  return items.length === 0 ? undefined : html`<ul class="legend">${items}</ul>`
}

const PATHS: Readonly<Record<(typeof SYMBOLS)[number], string>> = {
  circle: 'M-4.5,0a4.5,4.5 0 1,0 9,0a4.5,4.5 0 1,0 -9,0',
  square: 'M-4,-4h8v8h-8z',
  triangle: 'M0,-5L4.6,3.5H-4.6z',
  diamond: 'M0,-5.5L3.5,0L0,5.5L-3.5,0z',
  star: 'M0,-5.5L1.5,-1.8L5.3,-1.7L2.4,0.8L3.3,4.5L0,2.4L-3.3,4.5L-2.4,0.8L-5.3,-1.7L-1.5,-1.8z',
  wye: 'M-1.3,0.8L-4.6,-1.1L-3.3,-3.4L0,-1.5L3.3,-3.4L4.6,-1.1L1.3,0.8V4.6H-1.3z',
}

const shapePath = (index: number): string => PATHS[symbolOf(index)]

/** Several panels of one question side by side, with their legend and what the numbers say in words. */
export const figureOf = (panels: readonly Chart[], caption: readonly string[]): Html =>
  html`<figure class="chart${panels.length === 1 ? ' single' : ''}">
${legend(panels)}
<div class="panels">${panels.map(
    (panel) => html`<div class="panel"><h3>${panel.title}</h3>
<div class="scroll" tabindex="0" role="region" aria-label="${panel.title}">${trusted(svgOf(panel))}</div></div>`,
  )}</div>
<figcaption>${caption.map((sentence) => html`<p>${sentence}</p>`)}</figcaption>
</figure>`

/** Of the charts: six colours that part in both schemes. */
export const CHART_STYLE = `
:root { --series-1: #3554d1; --series-2: #b04a00; --series-3: #0b7d69; --series-4: #9b2c86; --series-5: #6b5b00; --series-6: #53606f; }
@media (prefers-color-scheme: dark) { :root { --series-1: #8ea4ff; --series-2: #f0a05c; --series-3: #4fd1b5; --series-4: #f094d8; --series-5: #d9c84a; --series-6: #b4c0d0; } }
figure.chart { overflow: visible; }
figure.chart svg { min-width: 0; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); gap: 1rem; }
.panel > h3 { margin: .25rem 0; }
.panel .scroll > svg { display: block; width: 100%; min-width: 26rem; height: auto; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; margin: 0 0 .5rem; padding: 0; font-size: .92rem; }
figcaption p { margin: .4rem 0 0; }
/* Figures of one panel stand beside each other as panels do, their drawings at one height; one alone has its words beside it. */
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr)); gap: 1.5rem 1rem; }
.charts > * { grid-column: 1 / -1; min-width: 0; margin: 0; }
.charts > figure.single { grid-column: auto; grid-row: span 3; display: grid; grid-template: subgrid / 100%; row-gap: .25rem; }
figure.single > .legend { grid-row: 1; align-self: end; }
figure.single > .panels { grid-row: 2; display: block; }
figure.single > figcaption { grid-row: 3; }
.charts > figure.single:only-child { grid-column: 1 / -1; grid-template: auto auto auto / repeat(auto-fit, minmax(min(100%, 28rem), 1fr)); column-gap: 1rem; }
.charts > figure.single:only-child > .legend { grid-column: 1 / -1; }
@media (min-width: 64rem) { .charts > figure.single:only-child > figcaption { grid-area: 2 / 2; align-self: center; } }
@media print { .charts, .charts > figure.single, .charts > figure.single:only-child { display: block; margin-bottom: 1rem; break-inside: avoid; } figure.single .panel .scroll > svg { max-width: 60%; } }
`
