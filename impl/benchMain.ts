import { Argument, Command } from 'commander'
import { printVmBench } from './vm/bench/printVmBench.ts'

/** Every bench prints a table, or one object on standard output with `--json`. */
const BENCHES: Readonly<Record<string, (json: boolean) => void>> = {
  vm: printVmBench,
}

new Command('bench')
  .description('Measures speed, beside a peer where there is one')
  .addArgument(new Argument('<name>', 'what to measure').choices(Object.keys(BENCHES)))
  .option('--json', 'print the result as JSON alone on standard output')
  .action((name: string, { json }: { json?: true }) => BENCHES[name]!(json === true))
  .parse()
