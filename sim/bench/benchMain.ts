import { availableParallelism } from 'node:os'
import { Argument } from 'commander'
import { type BenchOptions, printGasBench } from '../../impl/bench/gas/printGasBench.ts'
import { BENCH_MODELS } from '../../impl/bench/infer/benchModels.ts'
import { printInferBench } from '../../impl/bench/infer/printInferBench.ts'
import { printVmBench } from '../../impl/bench/printVmBench.ts'
import { BadInputError, integerFrom, modelCommand, runCommand } from '../../impl/models/modelCommand.ts'
import { MEASURED_MODELS } from '../compute/measureRates.ts'
import { printComputeBench } from './printComputeBench.ts'
import { printSimBench } from './printSimBench.ts'

interface Options extends BenchOptions {
  readonly threads?: number
  readonly rounds?: number
  readonly models?: readonly string[]
  readonly peers: boolean
}

const ROUNDS = 5

/** Every bench prints a table, or one object on standard output with `--json`. */
const BENCHES: Readonly<Record<string, (options: Options) => void | Promise<void>>> = {
  vm: ({ json }) => printVmBench(json === true),
  gas: printGasBench,
  infer: ({ json, threads = availableParallelism(), rounds = ROUNDS, models, peers }) =>
    printInferBench({ threads, rounds, models, hasPeers: peers }, json === true),
  sim: ({ json }) => printSimBench(json === true),
  compute: printComputeBench,
}

const HELP = `
infer fetches SmolLM2 and makes a model of 1.1 billion weights where they are not there yet, and builds llama.cpp from its
sources in a folder outside of the project (npm, git, cmake and a C++ compiler; some ten minutes, once). What cannot be
had is said, and its ratios are null. Exit codes: 0 done, 2 bad input.`

const command = modelCommand(
  'bench',
  'Measures speed, beside a peer where there is one, gas, simulated disputes, and what they take to compute',
)
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
  .option('--json', 'print the result as JSON alone on standard output')
  .option(
    '--write',
    'gas, compute: commit to the figures: the snapshot that a test compares; the rates of simulations',
  )
  .option('--threads <n>', 'infer: threads of each side (default: all processors)', integerFrom(1))
  .option('--rounds <n>', `infer: how often all take turns (default: ${ROUNDS})`, integerFrom(1))
  .option(
    '--models <names>',
    `infer: some of ${BENCH_MODELS.join(',')} (default: all but 7b); compute: of ${MEASURED_MODELS.join(',')}`,
    (text) => text.split(','),
  )
  .option('--no-peers', 'infer: leave llama.cpp out')
  .addHelpText('after', HELP)

/** Options that only some benches take. */
const OWN_OPTIONS: Readonly<Record<string, readonly string[]>> = {
  write: ['gas', 'compute'],
  threads: ['infer'],
  rounds: ['infer'],
  models: ['infer', 'compute'],
  peers: ['infer'],
}

command.action(async (name: string, options: Options) => {
  for (const [option, owners] of Object.entries(OWN_OPTIONS))
    if (command.getOptionValueSource(option) === 'cli' && !owners.includes(name))
      throw new BadInputError(
        `--${option === 'peers' ? 'no-peers' : option} is an option of ${owners.join(' and ')}, not of ${name}`,
      )
  await BENCHES[name]!(options)
})

await runCommand(command)
