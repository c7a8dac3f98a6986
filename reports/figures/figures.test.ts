import { expect, test } from 'vitest'
import type { RunRecord } from '../../sim/record.ts'
import { segmentPath } from '../../sim/stepNames.ts'
import { chronicle } from '../chronicle.ts'
import { html } from '../html.ts'
import { played, withRefusal } from '../played.fixture.ts'
import { sequenceDrawings } from './sequence.ts'
import { lifelines, storyEvents } from './story.ts'
import { disputeFigure } from './tower.ts'
import { type TowerWords, towerDrawing } from './towerDrawing.ts'

const SCENARIOS = ['mnist-wrong-logit', 'mnist-one-phase', 'mnist-frivolous-challenge'] as const

const figureOf = (record: RunRecord) => {
  const rows = chronicle(record)
  const id = [...rows.at(-1)!.after.disputes.keys()][0]!
  return { rows, id, figure: disputeFigure(rows, id)! }
}

const words = (record: RunRecord, given: Partial<TowerWords> = {}): TowerWords => ({
  names: { asserter: 'sam', challenger: 'vera' },
  phases: record.model.phases,
  steps: (at, length) => segmentPath({ at, length }, record).join(' › '),
  trueRoots: record.truth.rootsAt,
  ...given,
})

const matches = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length

// Rationale: a drawing of anything but what stood on the chain would mislead whoever trusts it.
test('FIGURE-1 the tower’s vectors are the positions that the specification’s replay comes to, in their order', async () => {
  for (const name of SCENARIOS) {
    const { rows, id, figure } = figureOf(await played(name))
    const positions = rows.flatMap(({ before, after }) => {
      const [was, is] = [before.disputes.get(id), after.disputes.get(id)]
      return is?.kind === 'Running' && is !== was ? [is.position] : []
    })
    expect(positions.length).toBeGreaterThan(2)
    expect(figure.vectors.slice(1).map(({ phase, at, length }) => ({ phase, at, length }))).toEqual(
      positions.map(({ phase, at, length }) => ({ phase, at, length })),
    )
    expect(figure.vectors.slice(1).map(({ roots }) => roots.map(({ root }) => root))).toEqual(
      positions.map(({ roots }) => roots),
    )
    expect(figure.arbitration?.vector).toBe(figure.vectors.length - 1)
  }
})

test('FIGURE-2 each row is the segment that was disputed in the row above it, and its posters take turns', async () => {
  for (const name of SCENARIOS) {
    const { vectors } = figureOf(await played(name)).figure
    for (const [i, vector] of vectors.entries()) {
      expect(vector.party).toBe(i % 2 === 0 ? 'asserter' : 'challenger')
      const next = vectors[i + 1]
      if (next === undefined) continue
      const { segment, seq } = vector.disputed!
      expect(seq).toBe(next.seq)
      const [from, to] = [vector.roots[segment]!, vector.roots[segment + 1]!]
      const first = next.at.slice(0, vector.at.length).at(-1)
      expect(first).toBe(from.step)
      if (next.phase !== vector.phase) expect(to.step - from.step).toBe(1)
      else {
        expect(next.length).toBe(to.step - from.step)
        expect(next.roots[0]!.root).toBe(from.root)
        expect(next.roots.at(-1)!.root).not.toBe(to.root)
      }
    }
  }
})

// Rationale: the mark is what a reader trusts most, so it must be where the truth ends, whoever lies, and nowhere else.
test('FIGURE-3 a cell a root, one disputed a vector, and the first false one of whoever lies marked', async () => {
  for (const [name, liar] of [
    ['mnist-wrong-logit', 'asserter'],
    ['mnist-one-phase', 'asserter'],
    ['mnist-frivolous-challenge', 'challenger'],
  ] as const) {
    const record = await played(name)
    const { figure } = figureOf(record)
    const roots = figure.vectors.reduce((sum, vector) => sum + vector.roots.length - 1, 0)
    const lies = figure.vectors.filter(({ party }) => party === liar).length
    const { markup } = towerDrawing(figure, words(record))
    expect(matches(markup, /<rect class="cell /g)).toBe(roots)
    expect(matches(markup, /class="cell \w+ disputed/g)).toBe(figure.vectors.length)
    expect(matches(markup, new RegExp(`class="cell ${liar} \\w+ first-false"`, 'g'))).toBe(lies)
    expect(matches(markup, /first-false/g)).toBe(lies)
    expect(matches(markup, /✗/g)).toBe(lies)
    // An honest opponent disputes the first false root.
    expect(matches(markup, new RegExp(`class="cell ${liar} disputed first-false"`, 'g'))).toBe(lies)
    const unknown = towerDrawing(figure, words(record, { trueRoots: () => undefined })).markup
    expect(unknown).not.toMatch(/✗|false|, true/)
  }
})

const sequenceMarkup = (...args: Parameters<typeof sequenceDrawings>): string =>
  sequenceDrawings(...args)
    .map(({ markup }) => markup)
    .join('')

// Rationale: one drawing of hundreds of calls fits on no paper, and its lifelines have no names in sight.
test('FIGURE-6 a long story is drawn in parts of a sheet each, every event once and the heads on each', async () => {
  const record = await played('mnist-wrong-logit')
  const events = storyEvents(chronicle(record), record)
  const long = Array.from({ length: 5 }, () => events).flat()
  const parts = sequenceDrawings(lifelines(record), long).map(({ markup }) => markup)
  expect(parts.length).toBe(Math.ceil(long.length / 30))
  expect(parts.length).toBeGreaterThanOrEqual(3)
  for (const part of parts) expect(matches(part, /<rect class="head /g)).toBe(2 * lifelines(record).length)
  expect(matches(parts.join(''), /class="(message|note)"/g)).toBe(long.length)
  expect(matches(parts.join(''), /<marker id="arrow"/g)).toBe(1)
  const height = (part: string): number => Number(/viewBox="0 0 \d+ (\d+)"/.exec(part)![1])
  for (const part of parts) expect(height(part)).toBeLessThan(1700)
})

test('FIGURE-4 an arrow a call, the refused one crossed, and text is text', async () => {
  const record = withRefusal(await played('mnist-honest'))
  const rows = chronicle(record)
  const events = storyEvents(rows, record)
  const markup = sequenceMarkup(lifelines(record), events)
  expect(matches(markup, /<line class="arrow/g)).toBe(rows.length)
  expect(matches(markup, /<line class="arrow refused/g)).toBe(1)
  expect(markup).toContain('#0 withdraw, refused as NothingToWithdraw')
  const attack = '<script>alert(1)</script>"'
  const named = sequenceMarkup(
    [{ id: 'a', label: attack, role: 'server' }],
    [{ kind: 'Note', seq: 0, text: attack }],
  )
  expect(named).not.toContain('<script')
  expect(named).toContain(html`${attack}`.markup.slice(0, 20))
})

test('FIGURE-5 two runs of one scenario are drawn the same, byte for byte', async () => {
  const draw = async () => {
    const record = await played('mnist-wrong-logit')
    const { rows, figure } = figureOf(record)
    return [
      towerDrawing(figure, words(record)).markup,
      sequenceMarkup(lifelines(record), storyEvents(rows, record)),
    ]
  }
  expect(await draw()).toEqual(await draw())
})
