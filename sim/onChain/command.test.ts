import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { sim, simText, withFolder } from '../command.fixture.ts'
import type { FieldFault } from '../scenario/fault.ts'
import { checkSimulation } from '../scenario/simulation.ts'

const FILE = `
scenario: on-chain
world: anvil
runs: 2
task: { model: alphabet, lengths: [4, 8] }
chain: { load: 0, baseFeeGwei: 1 }
actors:
  - { name: sam, role: server, strategy: wrong-anywhere }
  - { name: vera, role: verifier, strategy: honest, checks: 1 }
vary: { actors.vera.checks: [0, 1] }
expect: { honestLosses: 0 }
`

describe('the command with a population and a live chain', () => {
  test(
    'ONCHAIN-6 a grid of runs has one object, the same points as on the modelled chain, and a page',
    () =>
      withFolder(async (folder) => {
        const file = join(folder, 'given.yaml')
        writeFileSync(file, FILE)
        const played = async (...args: readonly string[]) => {
          const { code, stdout, stderr } = await sim([file, '--json', '--out', folder, ...args])
          expect([code, stderr.includes('error')]).toEqual([0, false])
          return JSON.parse(stdout)
        }
        const [chain, modelled] = [await played('--workers', '2'), await played('--world', 'model')]
        const { reportPath, world, points, ...same } = chain
        expect(world).toBe('anvil')
        expect(same.expectationsMet).toBe(true)
        const withoutChain = points.map(({ chain: _, ...point }: { chain: unknown }) => point)
        expect({ ...same, points: withoutChain }).toEqual({
          ...same,
          journalHash: modelled.journalHash,
          points: modelled.points,
        })
        for (const { chain: figures } of points)
          expect(figures).toEqual({
            blocks: expect.any(Number),
            calls: expect.any(Number),
            refused: expect.any(Number),
            replaced: 0,
            gasUsed: expect.any(Number),
          })
        expect(readFileSync(reportPath, 'utf8')).toContain('world anvil')
      }),
    240_000,
  )

  test('ONCHAIN-7 more than a hundred runs are bad input unless somebody asks for them, and so is a queue', async () => {
    const many = FILE.replace('runs: 2', 'runs: 60')
    const { code, stderr } = await simText(many, '--queue', 'redis://127.0.0.1:1')
    expect(code).toBe(2)
    expect(stderr).toMatch(
      /runs: 60 runs at each of 2 points are 120 on a live chain; allowed: 100 in all.*--runs/,
    )
    expect(stderr).toMatch(/--queue: goes with the modelled chain/)
  }, 120_000)

  test('ONCHAIN-8 a deployment that the contracts refuse is bad input on a live chain alone', () => {
    const game = { claimBondWei: 5, disputeBondWei: 9, outsideAssumptions: true }
    const data = { ...parse(FILE), game }
    const told: FieldFault[] = []
    expect(checkSimulation(data, (fault) => told.push(fault))).toBe(undefined)
    expect(told.map(({ path }) => path.join('.'))).toEqual(['game.disputeBondWei'])
    expect(told[0]!.reason).toMatch(/the contracts refuse such a deployment: .*allowed with world: model/)
    expect(checkSimulation({ ...data, world: 'model' }, () => {})).toBeDefined()
  })
})
