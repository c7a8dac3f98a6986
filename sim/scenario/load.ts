import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { foundAt, placesOf } from '../../impl/files/places.ts'
import { parameterFault } from '../../spec/setting/parameters.ts'
import { PHASE_CODES, type PhaseName } from '../../spec/tower/model.ts'
import { checkPhases } from '../../spec/tower/towerRules.ts'
import { BadInput, type Fault, oneOf } from '../badInput.ts'
import { count } from '../format.ts'
import { assumptionFaults } from './assumptions.ts'
import { type Cast, castActors, checkOptions, type Report } from './cast.ts'
import { type FieldFault, fieldName, schemaFaults } from './fault.ts'
import { bondFaults, pathOf, sealFaults } from './gameFields.ts'
import { claimBondOf, parametersOf } from './parameters.ts'
import { type RawScenario, scenarioSchema } from './schema.ts'
import { type AskedRuns, checkInput, runsOf, towersOf } from './task.ts'
import { feeFaults } from './taskFee.ts'
import { parseSheet, type Sheet } from './yaml.ts'

/** A scenario with its model and input at hand, checked in every field. */
export interface Scenario extends Omit<RawScenario, 'actors'>, AskedRuns {
  /** As it was named. */
  readonly file: string
  /** Of the file's bytes: tells two scenarios of one name apart. */
  readonly contentHash: string
  readonly cast: Cast
  /** What leaves an honest party too little time, where the scenario plays outside the assumptions on purpose. */
  readonly outside: readonly string[]
}

/** No scenario is anywhere near as long; something else was named by mistake. */
const MAX_FILE_BYTES = 1 << 20

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder; allowed: a scenario file',
  ENAMETOOLONG: 'is longer than a name may be',
  ELOOP: 'is a link that leads to itself',
}

const readBytes = (file: string): Buffer => {
  const fail = (reason: string) => new BadInput(file, [{ line: undefined, field: undefined, reason }])
  const path = foundAt(file)
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw fail('is too large for a scenario file')
    return readFileSync(path)
  } catch (error) {
    if (error instanceof BadInput) throw error
    const { code = '' } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw fail(`there is no such file; looked for: ${placesOf(file).join(' and ')}`)
    throw fail(REASONS[code] ?? `cannot be read (${code})`)
  }
}

const decodeText = (bytes: Buffer): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The faults with the lines at which they stand. */
export const badInput = (file: string, { lineOf }: Sheet, faults: readonly FieldFault[]): BadInput =>
  new BadInput(
    file,
    faults
      .map(
        ({ path, reason }): Fault => ({
          line: lineOf(path),
          field: path.length === 0 ? undefined : fieldName(path),
          reason,
        }),
      )
      .sort((a, b) => a.line! - b.line!),
  )

const whole = (reason: string): Fault => ({ line: undefined, field: undefined, reason })

const readSheet = (file: string, bytes: Buffer): Sheet => {
  const text = decodeText(bytes)
  if (text === undefined) throw new BadInput(file, [whole('is no text in UTF-8')])
  const sheet = parseSheet(text)
  if (!('data' in sheet)) throw new BadInput(file, sheet)
  if (sheet.data === null)
    throw new BadInput(file, [whole('is empty; allowed: a scenario, see scenarios/README.md')])
  return sheet
}

/** The phase with that byte; undefined for none. */
const phaseOf = (code: unknown): string | undefined =>
  Object.entries(PHASE_CODES).find(([, known]) => known === code)?.[0]

const listed = (phases: readonly PhaseName[]): string => `[${phases.join(', ')}]`

/** The list of phases must make a tower, and one that the model runs in. */
export const checkTower = (
  phases: readonly PhaseName[],
  model: string | undefined,
  report: Report,
): boolean => {
  const towers = towersOf(model)
  if (towers.some((tower) => listed(tower) === listed(phases))) return true
  const refuse = (reason: string): void =>
    report({ path: ['game', 'phases'], reason: `${reason}; allowed: ${oneOf(towers.map(listed))}` })
  const checked = checkPhases(phases)
  if (checked.ok) {
    refuse(`${listed(phases)} is no tower of ${model ?? 'this model'}`)
    return false
  }
  const [above, below] = ['above', 'below'].map((side) => phaseOf(checked.rejection.details[side]))
  if (below === undefined) refuse(`the last phase is ${above}, and only an instruction can be arbitrated`)
  else if (above === undefined) refuse(`${below} cannot be the first phase`)
  else refuse(`there is no descent from ${above} to ${below}`)
  return false
}

