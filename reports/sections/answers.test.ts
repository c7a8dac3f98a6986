import { expect, test } from 'vitest'
import type { RunRecord } from '../../sim/record.ts'
import { escapeText } from '../html.ts'
import { played } from '../played.fixture.ts'
import { pageOf } from '../writePage.ts'

/** One section of a page. */
const sectionOf = (page: string, id: string): string =>
  new RegExp(`<section id="${id}">.*?</section>`, 's').exec(page)?.[0] ?? ''

// Rationale: who asked a language model wants to read what it should have said, and where the lie begins.
test('ANSWER-1 a language model’s page has prompt and both answers, the token where they part, and the node and tile by name', async () => {
  const record = await played('llama-tiny-wrong-token')
  const { prompt, promptTokens, claimed, true: right, partAt, firstFalse } = record.summary.answers!
  const section = sectionOf(pageOf(record), 'answers')
  // What a reader sees: line ends stand as their marks and as line ends.
  const shown = (text: string): string => escapeText(text.replaceAll('\n', '↵\n'))
  const quotes = [...section.matchAll(/<q class="said">(.*?)<\/q>/gs)].map(([, quote]) => quote!)
  expect(quotes.map((quote) => quote.replace(/<\/?mark>/g, ''))).toEqual(
    [prompt!, right.text!, claimed!.text!].map(shown),
  )
  for (const [quote, { tokens, pieces, text }] of [
    [quotes[1]!, right],
    [quotes[2]!, claimed!],
  ] as const) {
    expect([pieces!.length, pieces!.join('')]).toEqual([tokens.length, text])
    expect(/<mark>(.*?)<\/mark>/s.exec(quote)![1]).toBe(shown(pieces![partAt!]!))
  }
  const ids = [...section.matchAll(/tokens <code>(.*?) <\/code>/g)].map(([, code]) => code!)
  expect(
    ids.map((code) =>
      code
        .replace(/<\/?mark>/g, '')
        .split(' ')
        .map(Number),
    ),
  ).toEqual([promptTokens, right.tokens, claimed!.tokens])
  const marked = ids.flatMap((code) => /<mark>(\d+)<\/mark>/.exec(code)?.[1] ?? []).map(Number)
  expect(marked).toEqual([right.tokens[partAt!], claimed!.tokens[partAt!]])
  expect(section).toContain(`The two part at token ${partAt! + 1} of the answer: the true one goes on with`)
  expect(section).toContain(
    `${firstFalse!.node!.name} <span class="quiet">node ${firstFalse!.node!.index}</span>`,
  )
  expect(section).toMatch(new RegExp(`<dt>tile</dt><dd>${firstFalse!.tile}</dd>`))
})

test('ANSWER-2 a true answer and a model that answers no tokens are told as what they are', async () => {
  const honest = sectionOf(pageOf(await played('llama-tiny-honest')), 'answers')
  expect(honest).toContain('The answer claimed is the true one.')
  expect(honest).toContain('the contract that asked was told')
  expect(honest).not.toMatch(/<mark>|class="wrong"|first is false/)
  expect(pageOf(await played('mnist-honest'))).not.toContain('id="answers"')
})

// Rationale: a model of hundreds of nodes would bury the few that a reader came for.
test('ANSWER-3 of a large model the page has the nodes that a dispute came to, with their neighbours', async () => {
  const record = await played('llama-tiny-wrong-token')
  const { index } = record.summary.answers!.firstFalse!.node!
  const rowsOf = (told: RunRecord): readonly number[] =>
    [...sectionOf(pageOf(told), 'model').matchAll(/<td class="number">(\d+)<\/td>/g)].map(([, node]) =>
      Number(node),
    )
  expect(rowsOf(record)).toEqual(record.graph.nodes.map((_, node) => node))
  const [node] = record.graph.nodes
  const nodes = [...record.graph.nodes, ...Array.from({ length: 60 }, () => node!)]
  expect(rowsOf({ ...record, graph: { ...record.graph, nodes } })).toEqual(
    Array.from({ length: 7 }, (_, i) => index - 3 + i),
  )
})
