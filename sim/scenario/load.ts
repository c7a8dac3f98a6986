import { readFileSync, statSync } from 'node:fs'
import { parseDocument } from 'yaml'
import type { PhaseName } from '../../spec/tower/model.ts'
import { checkPhases } from '../../spec/tower/towerRules.ts'
import { BadInput } from '../badInput.ts'
import { type Cast, castActors } from './cast.ts'
import { schemaFault } from './fault.ts'
import { type RawScenario, scenarioSchema } from './schema.ts'

/** A scenario whose every field has been checked as far as that goes without running the model. */
export interface Scenario extends Omit<RawScenario, 'actors'> {
  readonly file: string
  readonly cast: Cast
}

/** No scenario is anywhere near as long; something else was named by mistake. */
const MAX_FILE_BYTES = 1 << 20

const readText = (file: string): string => {
  try {
    if (statSync(file).size > MAX_FILE_BYTES)
      throw new BadInput(file, undefined, 'too large for a scenario file')
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof BadInput) throw error
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new BadInput(file, undefined, reason)
  }
}

const parseYaml = (file: string, text: string): unknown => {
  const document = parseDocument(text, { prettyErrors: true })
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) throw new BadInput(file, undefined, `malformed YAML: ${fault.message.trim()}`)
  return document.toJS()
}

/** The list of phases must make a tower. */
const requireTower = (file: string, phases: readonly PhaseName[]): void => {
  const checked = checkPhases(phases)
  if (checked.ok) return
  const { above, below } = checked.rejection.details
  throw new BadInput(
    file,
    'game.phases',
    below === undefined
      ? `the last phase must be vm, it is ${above}: only an instruction can be arbitrated`
      : `there is no descent from ${above} to ${below}; allowed: [graph, vm] or [vm]`,
  )
}

/** @throws BadInput naming file, field and reason */
export const loadScenario = (file: string): Scenario => {
  const parsed = scenarioSchema.safeParse(parseYaml(file, readText(file)))
  if (!parsed.success) {
    const { field, reason } = schemaFault(parsed.error)
    throw new BadInput(file, field, reason)
  }
  const { actors, ...rest } = parsed.data
  requireTower(file, rest.game.phases)
  return { ...rest, file, cast: castActors(file, actors, rest.game.phases) }
}
