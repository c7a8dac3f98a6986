import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { Command } from 'commander'

/**
 * `npm test`: types, lint and format, import arrows, the guest's rebuild, then every test. Goes on after a failure, so
 * that one run shows all of them, and ends with a line that counts.
 */
const ROOT = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

const BAD_INPUT = 2

/** The script that a package's command runs: found by path, whatever PATH holds. */
const commandOf = (name: string, command = name): string => {
  const manifest = findManifest(name)
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: string | Record<string, string> }
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin[command]!)
}

/** A package that does not export its manifest is looked for in the folders that Node would look in. */
const findManifest = (name: string): string =>
  require.resolve
    .paths(name)!
    .map((folder) => join(folder, name, 'package.json'))
    .find(existsSync)!

/** Runs a command with this very Node; resolves with its exit code. */
const run = (script: string, ...args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args], { cwd: ROOT, stdio: 'inherit' })
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === null ? (code ?? 1) : 1))
  })

/** What a check ends with that could check nothing, for want of a tool; see `impl/build/committedBuild.ts`. */
const UNCHECKED = 3

interface Check {
  readonly name: string
  readonly run: () => Promise<number>
}

/** Of what is committed built. */
const rebuild = (what: string, script: string): Check => ({
  name: `${what}: rebuilt bit for bit`,
  run: () => run('--import', 'tsx', script, '--check', '--strict'),
})

const CHECKS: readonly Check[] = [
  { name: 'types', run: () => run(commandOf('typescript', 'tsc'), '--noEmit', '-p', '.') },
  {
    name: 'types of the pages’ scripts',
    run: () => run(commandOf('typescript', 'tsc'), '--noEmit', '-p', 'reports/browser'),
  },
  {
    name: 'lint and format',
    run: () => run(commandOf('@biomejs/biome', 'biome'), 'check', '--error-on-warnings', '--colors=off', '.'),
  },
  {
    name: 'import arrows',
    run: () =>
      run(
        commandOf('dependency-cruiser', 'depcruise'),
        '--config',
        '.dependency-cruiser.cjs',
        'spec',
        'impl',
        'sim',
        'reports',
        'contracts',
      ),
  },
  rebuild('guests', 'impl/kernels/buildMain.ts'),
  rebuild('native kernels', 'impl/kernels/nativeBuildMain.ts'),
  rebuild('contracts', 'impl/chain/buildMain.ts'),
  rebuild('keccak kernel', 'impl/keccak/buildMain.ts'),
  rebuild('guests of the bench', 'impl/bench/buildMain.ts'),
]

/** A Debian package that some tests need: where it can be installed it is, else those tests say so. */
interface Needed {
  readonly path: string
  readonly packages: readonly string[]
  readonly tests: string
}

const NEEDED: readonly Needed[] = [
  {
    path: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    packages: ['chromium', 'fonts-dejavu-core'],
    tests: 'tests of pages',
  },
  { path: '/usr/bin/redis-server', packages: ['redis-server'], tests: 'tests of the queue' },
]

const ensure = ({ path, packages, tests }: Needed): void => {
  if (existsSync(path)) return
  const name = packages[0]!
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) {
    console.log(`no ${path}: ${tests} will be skipped; install Debian's package ${name}`)
    return
  }
  console.log(`installing the Debian package ${name}`)
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const installed = spawnSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    // A server that a test needs is started by the test alone.
    {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    },
  )
  if (installed.status !== 0) console.log(`${name} could not be installed: ${tests} will be skipped`)
}

interface Results {
  readonly passed: number
  readonly failed: number
  /** Names of the tests that did not run. */
  readonly skipped: readonly string[]
}

/** As vitest writes it. */
interface Written {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const DID_RUN = ['passed', 'failed']

const skippedTests = ({ testResults }: Written): readonly string[] =>
  testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => !DID_RUN.includes(status))
      .map(({ fullName }) => `${relative(ROOT, name)}: ${fullName}`),
  )

const runTests = async (): Promise<Results> => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-test-'))
  try {
    const results = join(folder, 'results.json')
    const code = await run(
      commandOf('vitest'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${results}`,
    )
    if (!existsSync(results)) return { passed: 0, failed: 1, skipped: [] }
    const written = JSON.parse(readFileSync(results, 'utf8')) as Written
    // A file that does not load fails no test of its own.
    const failed = Math.max(written.numFailedTests, code === 0 ? 0 : 1)
    return { passed: written.numPassedTests, failed, skipped: skippedTests(written) }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const VERDICTS: Readonly<Record<number, string>> = { 0: 'ok     ', [UNCHECKED]: 'SKIPPED' }

const runChecks = async (): Promise<Results> => {
  const codes: number[] = []
  for (const { name, run: runCheck } of CHECKS) {
    const started = performance.now()
    const code = await runCheck()
    codes.push(code)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${VERDICTS[code] ?? 'FAILED '} ${name} (${seconds} s)`)
  }
  const skipped = CHECKS.filter((_, i) => codes[i] === UNCHECKED).map(({ name }) => name)
  const passed = codes.filter((code) => code === 0).length
  return { passed, failed: codes.length - passed - skipped.length, skipped }
}

const { strict } = new Command('npm test')
  .description('Types, lint, import arrows, rebuilds of what is committed built, then every test')
  .option('--strict', 'fail where something was skipped, for want of a tool')
  .addHelpText('after', '\nTests of a folder: npm run test:only -- FOLDER')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
  .opts<{ strict?: true }>()

const checks = await runChecks()
for (const needed of NEEDED) ensure(needed)
const tests = await runTests()
const skipped = [...checks.skipped, ...tests.skipped]
if (skipped.length > 0)
  console.log(`skipped, for want of a tool:\n${skipped.map((name) => `  ${name}`).join('\n')}`)
const failed = checks.failed + tests.failed
console.log(
  `${checks.passed + tests.passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`,
)
process.exitCode = failed > 0 || (strict && skipped.length > 0) ? 1 : 0
