import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UnknownModelError } from '../../impl/models/catalogue.ts'
import { simCommand } from '../../sim/command.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { isSimulation } from '../../sim/runs/command.ts'
import { loadScenario, readScenarioFile } from '../../sim/scenario/load.ts'
import { complain } from '../../sim/terminal.ts'
import { PAGES } from '../pages.ts'

const SCENARIOS = join(dirname(dirname(import.meta.dirname)), 'scenarios')

/** Runs at each point of a simulation, where many are only to be seen once: the question's own file says how many it takes. */
const FEW_RUNS = '1'

/** The scenarios that ship: stories, then questions about populations. */
export const shippedFiles = (): readonly string[] =>
  ['*.yaml', 'questions/*.yaml'].flatMap((pattern) =>
    globSync(pattern, { cwd: SCENARIOS })
      .sort()
      .map((name) => join(SCENARIOS, name)),
  )

/** What there is to do with a file on this machine. Its own faults are told when it is played. */
type Plan = { readonly args: readonly string[] } | { readonly skipped: string }

const planOf = (file: string): Plan => {
  try {
    const read = readScenarioFile(file)
    if (isSimulation(read.sheet)) return { args: ['--runs', FEW_RUNS] }
    loadScenario(file, read)
    return { args: [] }
  } catch (error) {
    return error instanceof UnknownModelError ? { skipped: error.message } : { args: [] }
  }
}

/**
 * Plays scenarios one after another; one whose model is not here is named and left out.
 *
 * @returns the highest exit code
 */
export const playFiles = async (files: readonly string[], folder: string): Promise<number> => {
  const started = performance.now()
  const codes: number[] = [EXIT.met]
  const skipped: string[] = []
  for (const [done, file] of files.entries()) {
    const seconds = (performance.now() - started) / 1000
    const left = done === 0 ? '' : `, about ${Math.ceil((seconds / done) * (files.length - done))} s left`
    complain(`scenario ${done + 1} of ${files.length}, ${file}: ${seconds.toFixed(1)} s so far${left}`)
    const plan = planOf(file)
    if ('skipped' in plan) {
      skipped.push(file)
      complain(`skipped ${file}: ${plan.skipped}`)
    } else codes.push(await simCommand([file, ...plan.args, '--out', folder], PAGES))
  }
  if (skipped.length > 0) complain(`skipped, ${skipped.length} of ${files.length}: ${skipped.join(', ')}`)
  return Math.max(...codes)
}
