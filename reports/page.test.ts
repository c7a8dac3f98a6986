import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RunRecord } from '../sim/record.ts'
import { chronicle } from './chronicle.ts'
import { storyEvents } from './figures/story.ts'
import { escapeText, html } from './html.ts'
import { played, withRefusal } from './played.fixture.ts'
import { pageOf } from './writePage.ts'

const titled = (record: RunRecord, title: string): RunRecord => ({
  ...record,
  scenario: { ...record.scenario, title, scenario: title },
})

// Rationale: a report is kept and mailed around; it must be whole without a network.
test('REPORT-8 a page refers to nothing outside itself', async () => {
  for (const name of ['mnist-wrong-logit', 'mnist-silent-server', 'mnist-honest']) {
    const text = pageOf(await played(name))
    expect(text).not.toMatch(/(src|href|action|data)\s*=\s*["']?\s*(https?:)?\/\//i)
    expect(text).not.toMatch(/@import|url\((?!#)/i)
    expect(text).toMatch(/Content-Security-Policy" content="default-src &#39;none&#39;/)
  }
})

// Rationale: scenario files come from anybody, and names of nodes from model files.
test('REPORT-9 text stays text, whatever it says', async () => {
  const record = await played('mnist-wrong-logit')
  const attack = `</title></style></pre><script>alert("1")</script>&lt;<img src=x onerror='alert(2)'>`
  const nodes = record.graph.nodes.map((node) => ({ ...node, name: attack }))
  const text = pageOf(titled({ ...record, graph: { ...record.graph, nodes } }, attack))
  expect(text).toContain(escapeText(attack))
  expect(text).not.toContain('<img')
  expect(text).not.toContain('alert("1")')
  expect(text.match(/<script/g)).toHaveLength(1)
})

// Rationale: the one function that all text goes through, on any text: no character of it is syntax any more.
test('REPORT-10 escaped text has no markup left and reads back as it was', () => {
  const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
  const texts = fc.string({ unit: fc.oneof(fc.constantFrom('<', '>', '&', '"', "'", 'a'), fc.string()) })
  fc.assert(
    fc.property(texts, (text) => {
      const { markup } = html`${text}`
      expect(markup).not.toMatch(/[<>"']/)
      expect(markup.replace(/&([#\w]+);/g, (_, name: string) => names[name]!)).toBe(text)
    }),
  )
})

// Rationale: whoever opens a page wants to know first whether the run did what it was meant to do.
test('REPORT-11 each key of expect is told as met, not met or not asked', async () => {
  const record = await played('mnist-wrong-logit')
  const marks = (text: string) => [...text.matchAll(/class="mark (met|unmet|free)"/g)].map(([, mark]) => mark)
  expect(marks(pageOf(record))).toEqual(['met', 'met', 'met', 'met', 'met'])
  const { by: _, ...asked } = record.scenario.expect
  const other = {
    ...record,
    scenario: { ...record.scenario, expect: { ...asked, winner: 'server' as const } },
    unmet: ['winner' as const],
    summary: { ...record.summary, expectationsMet: false },
  }
  expect(marks(pageOf(other))).toEqual(['unmet', 'met', 'met', 'unmet', 'free'])
})

// Rationale: a refusal is a crossed arrow and a marked row; the reason is the word of the specification.
test('REPORT-12 refusals are crosses in the story and marked in the table', async () => {
  const record = withRefusal(await played('mnist-honest'))
  const events = storyEvents(chronicle(record), record)
  const calls = events.flatMap((event) => (event.kind === 'Message' ? [event] : []))
  expect(calls[0]).toMatchObject({ lines: ['#0 withdraw, refused as NothingToWithdraw'], isRefused: true })
  expect(calls).toHaveLength(record.story.journal.length)
  expect(calls.filter(({ isRefused }) => isRefused)).toHaveLength(1)
  expect(pageOf(record)).toContain('<span class="mark unmet">✗ NothingToWithdraw</span>')
})

// Rationale: the one event that the protocol exists to prevent must be the first thing that anybody sees.
test('TRUTH-5 a false claim that became final, and a true one that fell, are told above all else', async () => {
  const record = await played('mnist-wrong-logit')
  expect(pageOf(record)).not.toContain('class="alarm"')
  const final = pageOf({ ...record, outcome: { ...record.outcome, claim: 'final' } })
  expect(final).toMatch(/<header>\s*<p class="alarm" role="alert">a false claim has become final<\/p>/)
  expect(final).toContain('<title>A FALSE CLAIM HAS BECOME FINAL: ')
  const honest = await played('mnist-honest')
  expect(pageOf(honest)).not.toContain('class="alarm"')
  const fallen = pageOf({ ...honest, outcome: { ...honest.outcome, claim: 'refuted' } })
  expect(fallen).toContain('<p class="alarm" role="alert">a true claim has been refuted</p>')
})

// Rationale: to know that a claim was false is little help without knowing where.
test('TRUTH-6 the page says whether the claim was true, and where it first was false', async () => {
  const lie = pageOf(await played('mnist-wrong-logit'))
  expect(lie).toMatch(
    /the claim was FALSE, first after node 3 matmul2 › instruction [\d,]+: sw a0, 0\(s11\)/i,
  )
  expect(pageOf(await played('mnist-honest'))).toContain('the claim was true')
})

test('TRUTH-7 a run that expected nothing is not told as expected', async () => {
  const record = await played('mnist-honest')
  const text = pageOf({ ...record, summary: { ...record.summary, expectationsMet: null } })
  expect(text).toContain('nothing was expected')
  expect(text).not.toMatch(/\bas expected/)
})

// Rationale: one character can turn the rest of a line around.
test('REPORT-27 what a browser would obey stands on the page as its number', async () => {
  const record = await played('mnist-honest')
  const text = pageOf(titled(record, 'fine\u202egnihton\u001b[32m\u200b'))
  expect(text).toContain('fine\\u{202e}gnihton\\u{1b}[32m\\u{200b}')
  expect(text.replace(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})
