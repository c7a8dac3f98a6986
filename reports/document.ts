import { type Html, html, trusted } from './html.ts'
import { pageScript, type Script } from './script.ts'

/** What differs between the kinds of pages. */
export interface Document {
  readonly title: string
  readonly style: string
  /** Name of its script in `browser/`; a page without one runs none. */
  readonly script?: string
  /** As `mainMarkup` gives it. */
  readonly main: string
  /** Whether its script may ask the server that the page came from; a page that is a file has none. */
  readonly connects?: true
}

/** What stands on a page, part by part. */
export const mainMarkup = (parts: readonly Html[]): string =>
  html`${parts.map(
    (part) => html`${part}
`,
  )}`.markup

/** The browser itself refuses whatever would come from outside the file. */
const policy = (script: Script | undefined, connects: boolean): string =>
  `default-src 'none'; style-src 'unsafe-inline'; script-src ${script?.source ?? "'none'"}${connects ? "; connect-src 'self'" : ''}`

/** A whole page, self-contained: one file, nothing fetched. */
export const documentText = ({ title, style, script: name, main, connects }: Document): string => {
  const script = name === undefined ? undefined : pageScript(name)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy(script, connects === true)}">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${trusted(main)}</main>
${script && html`<script>${trusted(script.code)}</script>`}
</body>
</html>
`.markup
}
