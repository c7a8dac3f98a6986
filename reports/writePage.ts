import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeFolder } from '../impl/files/folder.ts'
import { partialOf } from '../impl/files/partial.ts'
import { journalLines } from '../sim/journal.ts'
import type { RunRecord } from '../sim/record.ts'
import { arbitrationOf } from './arbitration.ts'
import { chronicle } from './chronicle.ts'
import { runFileOf, runFileText } from './index/runFile.ts'
import { type PageContent, page, runMain } from './page.ts'

/** Where reports are written unless somebody names another folder. */
export const OUT_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'out')

const MAX_PART_LENGTH = 60
const HASH_DIGITS = 8

/** Names of files and scenarios may be any text; a report's may not. */
const namePart = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_PART_LENGTH) || 'unnamed'

/** What a report's name is made of. */
export interface Named {
  /** The scenario's file. */
  readonly file: string
  readonly scenario: string
  readonly world: string
  readonly seed: number
  readonly contentHash: string
}

/** What a report's files are called: no two scenarios share one. The scenario's name is left out where the file has it. */
export const reportName = ({ file, scenario, world, seed, contentHash }: Named): string => {
  const names = [...new Set([namePart(basename(file, extname(file))), namePart(scenario)])]
  return [...names, world, seed, contentHash.slice(0, HASH_DIGITS)].join('-')
}

const contentOf = (record: RunRecord, folder?: string): PageContent => {
  const rows = chronicle(record)
  const beside = folder === undefined ? undefined : { name: reportName(record.scenario), folder }
  return { record, rows, arbitration: arbitrationOf(rows, record), beside }
}

/** The page of a run as text. @param folder that its files lie in */
export const pageOf = (record: RunRecord, folder = OUT_FOLDER): string => page(contentOf(record, folder))

/** What stands on it where it is served. */
export const servedMainOf = (record: RunRecord): string => runMain(contentOf(record))

/** Nobody ever sees half a file. */
export const writeWhole = (path: string, text: string): void => {
  const unfinished = partialOf(path)
  try {
    writeFileSync(unfinished, text)
    renameSync(unfinished, path)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

/**
 * Writes a run's page, its journal beside it as JSON lines, and its run file, from which an index is made.
 *
 * @param folder made where it is missing
 * @returns path of the page
 */
export const writePage = async (record: RunRecord, folder = OUT_FOLDER): Promise<string> => {
  const stem = join(folder, reportName(record.scenario))
  const text = pageOf(record, folder)
  makeFolder(folder)
  writeWhole(`${stem}.jsonl`, journalLines(record.story.journal))
  writeWhole(`${stem}.html`, text)
  // Last: a run whose run file is there is whole.
  writeWhole(`${stem}.json`, runFileText(runFileOf(record, new Date())))
  return `${stem}.html`
}
