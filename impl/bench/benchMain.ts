import { Argument, Command } from 'commander'
import { printVmBench } from './printVmBench.ts'

/** Every bench prints a table, or one object on standard output with `--json`. */
const BENCHES: Readonly<Record<string, (json: boolean) => void>> = {
  vm: printVmBench,
}

const BAD_INPUT = 2

new Command('bench')
  .description('Measures speed, beside a peer where there is one')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
  .option('--json', 'print the result as JSON alone on standard output')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .action((name: string, { json }: { json?: true }) => BENCHES[name]!(json === true))
  .parse()
