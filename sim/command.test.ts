import {
  closeSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
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
  'claimIsTrue',
  'output',
  'winner',
  'by',
  'k',
  'moves',
  'gas',
  'seconds',
  'balancesWei',
  'calledBack',
  'answers',
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
      expectationsMet: null,
      claimIsTrue: false,
      balancesWei: { sam: { before: `1${'0'.repeat(22)}`, after: `9999${'0'.repeat(18)}` } },
    })
    expect(existsSync(summary.reportPath)).toBe(true)
  })

  /** Rationale: what nobody asked for cannot have come true; a script must be able to tell. */
  test('CLI-5 a scenario that expects nothing says so', async () => {
    const { code, stdout } = await simText(GOOD, '--world', 'model')
    expect(code).toBe(0)
    expect(stdout).toContain('\nnothing was expected\n')
    expect(stdout).not.toMatch(/\bas expected/)
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

  /** Rationale: a folder of scenarios is played before a release; one that is broken must not hide the others. */
  test('CLI-6 several scenarios: a line each, reports of their own, and the highest exit code', async () => {
    await withFolder(async (folder) => {
      const files = ['a', 'b', 'c'].map((name) => join(folder, name, 'same.yaml'))
      for (const file of files) mkdirSync(dirname(file))
      writeFileSync(files[0]!, GOOD)
      writeFileSync(files[1]!, `${GOOD}expect: { claim: final }\n`)
      writeFileSync(files[2]!, `${GOOD}colour: red\n`)
      const args = ['--world', 'model', '--json', '--out', join(folder, 'out')]
      const { code, stdout, stderr } = await sim([...files, ...args])
      expect(code).toBe(2)
      expect(stderr).toMatch(/^error: .*c\/same\.yaml:8: colour: unknown key/)
      const summaries = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(summaries.map(({ expectationsMet }) => expectationsMet)).toEqual([null, false])
      expect(new Set(summaries.map(({ reportPath }) => reportPath)).size).toBe(2)
      for (const { reportPath } of summaries)
        expect(basename(reportPath)).toMatch(/^same-variant-model-5-[0-9a-f]{8}\.html$/)
      expect((await sim([...files.slice(0, 2), ...args])).code).toBe(1)
    })
  })

  test('CLI-7 --list names the scenarios that ship, with their titles', async () => {
    const { code, stdout } = await sim(['--list'])
    expect(code).toBe(0)
    const files = ['scenarios/*.yaml', 'scenarios/questions/*.yaml'].flatMap((pattern) =>
      globSync(pattern, { cwd: ROOT }).sort(),
    )
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split('  ')[0]),
    ).toEqual(files)
    expect(stdout).toContain('mnist-wrong-logit.yaml  A server alters one value')
    expect(stdout).not.toMatch(/undefined| {2}$/m)
  })

  /** Rationale: npm runs a script in the project's folder, wherever the user stands. */
  test('CLI-8 paths are those of where the user stands, and what ships is found from anywhere', async () => {
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'mine.yaml'), GOOD)
      const standing = { env: { ...process.env, INIT_CWD: folder } }
      const played = await sim(['mine.yaml', '--world', 'model', '--json', '--out', 'out'], standing)
      expect(played.code).toBe(0)
      expect(dirname(JSON.parse(played.stdout).reportPath)).toBe(join(folder, 'out'))
      const { code, stderr } = await sim(['yours.yaml'], standing)
      expect(code).toBe(2)
      expect(stderr).toContain(
        `there is no such file; looked for: ${join(folder, 'yours.yaml')} and ${join(ROOT, 'yours.yaml')}`,
      )
      const shipped = ['scenarios/mnist-honest.yaml', '--world', 'model', '--json', '--out', 'out']
      expect((await sim(shipped, standing)).code).toBe(0)
    })
  })

  /** Rationale: a title can hold escape sequences that paint over what the run came to. */
  test('CLI-9 what a terminal would obey is shown and not obeyed', async () => {
    const title = 'Fine\\e[32m as expected\\e[0m\\u202egnihton'
    const given = `${GOOD}title: "${title}"\n`
    const [told, json] = [
      await simText(given, '--world', 'model'),
      await simText(given, '--world', 'model', '--json'),
    ]
    expect(told.stdout).toContain('Fine\\u{1b}[32m as expected\\u{1b}[0m\\u{202e}gnihton')
    for (const { stdout } of [told, json]) expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
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

/** A module that interrupts its own process as soon as that has told of a claim, whatever comes next. */
const INTERRUPTING = `const write = process.stdout.write
process.stdout.write = function (text, ...rest) {
  if (String(text).includes('claim')) process.kill(process.pid, 'SIGINT')
  return write.call(this, text, ...rest)
}`

// Rationale: a story on the modelled chain once heard of Ctrl-C when it was over, and ended as if nobody had pressed it.
test('CLI-10 Ctrl-C ends a story on the modelled chain too, and the stories behind it', () =>
  withFolder(async (folder) => {
    const given = join(ROOT, 'scenarios', 'mnist-wrong-logit.yaml')
    const options = `--import=data:text/javascript,${encodeURIComponent(INTERRUPTING)}`
    const { code, stdout } = await sim([given, given, '--world', 'model', '--out', join(folder, 'out')], {
      env: { ...process.env, NODE_OPTIONS: options },
    })
    expect([code, existsSync(join(folder, 'out'))]).toEqual([130, false])
    expect(stdout).toContain('claim')
    expect(stdout).not.toContain('withdraw')
  }))

describe('bad input', () => {
  /** Rationale: the exit code tells a script what the message tells a person. Each kind: `scenario/load.test.ts`. */
  test('BAD-1 exit code 2, a line for each fault, nothing else', async () => {
    const { code, stdout, stderr, file } = await simText(
      GOOD.replace('arity: 16', 'arity: 1').replace('seed: 5', 'seed: *five'),
      '--json',
    )
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(`error: ${file}:2: the alias *five has no anchor before it\n`)
  })

  test('BAD-2 a file that is not there', async () => {
    const { code, stderr } = await sim(['/nowhere/at-all.yaml'])
    expect(code).toBe(2)
    expect(stderr).toContain('/nowhere/at-all.yaml: there is no such file')
  })

  /** Rationale: the game has been played; where its page cannot be kept, what came of it must not be lost as well. */
  test('BAD-9 reports that cannot be written: the summary all the same, and exit code 2', async () => {
    await withFolder(async (folder) => {
      const occupied = join(folder, 'occupied')
      writeFileSync(occupied, '')
      const { code, stdout, stderr } = await simText(GOOD, '--world', 'model', '--json', '--out', occupied)
      expect(code).toBe(2)
      expect(JSON.parse(stdout)).toMatchObject({ claim: 'refuted', reportPath: null })
      expect(stderr).toBe(
        `error: the report cannot be written: ${occupied} (EEXIST); --out names another folder\n`,
      )
    })
  })

  test('BAD-10 standard output that takes nothing', async () => {
    const full = openSync('/dev/full', 'w')
    try {
      const { code, stderr } = await sim(['--list'], { stdout: full })
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: 'error: standard output cannot be written (ENOSPC)\n',
      })
    } finally {
      closeSync(full)
    }
  })

  test('BAD-3 arguments that are not known', async () => {
    const { code, stderr } = await simText(GOOD, '--speed', 'fast')
    expect(code).toBe(2)
    expect(stderr).toContain('--speed')
  })

  // Rationale: the second file's runs once stood in the place of the first one's, and --resume alone did nothing.
  test('BAD-12 --resume needs a file to go on with, and --jsonl is of one scenario', async () => {
    for (const [args, said] of [
      [['a.yaml', '--resume'], /--resume goes on with the file of --jsonl/],
      [['a.yaml', 'b.yaml', '--jsonl', 'runs.jsonl'], /--jsonl takes the runs of one scenario/],
    ] as const) {
      const { code, stdout, stderr } = await sim(args)
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
      expect(stderr).toMatch(said)
    }
  })

  test('BAD-4 an --rpc endpoint that does not answer', async () => {
    const url = `http://127.0.0.1:${await deadPort()}`
    const { code, stdout, stderr } = await simText(GOOD, '--rpc', url, '--json')
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
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
