import { createRequire } from 'node:module'
import type { Browser } from 'playwright-core'
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

/**
 * Mermaid as one script for a browser. The tiny edition lacks mind maps, architecture diagrams and formulas, and takes
 * 3 MB where the whole package takes 200 with what it depends on.
 */
export const MERMAID_SCRIPT = createRequire(import.meta.url).resolve('@mermaid-js/tiny/dist/mermaid.tiny.js')

/** Script for where mermaid is loaded: a function of a diagram's source, whose promise is `{ svg }`. */
export const DRAW = `(source) => {
  mermaid.initialize({ startOnLoad: false, ...${JSON.stringify(MERMAID_CONFIG)} })
  return mermaid.render('${DIAGRAM_ID}', source)
}`

const drawIn = async (browser: Browser, source: string): Promise<string> => {
  const tab = await browser.newPage()
  await tab.addScriptTag({ path: MERMAID_SCRIPT })
  return tab.evaluate<string>(`(async () => {
    const draw = ${DRAW}
    document.body.innerHTML = (await draw(${JSON.stringify(source)})).svg
    return new XMLSerializer().serializeToString(document.querySelector('svg'))
  })()`)
}

/** Draws a mermaid diagram with the system's browser, to the same SVG each time. Never throws: a page can do without. */
export const renderDiagram = async (source: string): Promise<Diagram> => {
  const executablePath = findBrowser()
  if (executablePath === undefined) return { kind: 'Undrawn', reason: 'no Chromium was found' }
  try {
    return { kind: 'Drawn', svg: await withBrowser(executablePath, (browser) => drawIn(browser, source)) }
  } catch (error) {
    return {
      kind: 'Undrawn',
      reason: `Chromium failed: ${error instanceof Error ? error.message : String(error)}`,
    }
  }
}
