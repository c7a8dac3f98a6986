import { request } from 'node:http'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { simulationAt } from '../../sim/runs/job.ts'
import { canonical } from '../../sim/simulation/journal.ts'
import { playShown } from '../../sim/simulation/run.ts'
import { livePopulationMain } from '../population/populationPage.ts'
import { contentOf } from '../population/writePopulation.ts'
import { applyEdit, type Edit, editOf, piecesOf } from './edit.ts'
import { serveLive } from './server.ts'

const rows = fc.array(fc.constantFrom('<tr>a</tr>', '<tr>b</tr>', '<li>c</li>', '<p>d</p>', 'e'), {
  maxLength: 30,
})

// Rationale: a page that was put together wrong would tell a story that nobody played.
test('EDIT-1 an edit makes the new page of the old one, whatever the two are', () => {
  fc.assert(
    fc.property(rows, rows, (old, next) => {
      const [before, after] = [old.join(''), next.join('')].map(piecesOf) as [
        readonly string[],
        readonly string[],
      ]
      expect(before.join('')).toBe(old.join(''))
      expect(applyEdit(before, editOf(before, after))).toEqual(after)
    }),
  )
})

test('EDIT-2 what comes between, before or behind is all that is sent of a text', () => {
  const before = piecesOf('<tr>1</tr><tr>2</tr><tr>3</tr>')
  expect(editOf(before, before)).toEqual([[0, 3]])
  expect(editOf(before, piecesOf('<tr>1</tr><tr>new</tr><tr>2</tr><tr>3</tr>'))).toEqual([
    [0, 1],
    '<tr>new</tr>',
    [1, 2],
  ])
  expect(editOf(before, piecesOf('<tr>3</tr><tr>1</tr>'))).toEqual([
    [2, 1],
    [0, 1],
  ])
  expect(editOf([], before)).toEqual(before)
})

/** Reads a live page's events as a browser does, and puts the page together. */
const reading = (url: string) => {
  let [pieces, waiting, received]: [readonly string[], string, number[]] = [[], '', []]
  const call = request(`${url}events`, (response) => {
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      waiting += chunk
      for (let end = waiting.indexOf('\n\n'); end >= 0; end = waiting.indexOf('\n\n')) {
        const data = waiting.slice(0, end).split('data: ')[1]!
        pieces = applyEdit(pieces, JSON.parse(data) as Edit)
        received = [...received, data.length]
        waiting = waiting.slice(end + 2)
      }
    })
    response.on('error', () => {})
  })
  call.on('error', () => {})
  call.end()
  return { text: () => pieces.join(''), received: () => received, end: () => call.destroy() }
}

/** Many claims and disputes: a page that grows to half a megabyte. */
const CROWD = {
  scenario: 'crowd',
  task: { model: 'alphabet', lengths: [16, 256], count: 3, everySeconds: 120 },
  game: { claimBondWei: '1000000000000000000' },
  chain: { load: 0, baseFeeGwei: 1 },
  actors: [
    { name: 'sam', role: 'server', strategy: 'honest' },
    { name: 'mal', role: 'attacker', strategy: 'rivals', claims: 3 },
    { name: 'vera', role: 'verifier', strategy: 'honest', count: 2 },
  ],
}

test('LIVE-12 a reader of a run that grows is sent what changed, a part of the page, and has the page as it is', async () => {
  const simulation = simulationAt(CROWD, {})
  const about = { file: 'crowd.yaml', contentHash: '3'.repeat(64), simulation }
  let main = ''
  const server = await serveLive({ main: () => main, page: () => '' })
  const reader = reading(server.url)
  const until = async (text: string): Promise<void> => {
    while (reader.text() !== text) await new Promise((resolve) => setImmediate(resolve))
  }
  let [pages, looks, told] = [0, 0, 0]
  try {
    await playShown(simulation, 4, async (soFar) => {
      const calls = canonical(soFar.journal).length
      if (calls < told + 20) return
      told = calls
      main = livePopulationMain(contentOf(about, soFar))
      server.changed()
      await until(main)
      if (looks > 0) pages += main.length
      looks++
    })
    expect(looks).toBeGreaterThanOrEqual(5)
    expect(main.length).toBeGreaterThan(200_000)
    // The first is the whole, and so is what a late reader gets.
    const [, ...changes] = reader.received()
    expect(changes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(0.5 * pages)
    const late = reading(server.url)
    while (late.text() !== main) await new Promise((resolve) => setImmediate(resolve))
    late.end()
  } finally {
    reader.end()
    server.close()
  }
}, 120_000)
