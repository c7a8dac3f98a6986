import { Command, InvalidArgumentError } from 'commander'
import { startStepBatch } from '../chain/stepBatch.ts'
import { startProgress } from '../models/progress.ts'
import { type ConformanceReport, checkConformance } from './conformance.ts'
import { directedPrograms } from './directed.ts'

const DISAGREED = 1
const BAD_INPUT = 2

const integerTo = (most: number) => (text: string) => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value > most)
    throw new InvalidArgumentError(`allowed: an integer from 0 to ${most}`)
  return value
}

interface Options {
  readonly instructions: number
  readonly seed: number
  readonly json?: true
}

const describe = (report: ConformanceReport): string => {
  const { instructions, programs, directedInstructions, stops, qemuPrograms, disagreements } = report
  const count = (value: number): string => value.toLocaleString('en')
  return [
    `${count(directedInstructions)} directed and ${count(instructions)} random instructions of ${count(programs)} programs compared in spec, engine and contract`,
    `${count(stops)} states visited back and forth`,
    qemuPrograms === null
      ? 'no program run in qemu: qemu-riscv32 (Debian: qemu-user) is not installed'
      : `${count(qemuPrograms)} programs run to their end in qemu`,
    `${disagreements} disagreements, ${report.seconds.toFixed(1)} s`,
  ].join('\n')
}

const run = async ({ instructions, seed, json }: Options): Promise<void> => {
  // A Ctrl-C may simply end this process: the chain ends with it.
  const contract = await startStepBatch()
  const progress = startProgress('comparing', instructions, 'instructions')
  try {
    const check = checkConformance(directedPrograms(), seed, instructions, contract, progress.update)
    const report = await check.finally(progress.stop)
    if (json) console.log(JSON.stringify(report))
    else
      for (const text of [...report.examples.map((each) => JSON.stringify(each)), describe(report)])
        console.log(text)
    if (report.disagreements > 0) process.exitCode = DISAGREED
  } finally {
    await contract.stop()
  }
}

await new Command('conformance')
  .description(
    'Compares the machine in the specification, the engine and the contract, and with qemu where it is installed',
  )
  .option('--instructions <n>', 'how many instructions of random programs', integerTo(1e9), 1_000_000)
  .option('--seed <n>', 'the first random program', integerTo(2 ** 32 - 1), 1)
  .option('--json', 'print the result as JSON alone on standard output')
  .addHelpText('after', '\nExit codes: 0 all agree, 1 they do not, 2 bad input. A million takes minutes.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .action(run)
  .parseAsync()
