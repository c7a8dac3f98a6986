import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'

const DIFFERED = 1
const BAD_INPUT = 2
const INTERRUPTED = 130

const ROOT = join(import.meta.dirname, '../..')
const VITEST = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')

const whole = (least: number) => (text: string) => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least)
    throw new InvalidArgumentError(`a whole number from ${least} on`)
  return number
}

const { games, workers, seed } = new Command('games')
  .description(
    'Plays any calls on the chain and by the specification, and holds all that they change against each other',
  )
  .option('--games <count>', 'how many', whole(1), 100_000)
  .option(
    '--workers <count>',
    'chains side by side, each with games of its own',
    whole(1),
    availableParallelism(),
  )
  .option('--seed <number>', 'of the first; each further one has the next', whole(0), 1)
  .addHelpText('after', '\nExit codes: 0 they agree; 1 they do not; 2 bad input; 130 interrupted.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
  .opts<{ games: number; workers: number; seed: number }>()

const count = Math.min(workers, games)
const children = Array.from({ length: count }, (_, n) => {
  const share = Math.floor(games / count) + (n < games % count ? 1 : 0)
  const args = [VITEST, 'run', 'impl/chain/duet.test.ts', '--testTimeout=0', '--maxWorkers=1']
  const env = { ...process.env, OPML_GAMES: String(share), OPML_SEED: String(seed + n) }
  return spawn(process.execPath, args, { cwd: ROOT, env, stdio: ['ignore', 'inherit', 'inherit'] })
})
/** A Ctrl-C reaches the whole group; what it does not reach is told. */
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    for (const child of children) child.kill(signal)
    process.exitCode = INTERRUPTED
  })
const codes = await Promise.all(
  children.map((child) => new Promise<number | null>((resolve) => child.on('close', resolve))),
)
if (codes.some((code) => code !== 0)) process.exitCode ||= DIFFERED
