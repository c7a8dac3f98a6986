import { globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { modelFileOf, UnknownModelError } from '../../impl/models/catalogue.ts'
import { BadInput } from '../../sim/badInput.ts'
import { simCommand } from '../../sim/command.ts'
import { EXIT } from '../../sim/exitCode.ts'
import { isSimulation } from '../../sim/scenario/kind.ts'
import { type ReadFile, readScenarioFile } from '../../sim/scenario/load.ts'
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

/** Why a scenario's model is not here; undefined where it is, or is none that can be fetched. */
const absence = ({ data }: ReadFile['sheet']): string | undefined => {
  const { model } = (data as { readonly task?: { readonly model?: unknown } } | null)?.task ?? {}
  if (typeof model !== 'string') return undefined
  try {
    modelFileOf(model)
    return undefined
  } catch (error) {
    if (!(error instanceof UnknownModelError)) throw error
    return error.fetch === undefined ? undefined : error.message
  }
}

const planOf = (file: string): Plan => {
  try {
    const { sheet } = readScenarioFile(file)
    const skipped = absence(sheet)
    if (skipped !== undefined) return { skipped }
    return { args: isSimulation(sheet) ? ['--runs', FEW_RUNS] : [] }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error
    return { args: [] }
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
