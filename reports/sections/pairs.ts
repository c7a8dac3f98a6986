import { type Html, html } from '../html.ts'

/** Terms, each with its value; one without a value is left out. */
export const pairs = (entries: readonly (readonly [string, string | Html | undefined])[]): Html =>
  html`<dl>${entries.flatMap(([term, value]) =>
    value === undefined ? [] : html`<div><dt>${term}</dt><dd>${value}</dd></div>`,
  )}</dl>`
