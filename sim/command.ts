import { Command, InvalidArgumentError, Option } from 'commander'
import { BadInput } from './badInput.ts'
import { commanderExit } from './commanderExit.ts'
import { EXIT, EXIT_CODES, exitCodeOf } from './exitCode.ts'
import type { Entry } from './journal.ts'
import type { Summary } from './outcome.ts'
import type { Pages, Watch } from './pages.ts'
import { queueUrl } from './queue/command.ts'
import type { RunRecord } from './record.ts'
import { reportFolder, unwritable } from './reportFolder.ts'
import { openWorld, type Prepared, playScenario, prepare } from './run.ts'
import { playSimulation } from './runs/command.ts'
import { isSimulation } from './scenario/kind.ts'
import { loadScenario, type ReadFile, readScenarioFile, type Scenario } from './scenario/load.ts'
import { shippedScenarios } from './scenario/shipped.ts'
import { complain, printEntry, printList, printOpening, printSummary } from './terminal.ts'
import { visibleJson } from './visible.ts'
import { WORLDS, type WorldName } from './worlds/world.ts'

interface Options {
  readonly world?: WorldName
  readonly rpc?: string
  readonly json?: true
  readonly out?: string
  readonly list?: true
  readonly runs?: number
  readonly workers?: number
  readonly jsonl?: string
  readonly resume?: true
  readonly watch?: true
  readonly queue?: string
}

const rpcUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('allowed: the URL of a JSON-RPC endpoint, http://HOST:PORT')
  return text
}

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new InvalidArgumentError('allowed: a whole number from 1 to 9,999,999')
  return Number(text)
}

const refuseModelWithRpc = (file: string, { world, rpc }: Options): void => {
  if (rpc !== undefined && world === 'model')
    throw badOption(file, 'world', '--rpc plays on a real chain: --world model does not go with it')
}

const scenarioFor = (file: string, read: ReadFile, options: Options): Scenario => {
  const scenario = loadScenario(file, read)
  refuseModelWithRpc(file, options)
  const { world, rpc } = options
  return { ...scenario, world: world ?? (rpc === undefined ? scenario.world : 'anvil') }
}

const RUN_OPTIONS = ['runs', 'workers', 'queue', 'jsonl', 'resume'] as const

const badOption = (file: string, field: string, reason: string): BadInput =>
  new BadInput(file, [{ line: undefined, field, reason }])

/** What goes with many runs does not go with one story. */
const refuseRunOptions = (file: string, options: Options): void => {
  const given = RUN_OPTIONS.filter((option) => options[option] !== undefined)
  if (given.length > 0)
    throw new BadInput(
      file,
      given.map((option) => ({
        line: undefined,
        field: `--${option}`,
        reason: 'goes with a population, and this file is one story: one server, one verifier, one task',
      })),
    )
}

/** @returns the page's path, or null where it cannot be written, which is then said */
const writtenReport = async (record: RunRecord, { out }: Options, pages: Pages): Promise<string | null> => {
  try {
    return await pages.writePage(record, reportFolder(out))
  } catch (error) {
    complain(unwritable(error))
    return null
  }
}

const openWatch = async (scenario: Scenario, options: Options, pages: Pages): Promise<Watch | undefined> => {
  if (!options.watch) return undefined
  const opened = await pages.openWatch(scenario.title || scenario.scenario)
  complain(`watch it in a browser: ${opened.url}`)
  return opened
}

const play = async (file: string, options: Options, pages: Pages): Promise<number> => {
  const read = readScenarioFile(file)
  if (isSimulation(read.sheet)) {
    refuseModelWithRpc(file, options)
    return playSimulation(file, read, options, pages)
  }
  const started = performance.now()
  const scenario = scenarioFor(file, read, options)
  refuseRunOptions(file, options)
  const prepared = prepare(scenario)
  if (!options.json) printOpening(prepared.scenario)
  const watch = await openWatch(prepared.scenario, options, pages)
  try {
    return await playStory(prepared, options, { started, pages, watch })
  } finally {
    watch?.close()
  }
}

interface Showing {
  /** `performance.now()` when the whole run began. */
  readonly started: number
  readonly pages: Pages
  readonly watch: Watch | undefined
}

