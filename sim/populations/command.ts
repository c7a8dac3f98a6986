import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { userFolder } from '../../impl/files/places.ts'
import { progressOf } from '../../spec/checks/explore/progress.ts'
import { commanderExit } from '../commanderExit.ts'
import { EXIT } from '../exitCode.ts'
import { count, ether } from '../format.ts'
import { Stopped } from '../stopped.ts'
import { complain, say } from '../terminal.ts'
import { playPopulations } from './playPopulations.ts'
import { NOTHING, type Tally, tallyJson, together } from './tally.ts'
import { OtherTallies, TallyFile } from './tallyFile.ts'

interface Options {
  readonly runs: number
  readonly from: number
  readonly workers: number
  readonly jsonl?: string
  readonly resume?: true
  readonly json?: true
}

const RUNS = 100_000
/** Of a hundred runs so many at most may be outside the assumptions: else too little would have been promised. */
const MOST_OUTSIDE = 15

const HELP = `
Every run draws a tower, a setting, a chain and who plays from its seed, with one honest server and one honest verifier among
them. With --jsonl FILE what is done is kept, and --resume goes on with it.

Exit codes:
  0    in no run within the assumptions a false claim became final or an honest party lost a bond, and every wei is accounted for
  1    in some run it was not so: the seeds are told
  2    bad input
  130  interrupted`

const whole = (least: number) => (text: string) => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least)
    throw new InvalidArgumentError(`allowed: an integer from ${least} on`)
  return number
}

const printTally = (tally: Tally, from: number, seconds: number): void => {
  const { runs, outside, falseFinals, honestLosses, missingWei, broughtWei, faults } = tally
  const { refuted, final, disputes, refusals, unpaid, delegated, reorganisations } = tally
  say(`${count(runs)} random populations, seeds ${from} to ${from + runs - 1}, in ${seconds.toFixed(0)} s`)
  say(`  within the assumptions ${count(runs - outside)}, outside of them ${count(outside)}`)
  say(`  honest losses ${count(honestLosses)}, false claims that became final ${count(falseFinals)}`)
  say(`  wei missing ${missingWei}, of ${ether(broughtWei)} ETH that were brought`)
  say(
    `  reached: ${count(refuted)} claims refuted, ${count(final)} final, ${count(disputes)} disputes, ${count(refusals)} calls refused, ` +
      `${count(unpaid)} of them unpaid, ${count(delegated)} delegates named, ${count(reorganisations)} reorganisations`,
  )
  if (faults.length > 0) say(`  !!! a promise failed with seeds ${faults.join(', ')} !!!`)
}

const opened = ({ jsonl, from, resume }: Options): TallyFile | undefined =>
  jsonl === undefined ? undefined : TallyFile.open(resolve(userFolder(), jsonl), from, resume === true)

const play = async (options: Options): Promise<number> => {
  const { runs, from, workers, json, jsonl } = options
  const started = performance.now()
  const file = opened(options)
  const stop = new AbortController()
  const interrupted = () => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted)
  try {
    let tally = file?.found ?? NOTHING
    const left = runs - tally.runs
    if (tally.runs > 0) complain(`${count(tally.runs)} runs were finished before`)
    const progress = progressOf(process.stderr, Math.max(0, left), 'runs', () => performance.now())
    const before = tally.runs
    if (left > 0)
      await playPopulations(
        { first: from + before, count: left },
        workers,
        (more) => {
          file?.add(more)
          tally = together(tally, more)
          progress.done(tally.runs - before)
          for (const seed of more.faults) complain(`a promise failed with seed ${seed}`)
        },
        stop.signal,
      )
    const seconds = (performance.now() - started) / 1000
    if (json === true) console.log(tallyJson(tally, { from, seconds }))
    else printTally(tally, from, seconds)
    const isOften = tally.outside > (tally.runs * MOST_OUTSIDE) / 100
    if (isOften) complain(`more than ${MOST_OUTSIDE} of 100 runs are outside the assumptions`)
    return tally.faults.length > 0 || isOften ? EXIT.unmet : EXIT.met
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
    complain(
      jsonl === undefined
        ? 'stopped; with --jsonl FILE what is finished is kept, and --resume goes on with it'
        : `stopped; what is finished stands in ${jsonl}: go on with --resume`,
    )
    return EXIT.interrupted
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupted)
    file?.close()
  }
}

/** `npm run populations`. @returns the exit code */
export const populationsCommand = async (args: readonly string[]): Promise<number> => {
  let code: number = EXIT.badInput
  const command = new Command('populations')
    .description('Plays random populations inside the assumptions, and holds them to what is promised there')
    .option('--runs <count>', 'how many', whole(1), RUNS)
    .option('--from <seed>', 'the first seed; each further run has the next', whole(0), 0)
    .option('--workers <count>', 'processes that play', whole(1), availableParallelism())
    .option('--jsonl <file>', 'keeps what is done, a line for some runs')
    .option('--resume', 'goes on with what stands in that file')
    .option('--json', 'one JSON object on standard output')
    .addHelpText('after', HELP)
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .exitOverride()
    .action(async (options: Options) => {
      if (options.resume === true && options.jsonl === undefined)
        command.error('error: --resume needs --jsonl FILE: what it goes on with')
      code = await play(options)
    })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    const said = commanderExit(error)
    if (said !== undefined) return said
    const { code: name, message } = error as NodeJS.ErrnoException
    complain(`error: ${message}`)
    const isBadInput = error instanceof OtherTallies || /^E[A-Z]+$/.test(String(name))
    return isBadInput ? EXIT.badInput : EXIT.fault
  }
  return code
}
