import { join } from 'node:path'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { LEAST_SCORE, type MutationReport } from '../../spec/checks/mutants/generated.ts'

const SURVIVED = 1
const BAD_INPUT = 2

const ROOT = join(import.meta.dirname, '../..')

interface Options {
  readonly planted?: true
  readonly generated?: true
  readonly only?: string
  readonly sample?: number
  readonly seed: number
  readonly workers: number
  readonly afresh?: true
  readonly record?: true
  readonly json?: true
}

const whole = (text: string): number => {
  const number = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number)) throw new InvalidArgumentError('a whole number')
  return number
}
const positive = (text: string): number => {
  if (whole(text) === 0) throw new InvalidArgumentError('at least 1')
  return whole(text)
}

const command = new Command('mutate')
  .description(
    'Breaks what is tested, one mutant at a time, each where nobody else sees it: a test must fail',
  )
  .addArgument(new Argument('<target>', 'what is broken').choices(['spec', 'contracts', 'vm']))
  .option('--planted', 'only the mutants that were written by hand, each with the property that must kill it')
  .option('--generated', 'only the mutants that a tool makes')
  .option('--only <text>', 'only the mutants whose name or file contains this')
  .option('--sample <count>', 'only so many of the generated mutants, drawn by --seed', positive)
  .option('--seed <number>', 'of the sample', whole, 1)
  .option('--workers <count>', 'contracts: how many mutants are tried side by side', positive, 2)
  .option('--afresh', 'tries every generated mutant again, whatever is known of it from earlier runs')
  .option('--record', 'spec, contracts: keeps the outcome of the generated mutants in the repository')
  .option('--json', 'one JSON object on standard output')
  .addHelpText(
    'after',
    '\nExit codes: 0 all are killed that must be; 1 a planted mutant survives, the score is below 0.9, or a survivor is ' +
      'not in the list; 2 bad input, or a mutant or test that is out of date; 130 interrupted.',
  )
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
const options = command.opts<Options>()
const target = command.args[0] as 'spec' | 'contracts' | 'vm'
const has = (text: string): boolean => options.only === undefined || text.includes(options.only)
const chosen = {
  planted: options.planted === true || options.generated !== true,
  generated: options.generated === true || options.planted !== true,
  has,
  afresh: options.afresh === true,
  sample: options.sample,
  seed: options.seed,
}
const record = options.record === true
if (record && target === 'vm') command.error('of the translator nothing is recorded')
if (record && target === 'spec' && (options.only ?? options.sample) !== undefined)
  command.error('what is recorded of the specification is the whole')

/** Each brings its own tools, which take seconds to load. */
const mutate = async (): Promise<MutationReport> => {
  switch (target) {
    case 'spec': {
      const { mutateSpec } = await import('../../spec/checks/mutants/mutateSpec.ts')
      return mutateSpec(ROOT, { ...chosen, record })
    }
    case 'contracts': {
      const { mutateContracts } = await import('./contracts/mutateContracts.ts')
      return mutateContracts(ROOT, { ...chosen, workers: options.workers, record })
    }
    case 'vm': {
      const { mutateVm } = await import('./vm/mutateVm.ts')
      return mutateVm(ROOT, chosen)
    }
  }
}

const report = await mutate()
if (report.faults.length > 0) {
  for (const fault of report.faults) console.error(fault)
  process.exit(BAD_INPUT)
}
if (report.planted === undefined && report.generated === undefined)
  command.error(`nothing's name or file contains "${options.only}"`)

for (const line of report.unknown) console.error(line)
if (options.json) {
  const { planted, generated, survivors } = report
  console.log(JSON.stringify({ planted, generated, survivors }))
} else {
  for (const survivor of report.survivors)
    console.log(
      'reason' in survivor
        ? `${survivor.file}, ${survivor.name}: survives ${survivor.killedBy}, ${survivor.reason}`
        : `${survivor.file}:${survivor.line} survives: ${survivor.before} => ${survivor.after}` +
            (survivor.why === undefined ? '' : ` (${survivor.why})`),
    )
  if (report.planted)
    console.log(`${report.planted.killed} of ${report.planted.total} planted mutants are killed`)
  if (report.generated) {
    const { killed, total, score } = report.generated
    console.log(`${killed} of ${total} generated mutants are killed, ${(100 * score).toFixed(1)}%`)
  }
}
const { planted, generated } = report
const isWell =
  (planted === undefined || planted.killed === planted.total) &&
  (generated === undefined || generated.score >= LEAST_SCORE) &&
  report.unknown.length === 0
if (!isWell) process.exitCode = SURVIVED
