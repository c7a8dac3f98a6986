import type { RunStage } from '../../sim/record.ts'
import { arbitrationOf } from '../arbitration.ts'
import type { Row } from '../chronicle.ts'
import { documentText, mainMarkup } from '../document.ts'
import { FIGURE_STYLE } from '../figures/style.ts'
import { html } from '../html.ts'
import { storyParts } from '../page.ts'
import { STYLE } from '../style.ts'

/** What stands on the page of a run that is not over: its story so far. */
export const liveMain = (stage: RunStage, rows: readonly Row[]): string => {
  const { scenario } = stage
  const calls = `${rows.length} ${rows.length === 1 ? 'call' : 'calls'}`
  return mainMarkup([
    html`<header>
<p class="kicker">${scenario.scenario}</p>
<h1>${scenario.title || scenario.scenario}</h1>
<p class="verdict" role="status">Running: ${calls} so far.</p>
</header>`,
    ...storyParts(stage, rows, arbitrationOf(rows, stage)),
  ])
}

/** The page that a live run is served as; its script asks for what stands on it. */
export const livePage = (title: string, main: string): string =>
  documentText({ title, style: STYLE + FIGURE_STYLE, script: 'live', main, connects: true })
