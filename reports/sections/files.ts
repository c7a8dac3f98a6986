import { isAbsolute, join, relative, sep } from 'node:path'
import { foundAt, PROJECT_FOLDER } from '../../impl/files/places.ts'
import { type Html, html } from '../html.ts'

/** What a shell takes as one word. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`

/** A path as it is found from anywhere: of what lies in the project its place there, of all else as it was named. */
const named = (path: string): string => {
  const within = relative(PROJECT_FOLDER, foundAt(path))
  return within === '' || within.startsWith(`..${sep}`) || within === '..' || isAbsolute(within)
    ? path
    : within
}

/** The command that plays a file again, as it was played. */
export const playCommand = (
  file: string,
  { world, runs }: { readonly world: string; readonly runs?: number },
): string =>
  `npm run sim -- ${shellWord(named(file))} --world ${world}${runs === undefined ? '' : ` --runs ${runs}`}`

/** Where a run's files lie. */
export interface Beside {
  /** What they are called, without their endings. */
  readonly name: string
  /** The folder that they are in. */
  readonly folder: string
  /** The way there from the page; none where it lies there too. */
  readonly way?: string
}

/**
 * The files beside a run's page, and the commands that play it again and tell it.
 *
 * @param beside undefined of a page that is served, which has none beside it
 * @param dispute its number, on the page of one of several
 */
export const files = (beside: Beside | undefined, play: string, dispute?: number): Html => {
  if (beside === undefined)
    return html`<h3>The command</h3>
<p>Journal, run file and this page are kept as files when all is over; whoever plays the run is told where.</p>
<pre tabindex="0">${play}</pre>`
  const { name, folder, way = '' } = beside
  const path = `${way}${encodeURIComponent(name)}`
  const told = `npm run sim -- explain ${shellWord(named(join(folder, `${name}.jsonl`)))}`
  return html`<h3>The files, and the commands</h3>
<p>Journal: <a href="${path}.jsonl">${name}.jsonl</a>, a call a line, bytes as hex. Run file:
<a href="${path}.json">${name}.json</a>. <a href="${way}index.html">All runs of this folder</a>, once
<code>npm run report</code> has been run.</p>
<pre tabindex="0">${play}
${told}${dispute === undefined ? '' : ` --dispute ${dispute}`}</pre>`
}
