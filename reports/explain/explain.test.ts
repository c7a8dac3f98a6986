import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { EXIT } from '../../sim/exitCode.ts'
import type { RunRecord } from '../../sim/record.ts'
import { played, withRefusal } from '../played.fixture.ts'
import { writePage } from '../writePage.ts'
import { explained, words } from './explained.fixture.ts'
import { readRun } from './readRun.ts'
import { standings } from './standing.ts'

const SCENARIOS = ['mnist-wrong-logit', 'mnist-one-phase', 'toy-four-phases', 'mnist-silent-server'] as const

let folder: string
const records = new Map<string, RunRecord>()
const journals = new Map<string, string>()

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'opml-explain-'))
  for (const name of [...SCENARIOS, 'mnist-honest']) {
    const record = await played(name)
    records.set(name, record)
    journals.set(name, (await writePage(record, folder)).replace(/html$/, 'jsonl'))
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

// Rationale: advice that the next accepted move does not follow would mislead whoever has to make that move.
test('EXPLAIN-1 at every call, what the next must show is what the move that came did show', () => {
  const followed = new Map<string, number>()
  for (const name of SCENARIOS) {
    const { setting, rows } = readRun(journals.get(name)!)
    rows.forEach((row, i) => {
      const [standing, ...others] = standings(rows.slice(0, i), setting)
      expect(others).toEqual([])
      const { reply, segment, entry } = row
      if (entry.call.kind !== 'Move') return
      const next = standing!.next.find(({ segmentLength }) => segmentLength === segment!.length)!
      expect(standing!.toMove.name).toBe(entry.actor)
      expect(standing!.segments).toBe(entry.call.opening.segments)
      expect(next.reply).toBe(reply!.kind)
      if (reply!.kind === 'Dissect') expect(next.roots).toBe(reply!.roots.length)
      if (reply!.kind === 'Descend') expect(next.roots).toBeGreaterThanOrEqual(reply!.roots.length)
      followed.set(reply!.kind, (followed.get(reply!.kind) ?? 0) + 1)
    })
  }
  expect(followed.get('Dissect')).toBeGreaterThanOrEqual(10)
  expect(followed.get('Descend')).toBeGreaterThanOrEqual(4)
  expect(followed.get('Arbitrate')).toBe(3)
})

// Rationale: the two roots that a dispute is about are what it is about; they must be those of the chain's position.
test('EXPLAIN-2 who stands by what: the one to move by the end that it answered, the other by its vector’s', () => {
  const { setting, rows } = readRun(journals.get('mnist-wrong-logit')!)
  const moves = rows.flatMap((row, i) => (row.entry.call.kind === 'Move' ? [{ row, i }] : []))
  for (const { row, i } of moves) {
    const [{ accepted, disputed }] = standings(rows.slice(0, i), setting) as [ReturnType<typeof standings>[0]]
    const dispute = rows[i - 1]!.after.disputes.get(row.dispute!)!
    if (dispute.kind !== 'Running') throw new Error('a move was answered by nobody')
    const { roots } = dispute.position
    expect([accepted.root, disputed[0]!.root]).toEqual([roots[0], roots.at(-1)])
    expect(disputed[1]!.root).toBe(rows[i - 1]!.segment!.end)
    expect(disputed.map(({ name }) => name)).toEqual([rows[i - 1]!.entry.actor, row.entry.actor])
  }
  const said = words(explained(journals.get('mnist-wrong-logit')!, '--at', '4').out)
  expect(said).toMatch(/both accept the state after node 3 matmul2 › instruction [\d,]+: 0x[0-9a-f]{10}…/)
  expect(said).toMatch(/vera stands by 0x[0-9a-f]{10}… after node 3 matmul2 › instruction [\d,]+/)
  expect(said).toMatch(/sam is to move, within .* else vera wins/)
  expect(said).toContain('Next came call 5: sam, dissect.')
})

test('EXPLAIN-3 every kind of end is told, a refusal with its meaning, and --json says the same', async () => {
  expect(words(explained(journals.get('mnist-silent-server')!).out)).toContain('vera has won by timeout')
  const honest = words(explained(journals.get('mnist-honest')!).out)
  expect(honest).toContain('claim that the run ends in')
  expect(honest).toContain('is final.')
  const atClaim = words(explained(journals.get('mnist-honest')!, '--at', '1').out)
  expect(atClaim).toMatch(/can be disputed for 2 h more: whoever comes to another state must show 6 roots/)
  const path = await writePage(withRefusal(records.get('mnist-honest')!), join(folder, 'refused'))
  expect(words(explained(path.replace(/html$/, 'jsonl')).out)).toContain(
    'refused as NothingToWithdraw and changed nothing: the sender has no credit',
  )
  const file = journals.get('toy-four-phases')!
  const { code, out, faults } = explained(file, '--json', '--at', '6')
  expect([code, faults]).toEqual([EXIT.met, ''])
  const told = JSON.parse(out)
  expect(told.calls).toHaveLength(7)
  expect(told.disputes).toEqual(
    JSON.parse(JSON.stringify(standings(readRun(file).rows.slice(0, 7), readRun(file).setting))),
  )
  for (const sentence of [
    ...told.stands,
    ...told.calls.flatMap(({ showed }: { showed: string[] }) => showed),
  ])
    expect(words(explained(file, '--at', '6').out)).toContain(sentence)
})

let copies = 0

/** Journal and run file under another name, damaged. */
const damaged = (
  journal: (text: string) => string,
  run: (text: string) => string = (text) => text,
): string => {
  const file = journals.get('mnist-wrong-logit')!
  const copy = join(folder, `damaged${copies++}.jsonl`)
  writeFileSync(copy, journal(readFileSync(file, 'utf8')))
  writeFileSync(copy.replace(/jsonl$/, 'json'), run(readFileSync(file.replace(/jsonl$/, 'json'), 'utf8')))
  return copy
}

// Rationale: half a story, or a changed one, told as if it were whole is worse than none.
test('EXPLAIN-4 a file that is missing, cut off, changed or of another version is refused with the reason and exit code 2', () => {
  const same = (text: string): string => text
  const cases: readonly (readonly [string, RegExp])[] = [
    [damaged((text) => text.slice(0, -9)), /jsonl:11: is cut off/],
    [damaged(() => `{"scenario":"${'0'.repeat(64)}"}\n`), /holds results of runs, and no journal/],
    [
      damaged((text) => text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)),
      /has 10 calls, and the run had 11/,
    ],
    [
      damaged((text) => text.replace('"accepted"', '"TaskExpired"')),
      /jsonl:1: is damaged, .*outcome is TaskExpired here, and accepted/,
    ],
    [
      damaged((text) => text.replace(/"stateHash":"0x../, '"stateHash":"0x00')),
      /jsonl:1: is damaged, .*state is 0x00/,
    ],
    [damaged(same, (text) => text.slice(0, 99)), /damaged\d\.json: is cut off/],
    [
      damaged(same, (text) => text.replace('"version": 5', '"version": 4')),
      /damaged\d\.json: is of version 4, and not of version 5/,
    ],
    [
      damaged(same, (text) => text.replace('"arity": 16', '"arity": 1')),
      /damaged\d\.json: is damaged: setting: ParameterInvalid/,
    ],
    [
      damaged(same, (text) => text.replace('"arity": 16', '"arity": -1')),
      /damaged\d\.json: is damaged: setting\.parameters\.arity/,
    ],
    [join(folder, 'none.jsonl'), /there is no such journal/],
    [folder, /is no journal; allowed: FILE\.jsonl/],
  ]
  for (const [file, reason] of cases) {
    const { code, out, faults } = explained(file)
    expect({ code, out }).toEqual({ code: EXIT.badInput, out: '' })
    expect(faults).toMatch(reason)
  }
  const file = journals.get('mnist-wrong-logit')!
  expect(explained(file, '--at', '11').faults).toContain('--at: is 11; allowed: a call, 0 to 10')
  for (const args of [[], [file, '--at', '-1'], [file, '--colour'], [file, file]])
    expect(explained(...args)).toMatchObject({ code: EXIT.badInput, out: '' })
})

// Rationale: journals come from strangers; a name in one must not move the reader's cursor.
test('EXPLAIN-5 what a terminal would obey is shown as its number', () => {
  const evil = 'vera\\u001b[2J\\u202e'
  const file = damaged(
    (text) => text.replaceAll('"actor":"vera"', `"actor":"${evil}"`),
    (text) =>
      text.replaceAll('"name": "vera"', `"name": "${evil}"`).replace('"title": "', '"title": "\\u0007'),
  )
  for (const args of [[file], [file, '--json']]) {
    const { code, out } = explained(...args)
    expect(code).toBe(EXIT.met)
    expect(out.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  }
  expect(explained(file).out).toContain('vera\\u{1b}[2J\\u{202e}')
})
