import { cpSync, existsSync, readFileSync, symlinkSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startAnvil } from '../impl/chain/anvil.ts'
import { anvilsBelow, areGone, ROOT, sim, simText, withFolder } from './command.fixture.ts'
import { scenarioText } from './scenarios.fixture.ts'

const GOOD = scenarioText({
  phases: '[graph, vm]',
  arity: '16',
  actors: [
    '{ name: sam, role: server, strategy: wrong-value, at: { node: 3, element: 5 }, add: 1 }',
    '{ name: vera, role: verifier, strategy: honest }',
  ],
})

const KEYS = [
  'scenario',
  'world',
  'seed',
  'claim',
  'winner',
  'by',
  'k',
  'moves',
  'gas',
  'seconds',
  'balancesWei',
  'expectationsMet',
  'reportPath',
]

/** A port on which nothing listens: taken, then given back. */
const deadPort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })

describe('npm run sim', () => {
  test('CLI-1 --json prints one object on standard output, with the keys that were promised', async () => {
    const { code, stdout, stderr } = await simText(GOOD, '--world', 'model', '--json')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const summary = JSON.parse(stdout)
    expect(Object.keys(summary).sort()).toEqual([...KEYS].sort())
    expect(summary).toMatchObject({
      scenario: 'variant',
      world: 'model',
      claim: 'refuted',
      winner: 'verifier',
      by: 'arbitration',
      k: 2,
      gas: null,
      expectationsMet: true,
      balancesWei: { sam: { before: `1${'0'.repeat(22)}`, after: `9999${'0'.repeat(18)}` } },
    })
    expect(existsSync(summary.reportPath)).toBe(true)
  })

  test('CLI-2 the exit code says whether the expectations hold, and the output which did not', async () => {
    const { code, stdout } = await simText(
      `${GOOD}expect: { claim: final, by: arbitration }\n`,
      '--world',
      'model',
    )
    expect(code).toBe(1)
    expect(stdout).toContain('expected claim: final, got refuted')
    expect(stdout).not.toContain('expected by')
  })

  // Rationale: who has just cloned the repository must not have to guess what the run was for.
  test('CLI-2 the last line says what to open, as an address that a browser takes', async () => {
    const { stdout } = await simText(GOOD, '--world', 'model')
    const url = stdout.trimEnd().split('\n').at(-1)!.replace('open it in a browser: ', '')
    expect(existsSync(new URL(url))).toBe(true)
  })

  test('CLI-3 --rpc plays on a running anvil, again and again, and leaves it running', async () => {
    const anvil = await startAnvil()
    try {
      const runs = []
      for (const _ of [1, 2]) runs.push(await simText(GOOD, '--rpc', anvil.url, '--json'))
      expect(runs.map(({ code }) => code)).toEqual([0, 0])
      const [first, second] = runs.map(({ stdout }) => JSON.parse(stdout))
      expect(first).toMatchObject({ world: 'anvil', claim: 'refuted', by: 'arbitration' })
      expect(second).toMatchObject({ moves: first.moves, balancesWei: first.balancesWei })
    } finally {
      await anvil.stop()
    }
  })

  test('CLI-4 Ctrl-C ends the command and its anvil', async () => {
    let anvils: readonly number[] = []
    const { code } = await sim([join(ROOT, 'scenarios', 'mnist-wrong-logit.yaml')], {
      onOutput: (output, child) => {
        if (anvils.length > 0 || !output.includes('claim')) return
        anvils = anvilsBelow(child.pid!)
        child.kill('SIGINT')
      },
    })
    expect(code).toBe(130)
    expect(anvils).toHaveLength(1)
    expect(areGone(anvils)).toBe(true)
  })
})

