import { type Html, html, trusted } from './html.ts'
import { pageScript, type Script } from './script.ts'

/** What differs between the kinds of pages. */
export interface Document {
  readonly title: string
  readonly style: string
  /** Name of its script in `browser/`. */
  readonly script: string
  readonly body: readonly Html[]
}

/** The browser itself refuses whatever would come from outside the file. */
const policy = ({ source }: Script): string =>
  `default-src 'none'; style-src 'unsafe-inline'; script-src ${source}`

/** A whole page, self-contained: one file, nothing fetched. */
export const documentText = ({ title, style, script: name, body }: Document): string => {
  const script = pageScript(name)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<title>${title}</title>
<style>${trusted(style)}</style>
</head>
<body>
<main>
${body.map(
  (part) => html`${part}
`,
)}</main>
<script>${trusted(script.code)}</script>
</body>
</html>
`.markup
}
