import { renderMermaid } from '@mermaid-js/mermaid-cli'
import { findBrowser, withBrowser } from './browser.ts'

/** The same wherever the diagram is drawn; colours come from the page's style sheet, so that they follow its scheme. */
export const MERMAID_CONFIG = {
  theme: 'base',
  look: 'classic',
  securityLevel: 'strict',
  deterministicIds: true,
  deterministicIDSeed: 'story',
  htmlLabels: false,
  fontFamily: 'system-ui, sans-serif',
  sequence: { mirrorActors: true, useMaxWidth: true, actorMargin: 110, messageMargin: 42, noteMargin: 8 },
} as const

export const DIAGRAM_ID = 'story-diagram'

export type Diagram =
  | { readonly kind: 'Drawn'; readonly svg: string }
  /** To be drawn when the page is opened. */
  | { readonly kind: 'Undrawn'; readonly reason: string }

/** Draws a mermaid diagram with the system's browser, to the same SVG each time. Never throws: a page can do without. */
export const renderDiagram = async (source: string): Promise<Diagram> => {
  const executablePath = findBrowser()
  if (executablePath === undefined) return { kind: 'Undrawn', reason: 'no Chromium was found' }
  try {
    const { data } = await withBrowser(executablePath, (browser) =>
      renderMermaid(browser, source, 'svg', {
        svgId: DIAGRAM_ID,
        backgroundColor: 'transparent',
        // Its own fonts would make the page ten times as large.
        fontEmbed: false,
        mermaidConfig: MERMAID_CONFIG,
      }),
    )
    return { kind: 'Drawn', svg: new TextDecoder().decode(data) }
  } catch (error) {
    return {
      kind: 'Undrawn',
      reason: `Chromium failed: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}
