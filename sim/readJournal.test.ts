import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Call } from '../spec/service/calls.ts'
import { CALL_TABLE } from '../spec/service/callTable.ts'
import type { Shape } from '../spec/service/shapes.ts'
import { type Journal, journalLines } from './journal.ts'
import { readJournal } from './readJournal.ts'
import { playVariant, scenarioText } from './scenarios.fixture.ts'

const VARIANT = scenarioText({
  phases: '[graph, vm]',
  arity: '16',
  actors: [
    '{ name: sam, role: server, strategy: wrong-value, at: { node: 3, element: 5 }, add: 1 }',
    '{ name: vera, role: verifier, strategy: honest }',
  ],
})

let journal: Journal
let text: string

beforeAll(async () => {
  // Bytes of Node's own kind become plain ones.
  journal = structuredClone((await playVariant(VARIANT, 'model')).story.journal)
  text = journalLines(journal)
})

const hash = `0x${'ab'.repeat(32)}`
const program = { codeBase: 32, codeHeight: 3, codeRoot: hash, imageRoot: hash, entry: 64 }
const opening = { phase: 0, length: 9, segments: 3, segment: 1, start: hash, end: hash, siblings: [hash] }
const model = {
  ...{ program, phases: ['vm'], graphRoot: hash, nodeCount: 1, valueHeight: 3, weightHeight: 2 },
  ...{ weightsRoot: hash, carryRoot: hash, inputSlot: 1, outputSlot: 7, outputBytes: 4 },
  ...{ mostIterations: 0, stepLimit: 100 },
}
const replies = [
  { kind: 'Dissect', roots: [hash, hash] },
  { kind: 'Descend', length: 2, roots: [hash], witness: Uint8Array.of(1, 2) },
  { kind: 'Arbitrate', witness: new Uint8Array() },
]

/** The first of these that a field takes is put there. */
const valuesFor = (shape: Shape): readonly unknown[] => {
  const fitting = [
    hash,
    `0x${'cd'.repeat(20)}`,
    Buffer.of(0, 255),
    5n,
    3,
    opening,
    program,
    model,
    ...replies,
  ]
  const found = fitting.filter(shape)
  return found.length > 1 && shape(replies[0]) ? found : found.slice(0, 1)
}

/** A call of every kind, and of those with a reply one for each. */
const everyCall = (): readonly Call[] =>
  Object.entries(CALL_TABLE).flatMap(([kind, { fields }]) =>
    Object.entries(fields).reduce<Call[]>(
      (calls, [field, shape]) =>
        calls.flatMap((call) => valuesFor(shape).map((value) => ({ ...call, [field]: value }) as Call)),
      [{ kind } as Call],
    ),
  )

// Rationale: an auditor's own tools, and `explain`, start from this file; what it leaves out nobody can check.
test('JOURNAL-1 a journal reads back as it was, of every kind of call, and its bytes are hex', () => {
  expect(readJournal(text)).toEqual(journal)
  const calls = everyCall()
  const kinds = calls.map((call) => ('reply' in call ? `${call.kind} ${call.reply.kind}` : call.kind))
  expect(new Set(kinds).size).toBe(calls.length)
  expect(calls.length).toBe(Object.keys(CALL_TABLE).length + 4)
  const made = calls.map((call, seq) => ({ ...journal[0]!, seq, call }))
  const lines = journalLines(made)
  expect(lines).not.toContain('Buffer')
  expect(readJournal(lines)).toEqual(structuredClone(made))
})

// Rationale: half a journal tells another story than the whole one; it must not pass for it.
test('JOURNAL-2 a journal that is cut off, damaged or none at all is refused, with the line', () => {
  const fault = (given: string) => readJournal(given) as { readonly line: number; readonly reason: string }
  expect(fault(text.slice(0, -1))).toMatchObject({ line: journal.length, reason: /^is cut off/ })
  const damaged = (change: Readonly<Record<string, unknown>>): string => {
    const lines = text.split('\n')
    lines[1] = JSON.stringify({ ...JSON.parse(lines[1]!), ...change })
    return lines.join('\n')
  }
  expect(damaged({})).toBe(text)
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, RegExp])[] = [
    [{ seq: 5 }, /^seq: is 5 where call 1/],
    [{ time: -1 }, /^time/],
    [{ valueWei: 7 }, /^valueWei/],
    [{ outcome: 'fine' }, /^outcome/],
    [{ sender: '0x1' }, /^sender/],
    [{ stateHash: null }, /^stateHash/],
    [{ call: 'constructor' }, /^call: is none/],
    [{ args: [] }, /^args: is no object/],
    [{ args: {} }, /^args\.taskId/],
    [{ transaction: { hash } }, /^transaction/],
  ]
  for (const [change, reason] of cases) expect(fault(damaged(change))).toMatchObject({ line: 2, reason })
  expect(fault('{"scenario":"abc"}\n')).toMatchObject({ line: 1, reason: /^seq/ })
  expect(fault('no journal\n')).toMatchObject({ line: 1, reason: /no JSON object/ })
})

// Rationale: whoever reads a stranger's file must not be stopped by it.
test('JOURNAL-3 no text makes the reader throw, and what it takes it writes again', () => {
  let taken = 0
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('', '0', '"', '}', 'x'), (at, put) => {
      const given = text.slice(0, at) + put + text.slice(at + 1)
      const read = readJournal(given)
      if ('reason' in read) return
      taken++
      expect(readJournal(journalLines(read))).toEqual(read)
    }),
    { numRuns: 300 },
  )
  expect(taken).toBeGreaterThan(20)
})
