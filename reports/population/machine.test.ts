import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { disassemble } from '../../impl/vm/disassemble.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { type SimulationData, simulationAt } from '../../sim/runs/job.ts'
import { playRun } from '../../sim/simulation/run.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import { explained, words } from '../explain/explained.fixture.ts'
import { disputesOf } from '../sections/story.ts'
import { type PopulationStage, populationStage } from './populationStage.ts'
import { writePopulation } from './writePopulation.ts'

/** A small language model, one lie of whose is at a known place; an honest server is disputed by a liar besides. */
const LIE = { iteration: 5, node: 18, element: 30 }
const LANGUAGE: SimulationData = {
  scenario: 'language',
  task: { model: 'llama-tiny', prompt: 'Once', tokens: 6 },
  game: { phases: ['loop', 'graph', 'tile', 'vm'] },
  chain: { load: 0, baseFeeGwei: 1 },
  actors: [
    { name: 'liz', role: 'server', strategy: 'wrong-value', at: LIE, add: 4_000_000 },
    { name: 'sam', role: 'server', strategy: 'honest' },
    { name: 'fred', role: 'verifier', strategy: 'frivolous' },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
  ],
}

/** One dispute alone, which the run's own page tells. */
const IMAGE: SimulationData = {
  scenario: 'image',
  task: { model: 'mnist-mlp', image: 3 },
  chain: { load: 0, baseFeeGwei: 1 },
  actors: [
    { name: 'liz', role: 'server', strategy: 'wrong-value', at: { node: 3, element: 2 } },
    { name: 'vera', role: 'verifier', strategy: 'honest' },
  ],
}

let folder: string

/** What a reader reads of a page. */
const textOf = (path: string): string =>
  readFileSync(path, 'utf8')
    .replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&gt;', '>')
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')

const written = (name: string, data: SimulationData): { stage: PopulationStage; path: string } => {
  const simulation = simulationAt({ ...data, runs: 1 }, {})
  const run = playRun(simulation, 5)
  const about = { contentHash: 'ef'.repeat(32), seconds: 1, missed: [], expectationsMet: null }
  const path = writePopulation({ file: `${name}.yaml`, ...about, simulation, run }, folder)
  return { stage: populationStage(simulation, run), path }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'opml-machine-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What the contract executed in a dispute: where, by the position that stood, and which instruction, by the witness. */
const executedIn = (stage: PopulationStage, dispute: Id) => {
  const row = stage.rows.find(
    ({ dispute: of, reply, entry }) =>
      of === dispute && reply?.kind === 'Arbitrate' && entry.outcome === 'accepted',
  )!
  const at = row.segment!.at
  const { phases } = stage.ofModel!.model
  const node = at[phases.indexOf('graph')]!
  return { row, at, node, name: stage.ofModel!.graph.nodes[node]!.name }
}

// Rationale: an auditor of a population looks for the node and the instruction, as of a story: a step's number says neither.
test('PLACE-1 each dispute on a language model names token, node, tile and instruction that the contract executed', () => {
  const { stage, path } = written('language', LANGUAGE)
  const apart = path.replace(/\.html$/, '')
  const disputes = disputesOf(stage.rows)
  expect(readdirSync(apart)).toHaveLength(disputes.length)
  expect(disputes.length).toBeGreaterThanOrEqual(3)
  let drawn = 0
  const nodes = new Set<number>()
  disputes.forEach((dispute, i) => {
    const text = textOf(join(apart, `dispute-${i + 1}.html`))
    if (stage.rows.at(-1)!.after.disputes.get(dispute)!.kind === 'Drawn') {
      drawn++
      expect(text).toContain('None: the claim had fallen in another dispute.')
      return
    }
    const { at, node, name, row } = executedIn(stage, dispute)
    nodes.add(node)
    const [iteration, , tile, instruction] = at as [number, number, number, number]
    const token =
      iteration < 3 ? `token ${iteration + 1} of the prompt` : `token ${iteration - 2} of the answer`
    const place = `iteration ${iteration} (${token}) › node ${node} ${name} › tile ${tile} › instruction ${instruction.toLocaleString('en')}`
    expect(text).toContain(`It came down to ${place}.`)
    expect(text).toContain(`In call ${row.entry.seq} ${row.entry.actor} had the contract execute ${place}.`)
    expect(text).toMatch(/source line\s*impl\/kernels\/\w+\.[ch]:\d+/)
    // The prompt, and both answers where the claim was false.
    expect(text).toContain('Once')
    const isTrue = stage.isTrue(stage.rows.at(-1)!.after.disputes.get(dispute)!.claim)
    expect(text).toMatch(isTrue ? /The answer claimed is the true one/ : /The two part at token \d of/)
  })
  expect(drawn).toBe(1)
  expect(nodes).toContain(LIE.node)
  expect(textOf(path)).toContain('model llama-tiny')
  const { code, out } = explained(path.replace(/html$/, 'jsonl'))
  expect(code).toBe(EXIT.met)
  expect(words(out)).toContain(`node ${LIE.node} ${stage.ofModel!.graph.nodes[LIE.node]!.name} › tile`)
}, 60_000)

test('PLACE-2 a run of one dispute on an image names node and instruction on its own page, with registers and line', () => {
  const { stage, path } = written('image', IMAGE)
  const [dispute, ...others] = disputesOf(stage.rows)
  expect(others).toEqual([])
  const { row, node, name } = executedIn(stage, dispute!)
  expect(node).toBe(3)
  const text = textOf(path)
  expect(text).toContain(`It came down to node ${node} ${name} › instruction`)
  const { program } = stage.ofModel!.model
  const shown = /(0x[0-9a-f]{8}):\s*(0x[0-9a-f]{8})\s+(.*)/.exec(
    text.slice(text.indexOf('The step arbitrated')),
  )!
  expect(shown[3]!.trim()).toBe(disassemble(Number(shown[2]), Number(shown[1])))
  expect(Number(shown[1])).toBeGreaterThanOrEqual(program.codeBase)
  const contest = row.after.disputes.get(dispute!)!
  expect(contest).toMatchObject({ kind: 'Decided', by: 'arbitration' })
  expect(text).toContain('operator')
}, 60_000)
