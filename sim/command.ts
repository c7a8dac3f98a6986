import { pathToFileURL } from 'node:url'
import { Command, InvalidArgumentError, Option } from 'commander'
import { ChainUnreachable } from '../impl/chain/connection.ts'
import { FollowerMismatch } from '../impl/chain/follower.ts'
import { CallFailed } from '../impl/chain/sendCall.ts'
import { modelRuns } from '../impl/inference/runs.ts'
import { MnistFileError } from '../impl/models/mnist/data.ts'
import { ModelFileError } from '../impl/models/modelFile.ts'
import { callName } from '../spec/service/calls.ts'
import { BadInput } from './badInput.ts'
import type { Entry } from './journal.ts'
import type { Summary } from './outcome.ts'
import type { RunRecord } from './record.ts'
import { StoriesDiffer } from './replay.ts'
import { openWorld, type Prepared, playScenario, prepare } from './run.ts'
import { loadScenario, type Scenario } from './scenario/load.ts'
import { WORLDS, type WorldName } from './worlds/world.ts'

/** Exit codes: the `expect` block holds, does not hold, bad input, a chain that is not the specification's, interrupted. */
const EXIT = { met: 0, unmet: 1, badInput: 2, divergence: 3, interrupted: 130 } as const

interface Options {
  readonly world?: WorldName
  readonly rpc?: string
  readonly json?: true
}

/** The published figure of this line of work is the whole model in the machine, whatever phases a scenario plays. */
const printMachine = ({ scenario: { runs, input } }: Prepared): void => {
  const { trace, seconds } = modelRuns(runs.graph, ['vm'], input).honest()
  console.log(
    `\nwhole model in the machine: ${trace.length.toLocaleString('en')} instructions in ${seconds.toFixed(3)} s`,
  )
}

/** Writes a run's page and says where it stands; reports are built above the simulator, so they are handed in. */
export type WritePage = (record: RunRecord) => Promise<string>

const rpcUrl = (text: string): string => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new InvalidArgumentError('allowed: the URL of a JSON-RPC endpoint, http://HOST:PORT')
  return text
}

const scenarioFor = (file: string, { world, rpc }: Options): Scenario => {
  const scenario = loadScenario(file)
  const chosen = world ?? (rpc === undefined ? scenario.world : 'anvil')
  if (rpc !== undefined && chosen === 'model')
    throw new BadInput(file, [
      {
        line: undefined,
        field: 'world',
        reason: '--rpc plays on a real chain: --world model does not go with it',
      },
    ])
  return { ...scenario, world: chosen }
}

const line = ({ time, actor, call, outcome, transaction }: Entry, start: number): string => {
  const gas = transaction === undefined ? '' : `${transaction.gasUsed.toLocaleString('en')} gas`
  const refused = outcome === 'accepted' ? '' : `  refused: ${outcome}`
  return `  ${String(time - start).padStart(6)} s  ${actor.padEnd(12)} ${callName(call).padEnd(10)} ${gas.padStart(13)}${refused}`
}

const ether = (wei: string): string => {
  const padded = wei.padStart(19, '0')
  return `${padded.slice(0, -18)}.${padded.slice(-18)}`.replace(/\.?0+$/, '')
}

const printSummary = ({ scenario, unmet }: RunRecord, summary: Summary): void => {
  const { claim, winner, by, moves, gas, seconds, balancesWei, reportPath } = summary
  const dispute = winner === null ? 'nobody disputed it' : `${winner} wins by ${by} after ${moves} moves`
  console.log(`claim ${claim}: ${dispute}`)
  for (const [name, { before, after }] of Object.entries(balancesWei))
    console.log(`  ${name.padEnd(12)} ${ether(before)} -> ${ether(after)} ETH, without gas`)
  if (gas !== null)
    console.log(`gas: ${gas.total.toLocaleString('en')} from the request to the last withdrawal`)
  console.log(
    `inference ${seconds.inference.toFixed(3)} s, request to settlement ${seconds.dispute.toFixed(2)} s, all ${seconds.total.toFixed(2)} s`,
  )
  for (const key of unmet)
    console.log(`expected ${key}: ${String(scenario.expect[key])}, got ${String(summary[key])}`)
  console.log(summary.expectationsMet ? 'as expected' : 'NOT as expected')
  console.log(`report: ${reportPath}`)
  console.log(`open it in a browser: ${pathToFileURL(reportPath).href}`)
}

const run = async (file: string, options: Options, writePage: WritePage): Promise<number> => {
  const started = performance.now()
  const say = options.json ? () => {} : (text: string) => console.log(text)
  const prepared = prepare(scenarioFor(file, options))
  const { scenario } = prepared
  say(`${scenario.scenario}${scenario.title && `: ${scenario.title}`}`)
  say(
    `world ${scenario.world}, model ${scenario.task.model}, image ${scenario.task.image}, ` +
      `phases ${scenario.game.phases.join(' > ')}, arity ${scenario.game.arity}, seed ${scenario.seed}\n`,
  )
  const world = await openWorld(prepared, options.rpc)
  const interrupted = () => void world.close().finally(() => process.exit(EXIT.interrupted))
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    const record = await playScenario(prepared, world, started, (entry) => say(line(entry, world.startTime)))
    const summary: Summary = { ...record.summary, reportPath: await writePage(record) }
    if (options.json) console.log(JSON.stringify(summary))
    else {
      printMachine(prepared)
      printSummary(record, summary)
    }
    return summary.expectationsMet ? EXIT.met : EXIT.unmet
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    await world.close()
  }
}

const BAD_INPUT = [BadInput, ModelFileError, MnistFileError, ChainUnreachable]
const DIVERGENCE = [StoriesDiffer, FollowerMismatch, CallFailed]

/** `npm run sim`. @returns the exit code */
export const simCommand = async (args: readonly string[], writePage: WritePage): Promise<number> => {
  let code: number = EXIT.badInput
  const command = new Command('sim')
    .description('Plays a scenario: who asks, who answers, who disputes, and who is paid in the end')
    .argument('<file>', 'scenario file (YAML); see scenarios/')
    .addOption(
      new Option('--world <name>', 'where it plays, instead of what the file says').choices([...WORLDS]),
    )
    .option('--rpc <url>', 'play on this running anvil instead of starting one', rpcUrl)
    .option('--json', 'print one JSON object on standard output and nothing else')
    .addHelpText(
      'after',
      '\nExit codes: 0 as expected, 1 not as expected, 2 bad input, 3 chain and specification differ, 130 interrupted.',
    )
    .exitOverride()
    .action(async (file: string, options: Options) => {
      code = await run(file, options, writePage)
    })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (isCommanderExit(error)) return error.exitCode === 0 ? EXIT.met : EXIT.badInput
    const is = (kinds: readonly (new (...args: never[]) => Error)[]) =>
      kinds.some((kind) => error instanceof kind)
    if (!is(BAD_INPUT) && !is(DIVERGENCE)) throw error
    console.error(`error: ${(error as Error).message}`)
    return is(BAD_INPUT) ? EXIT.badInput : EXIT.divergence
  }
  return code
}

/** Commander has said its piece already: help, or what is wrong with the arguments. */
const isCommanderExit = (error: unknown): error is { exitCode: number } =>
  error instanceof Error &&
  'exitCode' in error &&
  String((error as { code?: unknown }).code).startsWith('commander.')