/** A field of what was read, as far as it is there. */
const fieldOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined

/** What concerns several fields, or the model: looked at as far as the parts it needs are right. */
const checkTogether = ({ task, game, cast }: Parts, report: Report): Loaded | undefined => {
  const isTower = game !== undefined && checkTower(game.phases, task?.model, report)
  const hasInput = task !== undefined && checkInput(task, report)
  if (task !== undefined && game !== undefined)
    for (const fault of feeFaults(task, { ...game, claimBondWei: claimBondOf(game) })) report(fault)
  if (game !== undefined) for (const fault of [...sealFaults(game), ...bondFaults(game)]) report(fault)
  if (game !== undefined && cast !== undefined) checkAttention(cast, game, report)
  if (task === undefined || game === undefined || !isTower || !hasInput) return undefined
  const asked = runsOf(task, game.phases, report)
  if (asked === undefined) return undefined
  const { runs, input, inputName } = asked
  if (cast !== undefined) checkOptions(cast, runs, report)
  const parameters = parametersOf(game, task.feeWei, runs.model)
  const outside = assumptionFaults(game, parameters, runs.model, task.deadlineSeconds)
  if (!game.outsideAssumptions)
    for (const { path, reason, leastSeconds } of outside)
      report({
        path,
        reason: `${reason}; allowed: ${count(leastSeconds)} and more, or game.outsideAssumptions: true`,
      })
  const found = parameterFault(parameters)
  const isReported = !game.outsideAssumptions && outside.some(({ path }) => path.at(-1) === found?.parameter)
  if (found !== undefined && !isReported) report({ path: pathOf(game, found.parameter), reason: found.fault })
  return {
    input,
    inputName,
    runs,
    outside: outside.map(({ path, reason }) => `${fieldName(path)} ${reason}`),
  }
}

/** Nobody is asked where a deployment asks for no attention. */
const checkAttention = ({ verifier }: Cast, game: RawScenario['game'], report: Report): void => {
  if (verifier?.strategy.attention === undefined || game.attention !== undefined) return
  const reason = `${verifier.strategyName} stakes on its attention, and this game asks for none; allowed with game.attention`
  report({ path: ['actors', verifier.index, 'strategy'], reason })
}

/** Each undefined where it is at fault itself. */
interface Parts {
  readonly task: RawScenario['task'] | undefined
  readonly game: RawScenario['game'] | undefined
  readonly cast: Cast | undefined
}

interface Loaded extends AskedRuns {
  readonly outside: readonly string[]
}

/** A scenario's file as it was read: YAML, of whatever kind. */
export interface ReadFile {
  readonly bytes: Uint8Array
  readonly sheet: Sheet
}

/** @throws BadInput where it cannot be read or is no YAML */
export const readScenarioFile = (file: string): ReadFile => {
  const bytes = readBytes(file)
  return { bytes, sheet: readSheet(file, bytes) }
}

/** @throws BadInput with all that is wrong, ModelFileError, MnistFileError */
export const loadScenario = (file: string, { bytes, sheet } = readScenarioFile(file)): Scenario => {
  const { data } = sheet
  const faults: FieldFault[] = []
  const report: Report = (fault) => void faults.push(fault)

  const parsed = scenarioSchema.safeParse(data)
  if (!parsed.success) faults.push(...schemaFaults(parsed.error, data))
  // The parts are looked at each by itself, whatever is wrong with the others.
  const { shape } = scenarioSchema
  const task = shape.task.safeParse(fieldOf(data, 'task')).data
  const game = shape.game.safeParse(fieldOf(data, 'game')).data
  const actors = fieldOf(data, 'actors')
  const cast = Array.isArray(actors) ? castActors(actors, game?.phases, report) : undefined
  const loaded = checkTogether({ task, game, cast }, report)

  if (!parsed.success || cast === undefined || loaded === undefined || faults.length > 0)
    throw badInput(file, sheet, faults)
  const { actors: _, ...rest } = parsed.data
  const contentHash = createHash('sha256').update(bytes).digest('hex')
  return { ...rest, ...loaded, file, contentHash, cast }
}
