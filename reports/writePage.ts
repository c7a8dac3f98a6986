import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { journalLines } from '../sim/journal.ts'
import type { RunRecord } from '../sim/record.ts'
import { arbitrationOf } from './arbitration.ts'
import { chronicle } from './chronicle.ts'
import { page } from './page.ts'

const OUT_FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'out')

const MAX_NAME_LENGTH = 100

/** A scenario's name may be any text; a file's may not. */
const fileName = (text: string): string =>
  text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME_LENGTH) || 'unnamed'

/** The page of a run as text. */
export const pageOf = (record: RunRecord): string => {
  const rows = chronicle(record)
  return page({ record, rows, arbitration: arbitrationOf(rows, record) })
}

/** Nobody ever sees half a file. */
const writeWhole = (path: string, text: string): void => {
  const unfinished = `${path}.${process.pid}`
  writeFileSync(unfinished, text)
  renameSync(unfinished, path)
}

/**
 * Writes a run's page, and its journal beside it as JSON lines.
 *
 * @param folder made where it is missing
 * @returns path of the page
 */
export const writePage = async (record: RunRecord, folder = OUT_FOLDER): Promise<string> => {
  const stem = join(folder, `${fileName(record.scenario.scenario)}-${record.summary.world}`)
  const text = pageOf(record)
  mkdirSync(folder, { recursive: true })
  writeWhole(`${stem}.jsonl`, journalLines(record.story.journal))
  writeWhole(`${stem}.html`, text)
  return `${stem}.html`
}