/** Runs `use`, in which a signal does `stop` and nothing else. */
const interruptible = async <Value>(stop: () => void, use: () => Promise<Value>): Promise<Value> => {
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
  try {
    return await use()
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}

const playStory = async (
  prepared: Prepared,
  options: Options,
  { started, pages, watch }: Showing,
): Promise<number> => {
  const world = await openWorld(prepared, options.rpc)
  const interrupted = () => {
    watch?.close()
    world.close().finally(() => process.exit(EXIT.interrupted))
  }
  const onEntry = async (entry: Entry): Promise<void> => {
    if (!options.json) printEntry(entry, world.startTime)
    await watch?.entry(entry)
    // On a modelled chain nobody waits for anything: without a breath a signal would be heard when all is over.
    await new Promise(setImmediate)
  }
  try {
    const record = await interruptible(interrupted, () =>
      playScenario(prepared, world, started, onEntry, watch?.begin),
    )
    const reportPath = await writtenReport(record, options, pages)
    const summary: Summary = { ...record.summary, reportPath }
    if (options.json) console.log(visibleJson(summary))
    else printSummary(record, summary)
    if (watch !== undefined) await interruptible(watch.close, () => watch.over(record))
    return Math.max(
      summary.expectationsMet === false ? EXIT.unmet : EXIT.met,
      reportPath === null ? EXIT.badInput : EXIT.met,
    )
  } finally {
    await world.close()
  }
}

/** Plays one scenario, whatever comes of it. @returns the exit code */
const outcomeOfPlay = async (file: string, options: Options, pages: Pages): Promise<number> => {
  try {
    return await play(file, options, pages)
  } catch (error) {
    const code = exitCodeOf(error)
    for (const line of messageOf(error, code).split('\n')) complain(line)
    return code ?? EXIT.fault
  }
}

/** A fault of our own says where it is; everything else says what to do. */
const messageOf = (error: unknown, code: number | undefined): string => {
  if (!(error instanceof Error)) return `fault: ${String(error)}`
  return code === undefined
    ? `fault of this program: ${error.stack}`
    : error.message.replaceAll(/^/gm, 'error: ')
}

const playAll = async (files: readonly string[], options: Options, pages: Pages): Promise<number> => {
  const codes: number[] = []
  for (const file of files) {
    if (codes.length > 0 && !options.json) console.log()
    const code = await outcomeOfPlay(file, options, pages)
    codes.push(code)
    // Whoever presses Ctrl-C wants none of the others either.
    if (code === EXIT.interrupted) return code
  }
  if (files.length > 1 && !options.json) {
    const well = codes.filter((code) => code === EXIT.met).length
    console.log(`\n${files.length} scenarios, ${well} without complaint`)
  }
  return Math.max(...codes)
}

const EXPLAIN = `A run that was played is told in words by
  explain <FILE.jsonl> [--at <call>] [--json]   see explain --help`

/** `npm run sim`. @returns the exit code */
export const simCommand = async (args: readonly string[], pages: Pages): Promise<number> => {
  let code: number = EXIT.badInput
  const command = new Command('sim')
    .description('Plays scenarios: who asks, who answers, who disputes, and who is paid in the end')
    .argument('[files...]', 'scenario files (YAML); see scenarios/')
    .addOption(
      new Option('--world <name>', 'where they play, instead of what the file says').choices([...WORLDS]),
    )
    .option('--rpc <url>', 'play on this running anvil instead of starting one', rpcUrl)
    .option('--json', 'print one JSON object a scenario, a line each, on standard output and nothing else')
    .option('--out <folder>', 'where reports are written, instead of reports/out')
    .option(
      '--runs <count>',
      'independent runs at each point, instead of what the file says; on anvil also beyond 100 in all',
      wholeNumber,
    )
    .option(
      '--workers <count>',
      'processes that play the runs of a simulation, or chains that they are played on',
      wholeNumber,
    )
    .addOption(
      new Option(
        '--queue <url>',
        'let workers (npm run sim:worker) play them, by this Redis or Valkey server',
      )
        .argParser(queueUrl)
        .conflicts('workers'),
    )
    .option('--jsonl <file>', 'write a line for each run of a simulation')
    .option('--resume', 'go on with the runs that stand in the file of --jsonl')
    .option(
      '--watch',
      'serve the page on this machine, and fill it while the story goes on, or the runs are played',
    )
    .option('--list', 'list the scenarios that ship, with their titles')
    .addHelpText('after', `\n${EXPLAIN}\n\n${EXIT_CODES}`)
    .configureOutput({ writeErr: (text) => complain(text.trimEnd()) })
    .exitOverride()
    .action(async (files: readonly string[], options: Options) => {
      if (options.list) printList(shippedScenarios(), options.json === true)
      else if (files.length === 0)
        command.error('error: a scenario file is missing; --list lists those that ship')
      else if (options.resume && options.jsonl === undefined)
        command.error('error: --resume goes on with the file of --jsonl, which is missing')
      else if (files.length > 1 && options.jsonl !== undefined)
        command.error(
          'error: --jsonl takes the runs of one scenario; each of several needs a file of its own',
        )
      code = options.list ? EXIT.met : await playAll(files, options, pages)
    })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    const said = commanderExit(error)
    if (said !== undefined) return said
    complain(messageOf(error, exitCodeOf(error)))
    return exitCodeOf(error) ?? EXIT.fault
  }
  return code
}
