import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Entry } from './journal.ts'
import { moveBound, playVariant, scenarioText } from './scenarios.fixture.ts'

const FOLDER = join(import.meta.dirname, '..', 'scenarios')
const files = globSync('*.yaml', { cwd: FOLDER }).sort()
/** Of models that must be fetched: played by hand, or by `npm run sim` over the files. */
const fetched = files.filter((file) => /model: smollm2/.test(readFileSync(join(FOLDER, file), 'utf8')))
const played = files.filter((file) => !fetched.includes(file))

/** What a story is made of; gas and transactions stand beside it. */
const told = ({ transaction: _, ...entry }: Entry) => entry

/** The hash of the block that closes a round is nobody's choice, and no two chains have the same. */
const toldOfRounds = ({ transaction: _, block: _block, stateHash: _state, call, ...entry }: Entry) => ({
  ...entry,
  call: call.kind === 'Attend' ? { ...call, answer: 'one that the draw decides' } : call,
})

describe('the scenarios that ship', () => {
  test('there are those of the README, and each of a model that must be fetched has its like with a small one', () => {
    expect(fetched.map((file) => file.replace('llama-', 'llama-tiny-'))).toEqual(
      played.filter((file) => file.startsWith('llama-tiny-')),
    )
    expect(played.filter((file) => !file.startsWith('llama-'))).toEqual([
      'mnist-frivolous-challenge.yaml',
      'mnist-honest.yaml',
      'mnist-one-phase.yaml',
      'mnist-silent-server.yaml',
      'mnist-wrong-logit.yaml',
      'toy-attention.yaml',
      'toy-four-phases.yaml',
      'toy-sealed-lie.yaml',
      'toy-sleeping-watcher.yaml',
      'toy-wrong-length.yaml',
    ])
  })

  /**
   * Rationale: the modelled chain is what properties are proved on and the contracts are what holds the money; a
   * scenario that ends differently on the two says that one of them is not what we think.
   */
  test.each(played)('SIM-1 %s ends as expected, and both worlds tell the same story', async (file) => {
    const [model, anvil] = [
      await playVariant(join(FOLDER, file), 'model'),
      await playVariant(join(FOLDER, file), 'anvil'),
    ]
    expect(model.unmet).toEqual([])
    expect(anvil.unmet).toEqual([])
    const tells = anvil.scenario.game.attention === undefined ? told : toldOfRounds
    expect(anvil.story.journal.map(tells)).toEqual(model.story.journal.map(tells))
    expect(anvil.story.balances).toEqual(model.story.balances)
    expect(model.summary.gas).toBeNull()
    expect(anvil.summary.gas!.total).toBeGreaterThan(0)
  })
})

describe('other scenarios', () => {
  const server = (strategy: string) => `{ name: sam, role: server, strategy: ${strategy} }`
  const verifier = (strategy: string) => `{ name: vera, role: verifier, strategy: ${strategy} }`

  const cases: readonly [string, string, string[], string, object][] = [
    [
      'a wrong value in each node, 0',
      '[graph, vm]',
      [server('wrong-value, at: { node: 0, element: 127 }, add: -5'), verifier('honest')],
      '2',
      { claim: 'refuted', winner: 'verifier', by: 'arbitration' },
    ],
    [
      'a wrong value in each node, 2',
      '[graph, vm]',
      [server('wrong-value, at: { node: 2, element: 64 }, add: 40000'), verifier('honest')],
      '64',
      { claim: 'refuted', winner: 'verifier', by: 'arbitration' },
    ],
    [
      'a wrong value in each node, 5',
      '[graph, vm]',
      [server('wrong-value, at: { node: 5, element: 0 }'), verifier('honest')],
      '7',
      { claim: 'refuted', winner: 'verifier', by: 'arbitration' },
    ],
    [
      'the first instruction',
      '[vm]',
      [server('wrong-step, at: { step: 0 }'), verifier('honest')],
      '64',
      { claim: 'refuted', winner: 'verifier', by: 'arbitration' },
    ],
    [
      'a true claim at k = 1',
      '[vm]',
      [server('honest'), verifier('honest')],
      '16',
      { claim: 'final', winner: null, by: 'none' },
    ],
    [
      'nobody watches',
      '[graph, vm]',
      [server('wrong-value, at: { node: 3, element: 5 }')],
      '16',
      { claim: 'final', winner: null, by: 'none', claimIsTrue: false },
    ],
    [
      'a frivolous challenge at k = 1',
      '[vm]',
      [server('honest'), verifier('frivolous')],
      '3',
      { claim: 'final', winner: 'server', by: 'arbitration' },
    ],
    [
      'a verifier that opens a lie and falls silent',
      '[graph, vm]',
      [server('honest'), verifier('silent')],
      '16',
      { claim: 'final', winner: 'server', by: 'timeout' },
    ],
    [
      'a verifier that falls silent with the truth',
      '[graph, vm]',
      [server('wrong-value, at: { node: 1, element: 3 }'), verifier('silent, after: 1')],
      '16',
      { claim: 'final', winner: 'server', by: 'timeout' },
    ],
    [
      'a server that never answers',
      '[graph, vm]',
      [server('silent, at: { node: 4, element: 9 }'), verifier('honest')],
      '16',
      { claim: 'refuted', winner: 'verifier', by: 'timeout' },
    ],
    [
      'a silent server with all the moves it needs',
      '[graph, vm]',
      [server('silent, at: { node: 4, element: 9 }, after: 99'), verifier('honest')],
      '2',
      { claim: 'refuted', winner: 'verifier', by: 'arbitration' },
    ],
  ]

  test.each(cases)('SIM-2 %s', async (_, phases, actors, arity, expected) => {
    const record = await playVariant(scenarioText({ phases, actors, arity }), 'model')
    expect(record.summary).toMatchObject(expected)
    expect(record.outcome.moves).toBeLessThanOrEqual(moveBound(record))
  })

  test.each(['2', '64'])('SIM-3 both worlds tell the same story at arity %s', async (arity) => {
    const actors = [server('wrong-value, at: { node: 2, element: 1 }'), verifier('honest')]
    const text = scenarioText({ phases: '[graph, vm]', actors, arity })
    const [model, anvil] = [await playVariant(text, 'model'), await playVariant(text, 'anvil')]
    const tells = anvil.scenario.game.attention === undefined ? told : toldOfRounds
    expect(anvil.story.journal.map(tells)).toEqual(model.story.journal.map(tells))
    expect(anvil.outcome).toEqual({ ...model.outcome, claim: 'refuted', winner: 'verifier' })
  })
})
