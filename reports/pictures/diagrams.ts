import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROJECT_FOLDER } from '../../impl/files/places.ts'
import diagrams from '../../spec/published/documents/diagrams.json' with { type: 'json' }
import type { StateDiagrams } from '../../spec/published/documents/diagrams.ts'
import { stateDrawing } from '../figures/stateDiagram.ts'
import { SUBJECTS, type Subject } from '../stepper/subjects.ts'

const DIAGRAMS: StateDiagrams = diagrams

const DOCUMENT = join(PROJECT_FOLDER, 'spec/published/documents/transitions.md')

/** A picture has no page around it whose style it could take; it follows the reader's scheme by itself. */
const STYLE = `
svg { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; font-size: 12px; background: #fff; }
text { fill: #182033; } .state rect { fill: #fff; stroke: #5c677d; stroke-width: 1.5; } .start, marker path { fill: #5c677d; }
.arrow { fill: none; stroke: #98a4b8; stroke-width: 1.3; }
.call { fill: #5c677d; font-size: 10px; paint-order: stroke; stroke: #fff; stroke-width: 3px; }
@media (prefers-color-scheme: dark) {
  svg { background: #10141c; } text { fill: #e4e9f2; } .state rect { fill: #181e29; stroke: #98a4b8; }
  .start, marker path { fill: #98a4b8; } .arrow { stroke: #5c677d; } .call { fill: #98a4b8; stroke: #10141c; }
}
`

/** The diagram's text in the specification's document. @throws Error where there is none */
export const diagramText = (subject: Subject): string => {
  const title = `${subject[0]!.toUpperCase()}${subject.slice(1)}`
  const section = readFileSync(DOCUMENT, 'utf8')
    .split(/^## /m)
    .find((text) => text.startsWith(`${title}\n`))
  const text = /```mermaid\n(.*?)```/s.exec(section ?? '')?.[1]
  if (text === undefined) throw new Error(`${DOCUMENT} has no diagram of a ${subject}`)
  return text
}

/** The diagram as a picture of its own, which carries the hash of the text that says the same. */
export const diagramPicture = (subject: Subject): string => {
  const hash = createHash('sha256').update(diagramText(subject)).digest('hex')
  return `${stateDrawing(subject, DIAGRAMS[subject], [])
    .markup.replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ')
    .replace('\n', `\n<!-- SHA-256 of its text in transitions.md: ${hash} -->\n<style>${STYLE}</style>\n`)}\n`
}

/** Every diagram, by the file that holds its picture. */
export const DIAGRAM_FILES: ReadonlyMap<string, Subject> = new Map(
  SUBJECTS.map((subject) => [join(import.meta.dirname, `states-${subject}.svg`), subject]),
)
