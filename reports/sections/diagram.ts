import { type Html, html, trusted } from '../html.ts'
import { type Diagram, DRAW } from '../renderDiagram.ts'

/** A diagram that stands on the page already, or all that it takes to draw it when the page is opened. */
export type PlacedDiagram =
  | (Diagram & { readonly kind: 'Drawn' })
  | (Diagram & { readonly kind: 'Undrawn'; readonly mermaidBundle: string })

/** Script text must not contain what ends a script element (HTML Living Standard, section 4.12.1.3). */
const scriptText = (code: string): Html => trusted(code.replace(/<(?=\/?script)/gi, '\\x3c'))

const DRAW_HERE = `
const draw = ${DRAW}
draw(document.getElementById('story-source').textContent).then(({ svg }) => {
  document.getElementById('story-figure').innerHTML = svg
})
`

const drawing = (diagram: PlacedDiagram): Html =>
  diagram.kind === 'Drawn'
    ? html`<figure id="story-figure">${trusted(diagram.svg)}</figure>`
    : html`<figure id="story-figure"><p class="quiet">The diagram is drawn by a script when the page is opened.</p></figure>
<p class="quiet">Drawn by your browser: ${diagram.reason} when the page was written.</p>`

/** The story as a sequence diagram, with its mermaid source for whoever wants to take it along. */
export const story = (diagram: PlacedDiagram, source: string): Html => html`<section id="story">
<h2>Story</h2>
<p>Numbers are those of the moves below. A crossed arrow is a call that the contract refused.</p>
${drawing(diagram)}
<details><summary>mermaid source</summary><pre id="story-source">${source}</pre></details>
${
  diagram.kind === 'Drawn'
    ? undefined
    : html`<script>${scriptText(diagram.mermaidBundle)}</script><script>${scriptText(DRAW_HERE)}</script>`
}
</section>`
