import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * `npm test`: types, lint and format, import arrows, the guest's rebuild, then every test. Goes on after a failure, so
 * that one run shows all of them, and ends with a line that counts.
 */
const ROOT = join(import.meta.dirname, '..')
const require = createRequire(import.meta.url)

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

const tsx = commandOf('tsx')

interface Check {
  readonly name: string
  readonly run: () => Promise<number>
}

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
  { name: 'guests rebuild bit for bit', run: () => run(tsx, 'impl/kernels/buildMain.ts', '--check') },
  {
    name: 'native kernels rebuild bit for bit',
    run: () => run(tsx, 'impl/kernels/nativeBuildMain.ts', '--check'),
  },
  { name: 'contracts rebuild bit for bit', run: () => run(tsx, 'impl/chain/buildMain.ts', '--check') },
  { name: 'keccak kernel rebuilds bit for bit', run: () => run(tsx, 'impl/keccak/buildMain.ts', '--check') },
  {
    name: 'guests of the bench rebuild bit for bit',
    run: () => run(tsx, 'impl/bench/buildMain.ts', '--check'),
  },
]

/** Pages are opened in a browser that is a Debian package; where it can be installed it is, else its tests say so. */
const ensureChromium = (): void => {
  const browser = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  if (existsSync(browser)) return
  const isRoot = process.getuid?.() === 0
  if (!isRoot || spawnSync('apt-get', ['--version']).status !== 0) {
    console.log(`no browser at ${browser}: tests of pages will be skipped; install Debian's package chromium`)
    return
  }
  console.log('installing the Debian package chromium')
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  const installed = spawnSync(
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } },
  )
  if (installed.status !== 0) console.log('chromium could not be installed: tests of pages will be skipped')
}

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

const runTests = async (): Promise<Counts> => {
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
    if (!existsSync(results)) return { passed: 0, failed: 1, skipped: 0 }
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(
      readFileSync(results, 'utf8'),
    ) as Record<string, number>
    // A file that does not load fails no test of its own.
    const failed = Math.max(numFailedTests!, code === 0 ? 0 : 1)
    return { passed: numPassedTests!, failed, skipped: numPendingTests! + numTodoTests! }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const main = async (): Promise<void> => {
  let [passed, failed] = [0, 0]
  for (const check of CHECKS) {
    const started = performance.now()
    const ok = (await check.run()) === 0
    if (ok) passed++
    else failed++
    console.log(
      `${ok ? 'ok    ' : 'FAILED'} ${check.name} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    )
  }
  ensureChromium()
  const tests = await runTests()
  passed += tests.passed
  failed += tests.failed
  console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`)
  process.exitCode = failed === 0 ? 0 : 1
}

await main()
