import { Command, Option } from 'commander'
import { instancesOf, type Size } from './disputeInstances.ts'
import { progressOf } from './progress.ts'
import { ALL_PROPERTIES, exploreAll, isClean } from './report.ts'
import { serviceInstancesOf } from './service/serviceInstances.ts'

const VIOLATED = 1
const BAD_INPUT = 2

const { size, json } = new Command('spec:explore')
  .description('Explores every state of one dispute on all small towers, and of the service around it')
  .addOption(new Option('--size <size>', 'how much is explored').choices(['small', 'full']).default('full'))
  .option('--json', 'one JSON object on standard output')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()
  .opts<{ size: Size; json?: true }>()

/** The larger instances stand together; taken in turn with the others, the time that is left is soon known. */
const interleaved = <Item>(items: readonly Item[]): readonly Item[] => {
  const strands = 40
  return Array.from({ length: strands }, (_, strand) =>
    items.filter((_, index) => index % strands === strand),
  ).flat()
}

const started = performance.now()
const [disputes, services] = [interleaved(instancesOf(size)), serviceInstancesOf(size)]
const total = disputes.length + services.length
const progress = progressOf(process.stderr, total, 'instances', () => performance.now())
const { report, examples } = exploreAll(disputes, services, progress.done)
const seconds = (performance.now() - started) / 1000

if (json) console.log(JSON.stringify({ ...report, seconds }))
else {
  for (const { id, violations } of report.properties)
    console.log(
      `${id} ${ALL_PROPERTIES.find((property) => property.id === id)!.sentence}: ${violations} violations`,
    )
  for (const { name, violates, found } of report.outsideAssumptions)
    console.log(`${name}: must violate ${violates}, ${found ? 'does' : 'DOES NOT'}`)
  const { states, transitions } = report
  console.log(`${total} instances, ${states} states, ${transitions} transitions, ${seconds.toFixed(1)} s`)
}
for (const [id, where] of examples) console.error(`${id} first violated: ${where}`)
process.exitCode = isClean(report) ? 0 : VIOLATED