/** A change to a good scenario, and what the message must say. */
const BAD: readonly [string, (text: string) => string, readonly string[]][] = [
  ['malformed YAML', (text) => `${text}  - {`, ['malformed YAML']],
  ['a key given twice', (text) => `${text}seed: 6\n`, ['malformed YAML', 'unique']],
  ['an empty file', () => '', ['expected object']],
  ['an unknown key', (text) => `${text}colour: red\n`, ['colour', 'unknown key']],
  [
    'an unknown key of an actor',
    (text) => text.replace('add: 1', 'subtract: 1'),
    ['actors[0].subtract', 'unknown key'],
  ],
  [
    'an unknown strategy',
    (text) => text.replace('wrong-value', 'clever'),
    ['actors[0].strategy', 'clever', 'wrong-value'],
  ],
  ['an unknown model', (text) => text.replace('mnist-mlp', 'gpt-9'), ['task.model', 'gpt-9', 'mnist-mlp']],
  ['an unknown world', (text) => `${text}world: mars\n`, ['world', 'model or anvil']],
  [
    'an unknown phase',
    (text) => text.replace('[graph, vm]', '[graph, cpu]'),
    ['game.phases[1]', 'graph or vm'],
  ],
  [
    'phases without a joint',
    (text) => text.replace('[graph, vm]', '[graph, graph, vm]'),
    ['game.phases', 'graph'],
  ],
  ['phases without an arbiter', (text) => text.replace('[graph, vm]', '[graph]'), ['game.phases']],
  ['a node outside the graph', (text) => text.replace('node: 3', 'node: 6'), ['actors[0].at.node', '0 to 5']],
  [
    'an element outside the output',
    (text) => text.replace('element: 5', 'element: 10'),
    ['actors[0].at.element', '0 to 9'],
  ],
  ['a lie that wraps to nothing', (text) => text.replace('add: 1', 'add: 4294967296'), ['actors[0].add']],
  ['an arity below 2', (text) => text.replace('arity: 16', 'arity: 1'), ['game.arity', '2']],
  ['an arity above 64', (text) => text.replace('arity: 16', 'arity: 65'), ['game.arity', '64']],
  ['a fractional arity', (text) => text.replace('arity: 16', 'arity: 2.5'), ['game.arity', 'int']],
  [
    'an image beyond the last',
    (text) => text.replace('image: 3', 'image: 10000'),
    ['task.image', '0 to 9999'],
  ],
  ['a negative image', (text) => text.replace('image: 3', 'image: -1'), ['task.image', '0']],
  [
    'a clock of no time',
    (text) => text.replace('clockSeconds: 3600', 'clockSeconds: 0'),
    ['game.clockSeconds'],
  ],
  ['no server', (text) => text.replace(/ {2}- \{ name: sam.*\n/, ''), ['actors', 'server']],
  ['two actors of one name', (text) => text.replace('name: vera', 'name: sam'), ['actors', 'sam']],
  [
    'a strategy that does not fit the phases',
    (text) => text.replace('[graph, vm]', '[vm]'),
    ['actors[0].strategy', 'wrong-value', 'graph phase'],
  ],
  [
    'a step outside the run',
    (text) =>
      text
        .replace('[graph, vm]', '[vm]')
        .replace('wrong-value, at: { node: 3, element: 5 }, add: 1', 'wrong-step, at: { step: 99999999 }'),
    ['actors[0].at.step', '0 to '],
  ],
]

describe('bad input', () => {
  /** Rationale: the scenario file is the front door; whoever errs there must learn where, and what is allowed. */
  test.each(BAD)(
    'BAD-1 %s: exit code 2, a message that names file, field and reason, nothing else',
    async (_, change, words) => {
      const { code, stdout, stderr, file } = await simText(change(GOOD), '--json')
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      for (const word of [file, ...words]) expect(stderr).toContain(word)
      expect(stderr).not.toMatch(/^\s+at /m)
      expect(stderr.trim().split('\n').length).toBeLessThan(10)
    },
  )

  test('BAD-2 a file that is not there', async () => {
    const { code, stderr } = await sim(['/nowhere/at-all.yaml'])
    expect(code).toBe(2)
    expect(stderr).toContain('/nowhere/at-all.yaml: there is no such file')
  })

  test('BAD-3 arguments that are not known', async () => {
    const { code, stderr } = await simText(GOOD, '--speed', 'fast')
    expect(code).toBe(2)
    expect(stderr).toContain('--speed')
  })

  test('BAD-4 an --rpc endpoint that does not answer', async () => {
    const url = `http://127.0.0.1:${await deadPort()}`
    const { code, stdout, stderr } = await simText(GOOD, '--rpc', url, '--json')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(url)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  test('BAD-5 a truncated model file', async () => {
    await withFolder(async (root) => {
      for (const name of ['spec', 'impl', 'sim', 'reports', 'contracts', 'package.json', 'tsconfig.json'])
        cpSync(join(ROOT, name), join(root, name), { recursive: true })
      symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'))
      const model = join(root, 'impl', 'models', 'mnist-mlp.opml')
      truncateSync(model, readFileSync(model).length / 2)
      const { code, stdout, stderr } = await sim([join(ROOT, 'scenarios', 'mnist-honest.yaml'), '--json'], {
        root,
      })
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toContain('mnist-mlp.opml')
      expect(stderr).not.toMatch(/^\s+at /m)
    })
  })
})
