import { readFileSync } from 'node:fs'
import { foundAt, placesOf } from '../../impl/files/places.ts'
import { BadInput } from '../../sim/badInput.ts'
import type { Journal } from '../../sim/journal.ts'
import { readJournal } from '../../sim/readJournal.ts'
import { replay } from '../../sim/replay.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { chronicle, type Row } from '../chronicle.ts'
import { parseRunFile, type RunFile } from '../index/runFile.ts'
import { type RunSetting, startOf } from '../runSetting.ts'

/** A run that was kept: its run file, and its calls as the specification confirms them. */
export interface KeptRun {
  readonly run: RunFile
  readonly setting: RunSetting
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

const startIn = (file: string, setting: RunSetting): ServiceState => {
  try {
    return startOf(setting)
  } catch (error) {
    throw fault(file, `is damaged: setting: ${(error as Error).message}`)
  }
}

const confirmed = (file: string, start: ServiceState, setting: RunSetting, journal: Journal): void => {
  const found = replay(start, journal, setting.actors)
  if (found === undefined) return
  const { seq, what, specification, chain } = found
  throw fault(
    file,
    `is damaged, or of another version: ${what} is ${chain} here, and ${specification} in the specification`,
    seq === undefined ? undefined : seq + 1,
  )
}

/**
 * Reads a run from its journal, and from the run file beside it; plays it through the specification.
 *
 * @throws BadInput where one of the two is missing, cut off, damaged or of another version
 */
export const readRun = (file: string): KeptRun => {
  if (!JOURNAL_ENDING.test(file)) throw fault(file, 'is no journal; allowed: FILE.jsonl of a report')
  const journal = readJournal(read(file, 'journal'))
  if ('reason' in journal) throw fault(file, journal.reason, journal.line)
  const runFile = file.replace(JOURNAL_ENDING, '.json')
  const run = readRunFile(runFile)
  if (journal.length !== run.calls)
    throw fault(
      file,
      `is cut off, or of another run: it has ${journal.length} calls, and the run had ${run.calls}`,
    )
  const { setting } = run
  if (setting === null)
    throw fault(
      file,
      'is of a run of a population, whose tower is of symbols; allowed: the journal of a story',
    )
  const start = startIn(runFile, setting)
  confirmed(file, start, setting, journal)
  return { run, setting, rows: chronicle({ start, story: { journal }, model: setting.model }) }
}
