import { readFileSync } from 'node:fs'
import { foundAt, placesOf } from '../../impl/files/places.ts'
import { BadInput } from '../../sim/badInput.ts'
import { count } from '../../sim/format.ts'
import type { Entry, Journal } from '../../sim/journal.ts'
import { readJournal } from '../../sim/readJournal.ts'
import { type Divergence, replay } from '../../sim/replay.ts'
import { deployedModel } from '../../sim/towers/modelSetting.ts'
import { symbolSetting } from '../../sim/towers/symbolSetting.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { appendRow, chronicle, type Played, type Row } from '../chronicle.ts'
import { parseRunFile, type RunFile } from '../index/runFile.ts'
import { levelsOf, NO_GRAPH } from '../population/populationStage.ts'
import { type PopulationSetting, type RunSetting, startOf } from '../runSetting.ts'
import type { Setting } from '../wording.ts'

/** What a run's words are made of, and what stands above them. */
export interface KeptSetting extends Setting {
  readonly parameters: Parameters
  readonly modelName: string
  readonly inputName: string
}

/** A run that was kept: its run file, and its calls as the specification confirms them. */
export interface KeptRun {
  readonly run: RunFile
  readonly setting: KeptSetting
  readonly rows: readonly Row[]
}

const JOURNAL_ENDING = /\.jsonl$/

const fault = (file: string, reason: string, line?: number): BadInput =>
  new BadInput(file, [{ line, field: undefined, reason }])

const read = (file: string, what: string): string => {
  const path = foundAt(file)
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw fault(file, `there is no such ${what}; looked for: ${placesOf(file).join(' and ')}`)
    throw fault(file, `the ${what} cannot be read (${code})`)
  }
}

const readRunFile = (file: string): RunFile => {
  const run = parseRunFile(read(file, 'run file, which stands beside a journal'))
  if (typeof run === 'string') throw fault(file, run)
  return run
}

const startIn = (file: string, start: () => ServiceState): ServiceState => {
  try {
    return start()
  } catch (error) {
    throw fault(file, `is damaged: setting: ${(error as Error).message}`)
  }
}

const diverged = (file: string, { seq, what, specification, chain }: Divergence): BadInput =>
  fault(
    file,
    `is damaged, or of another version: ${what} is ${chain} here, and ${specification} in the specification`,
    seq === undefined ? undefined : seq + 1,
  )

interface Kept {
  readonly setting: KeptSetting
  readonly rows: readonly Row[]
}

const storyOf = (file: string, runFile: string, setting: RunSetting, journal: Journal): Kept => {
  const start = startIn(runFile, () => startOf(setting))
  const found = replay(start, journal, setting.actors)
  if (found !== undefined) throw diverged(file, found)
  return { setting, rows: chronicle({ start, story: { journal }, model: setting.model }) }
}

/** What accounts paid for gas is not in the journal: who could not pay is believed, and everything else is played. */
const populationOf = (
  file: string,
  runFile: string,
  { parameters, lengths, ofModel, task, actors }: PopulationSetting,
  journal: Journal,
): Kept => {
  const start = startIn(runFile, () =>
    ofModel === undefined
      ? symbolSetting(lengths).raise().deployed(parameters)
      : deployedModel(ofModel.model, parameters),
  )
  const told = ofModel ?? {
    model: { phases: levelsOf(lengths) },
    modelName: 'alphabet',
    inputName: `runs of ${lengths.map((length) => count(length)).join(' > ')} steps`,
    graph: NO_GRAPH,
  }
  const rows: Row[] = []
  for (const entry of journal) {
    const row = heldAgainst(file, { start, model: told.model }, rows, entry)
    const specification = stateHash(row.after)
    if (specification !== entry.stateHash)
      throw diverged(file, { seq: entry.seq, what: 'state', specification, chain: entry.stateHash })
    rows.push(row)
  }
  return { setting: { ...told, parameters, task, actors }, rows }
}

const heldAgainst = (file: string, played: Played, rows: readonly Row[], entry: Entry): Row => {
  try {
    return appendRow(played, rows, entry)
  } catch (error) {
    throw fault(file, `is damaged, or of another version: ${(error as Error).message}`, entry.seq + 1)
  }
}

/**
 * Reads a run from its journal, and from the run file beside it; plays it through the specification.
 *
 * @throws BadInput where one of the two is missing, cut off, damaged or of another version
 */
export const readRun = (file: string): KeptRun => {
  if (!JOURNAL_ENDING.test(file)) throw fault(file, 'is no journal; allowed: FILE.jsonl of a report')
  const text = read(file, 'journal')
  if (/^\{"scenario":"[0-9a-f]{64}"\}\n/.test(text))
    throw fault(
      file,
      'holds results of runs, and no journal; a single run has one, beside its page: NAME-run.jsonl',
    )
  const journal = readJournal(text)
  if ('reason' in journal) throw fault(file, journal.reason, journal.line)
  const runFile = file.replace(JOURNAL_ENDING, '.json')
  const run = readRunFile(runFile)
  if (journal.length !== run.calls)
    throw fault(
      file,
      `is cut off, or of another run: it has ${journal.length} calls, and the run had ${run.calls}`,
    )
  const { setting } = run
  const kept =
    setting.kind === 'story'
      ? storyOf(file, runFile, setting, journal)
      : populationOf(file, runFile, setting, journal)
  return { run, ...kept }
}
