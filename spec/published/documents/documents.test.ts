import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { OUTSIDE } from '../../checks/explore/departures.ts'
import { OUTSIDE_SERVICE, serviceInstancesOf } from '../../checks/explore/service/serviceInstances.ts'
import { PLANTED } from '../../checks/mutants/planted.ts'
import { diagramsDocument } from './diagrams.ts'
import { observations } from './observe.ts'
import { properties, propertiesDocument } from './propertyIndex.ts'
import { readTests } from './testSources.fixture.ts'
import { transitionsDocument, unseenRejections } from './transitions.ts'

const seen = observations()
const sources = readTests()

const SPEC = join(import.meta.dirname, '../..')

/** Reasons that the specification's own code refuses for, read from its text. */
const refusedInCode = (): ReadonlySet<string> =>
  new Set(
    readdirSync(SPEC, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.ts$/.test(name) && !/\.(test|arbitrary)\.ts$|^(checks|published)\//.test(name))
      .flatMap((name) =>
        [...readFileSync(join(SPEC, name), 'utf8').matchAll(/reject\(\s*'([A-Za-z]+)'/g)].map(
          ([, reason]) => reason!,
        ),
      ),
  )

describe('documents from the code', () => {
  test('DOCUMENTS-1 the states, calls and refusals written down are those of the specification', () => {
    expect(readFileSync(join(import.meta.dirname, 'transitions.md'), 'utf8')).toBe(transitionsDocument(seen))
    expect(readFileSync(join(import.meta.dirname, 'diagrams.json'), 'utf8')).toBe(diagramsDocument(seen))
  })

  // Rationale: an auditor who looks for a property must find it, and one that kills nothing must show.
  test('DOCUMENTS-4 the properties written down are those of the tests, and every planted mutant has its own', () => {
    expect(readFileSync(join(import.meta.dirname, 'properties.md'), 'utf8')).toBe(propertiesDocument(sources))
    const known = new Set(properties(sources).map(({ id, where }) => `${id} ${where}`))
    const orphans = PLANTED.filter(({ killedBy, test: file }) =>
      killedBy.split(', ').some((id) => !known.has(`${id} ${file.replace('spec/', '')}`)),
    )
    expect(orphans.map(({ name }) => name)).toEqual([])
  })

  // Rationale: a document by observation is as good as what was tried. A guard that no game meets would be left out of
  // it in silence.
  test('DOCUMENTS-2 every refusal in the code of the specification has been met by some call', () => {
    expect(unseenRejections(seen)).toEqual([])
    const met = new Set<string | undefined>(seen.map(({ rejection }) => rejection))
    expect([...refusedInCode()].filter((reason) => !met.has(reason))).toEqual([
      'ClaimDiffers',
      'ParameterInvalid',
    ])
  })

  // Rationale: a table of attacks and assumptions that names what nobody explores, or nothing kills, promises too much.
  test('DOCUMENTS-5 what the README names against attacks and under assumptions is explored, kills a planted mutant, and is a file', () => {
    const readme = readFileSync(join(SPEC, 'README.md'), 'utf8')
    const rows = readme.split('\n').filter((line) => line.startsWith('| '))
    const assumptions = rows.filter((row) => /^\| A\d+ \|/.test(row))
    const attacks = rows.filter((row) => /^\| \d+ [a-z]/.test(row))
    expect([assumptions.length, attacks.length]).toEqual([10, 10])

    const quoted = (row: string) => [...row.matchAll(/"([^"]+)"/g)].map(([, name]) => name!)
    const inside = serviceInstancesOf('full').map(({ name }) => name)
    const outside = new Map(OUTSIDE_SERVICE.map(({ name, violates }) => [name, violates]))
    const ofOneDispute = OUTSIDE.map(({ name, violates }) => `"${name}": ${violates}`)
    const unknown = [...assumptions, ...attacks]
      .flatMap((row) =>
        quoted(row).filter(
          (name) => !ofOneDispute.some((shown) => row.includes(shown) && shown.startsWith(`"${name}"`)),
        ),
      )
      .filter((name) => !inside.includes(name) && !outside.has(name as never))
    expect(unknown).toEqual([])
    // Without an instance of its own it says whose it has.
    expect(assumptions.filter((row) => quoted(row).length === 0 && !row.endsWith('| as A4 |'))).toEqual([])
    for (const [name, violates] of outside)
      expect(assumptions.filter((row) => row.includes(`"${name}": ${violates}`))).toHaveLength(1)

    const killing = new Set(PLANTED.flatMap(({ killedBy }) => killedBy.split(', ')))
    for (const row of attacks) {
      const [, , , property, , seen] = row.split('|')
      const ids = [...property!.matchAll(/[A-Z]+-\d+/g)].map(([id]) => id)
      expect([row, ids.length > 0 && ids.every((id) => killing.has(id))]).toEqual([row, true])
      for (const [, name] of seen!.matchAll(/`([^`]+)`/g))
        expect(existsSync(join(SPEC, `../scenarios/${name}.yaml`))).toBe(true)
    }
  })

  test('DOCUMENTS-3 what is over is never left, but that a settled task’s fee is paid and its requester told', () => {
    const terminal = [
      'Decided for the asserter',
      'Decided for the challenger',
      'Final',
      'Drawn',
      'Refuted',
      'Revealed',
      'Forfeited',
      'Settled',
      'Settled, paid',
      'Settled, notified',
      'Settled, paid, notified',
      'Expired',
    ]
    const left = seen.flatMap(({ transitions }) => transitions.filter(({ from }) => terminal.includes(from)))
    expect(new Set(left.map(({ from, to }) => `${from} → ${to}`))).toEqual(
      new Set(['Settled → Settled, paid', 'Settled, paid → Settled, paid, notified']),
    )
  })
})
