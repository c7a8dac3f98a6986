import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { LEAST_SCORE, scoreOf, unknownSurvivors, whyOf } from './generated.ts'
import { libraryFiles, record, runGenerated } from './generatedRun.ts'
import { PLANTED } from './planted.ts'
import { runPlanted } from './plantedRun.ts'
import { SURVIVORS } from './survivors.ts'

const SURVIVED = 1
const BAD_INPUT = 2

const ROOT = join(import.meta.dirname, '../../..')

interface Options {
  readonly planted?: true
  readonly generated?: true
  readonly only?: string
  readonly afresh?: true
  readonly record?: true
  readonly json?: true
}

const command = new Command('mutate')
  .description('Breaks the specification in a private copy, one mutant at a time: a test must fail')
  .addArgument(new Argument('<target>', 'what is broken').choices(['spec']))
  .option('--planted', 'only the mutants that were written by hand, each with the property that must kill it')
  .option('--generated', 'only the mutants that Stryker makes')
  .option('--only <text>', 'only the mutants whose name or file contains this')
  .option('--afresh', 'tries every generated mutant, not only those that a change may have affected')
  .option('--record', 'keeps the outcome of the generated mutants in the repository')
  .option('--json', 'one JSON object on standard output')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
const options = command.opts<Options>()
const has = (text: string): boolean => options.only === undefined || text.includes(options.only)

const mutants = options.generated && !options.planted ? [] : PLANTED.filter((m) => has(`${m.file} ${m.name}`))
const files = options.planted && !options.generated ? [] : libraryFiles(ROOT).filter(has)
if (mutants.length + files.length === 0) command.error(`nothing's name or file contains "${options.only}"`)
if (options.record && options.only !== undefined) command.error('what is recorded is the whole')

const planted = async () => {
  const { faults, survivors } = await runPlanted(ROOT, mutants)
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(BAD_INPUT)
  return {
    survivors: survivors.map(({ name, file, killedBy, reason }) => ({ file, name, killedBy, reason })),
    report: { total: mutants.length, killed: mutants.length - survivors.length },
  }
}

const generated = async () => {
  const tried = await runGenerated(ROOT, files, options.afresh === true)
  if (options.record) record(ROOT)
  const survivors = tried.filter(({ outcome }) => outcome === 'survived')
  return {
    unknown: unknownSurvivors(survivors, SURVIVORS),
    survivors: survivors.map(({ outcome, ...survivor }) => ({
      ...survivor,
      why: whyOf(survivor, SURVIVORS),
    })),
    report: scoreOf(tried),
  }
}

const byHand = mutants.length > 0 ? await planted() : undefined
const byTool = files.length > 0 ? await generated() : undefined

for (const line of byTool?.unknown ?? []) console.error(line)
if (options.json)
  console.log(
    JSON.stringify({
      planted: byHand?.report,
      generated: byTool?.report,
      survivors: [...(byHand?.survivors ?? []), ...(byTool?.survivors ?? [])],
    }),
  )
else {
  for (const { name, file, killedBy, reason } of byHand?.survivors ?? [])
    console.log(`${file}, ${name}: survives ${killedBy}, ${reason}`)
  for (const { file, line, before, after, why } of byTool?.survivors ?? [])
    console.log(`${file}:${line} survives: ${before} => ${after}${why === undefined ? '' : ` (${why})`}`)
  if (byHand) console.log(`${byHand.report.killed} of ${byHand.report.total} planted mutants are killed`)
  if (byTool)
    console.log(
      `${byTool.report.killed} of ${byTool.report.total} generated mutants are killed, ${(100 * byTool.report.score).toFixed(1)}%`,
    )
}
const isWell =
  (byHand?.survivors ?? []).length === 0 &&
  (byTool === undefined || (byTool.report.score >= LEAST_SCORE && byTool.unknown.length === 0))
if (!isWell) process.exitCode = SURVIVED
