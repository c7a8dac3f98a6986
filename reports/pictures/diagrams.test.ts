import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { DIAGRAM_FILES, diagramPicture, diagramText } from './diagrams.ts'

/** Arrows of the text, each as where it comes from and the calls: `A --> B : x, y`, names of states as they are shown. */
const arrowsOfText = (text: string): readonly string[] => {
  const names = new Map([...text.matchAll(/state "(.+)" as (\w+)/g)].map(([, name, id]) => [id, name]))
  return [...text.matchAll(/^\s*(\S+) --> (\S+) : (.+)$/gm)]
    .map(([, from, , calls]) => `${from === '[*]' ? 'none' : (names.get(from!) ?? from)}: ${calls}`)
    .sort()
}

/** The same of the picture: an arrow's line and its label stand in one order. */
const arrowsOfPicture = (picture: string): readonly string[] => {
  const lines = [...picture.matchAll(/<path class="arrow" data-of="([^"]*)"/g)].map(([, from]) => from)
  const labels = [...picture.matchAll(/<text class="call"[^>]*>([^<]*)</g)].map(([, calls]) => calls)
  return lines.map((from, i) => `${from}: ${labels[i]}`).sort()
}

// Rationale: a picture beside a text that says otherwise teaches other rules.
test('DIAGRAM-1 the committed pictures are those of the specification’s diagrams, and say what its document says', () => {
  for (const [path, subject] of DIAGRAM_FILES) {
    const picture = readFileSync(path, 'utf8')
    // Where it is not: npm run pictures -- --diagrams
    expect(picture).toBe(diagramPicture(subject))
    const arrows = arrowsOfText(diagramText(subject))
    expect(arrows.length).toBeGreaterThanOrEqual(6)
    expect(arrowsOfPicture(picture)).toEqual(arrows)
  }
  expect(DIAGRAM_FILES.size).toBe(3)
})
