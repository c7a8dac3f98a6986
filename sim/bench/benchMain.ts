import { Argument, Command } from 'commander'
import { type BenchOptions, printGasBench } from '../../impl/bench/gas/printGasBench.ts'
import { printVmBench } from '../../impl/bench/printVmBench.ts'
import { printSimBench } from './printSimBench.ts'

/** Every bench prints a table, or one object on standard output with `--json`. */
const BENCHES: Readonly<Record<string, (options: BenchOptions) => void | Promise<void>>> = {
  vm: ({ json }) => printVmBench(json === true),
  gas: printGasBench,
  sim: ({ json }) => printSimBench(json === true),
}

const BAD_INPUT = 2

const command = new Command('bench')
  .description('Measures speed, beside a peer where there is one, gas, and simulated disputes')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
  .option('--json', 'print the result as JSON alone on standard output')
  .option('--write', 'gas: commit to the figures: they become the snapshot that a test compares')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))

command.action(async (name: string, options: BenchOptions) => {
  if (options.write && name !== 'gas') command.error(`error: only gas has a snapshot to --write, not ${name}`)
  await BENCHES[name]!(options)
})

await command.parseAsync()
