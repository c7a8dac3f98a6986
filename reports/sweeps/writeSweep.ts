import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, unmakeFolder } from '../../impl/files/folder.ts'
import { partialOf } from '../../impl/files/partial.ts'
import type { SweepPage } from '../../sim/pages.ts'
import { ResultFile } from '../../sim/runs/results.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { OUT_FOLDER, reportName, writeWhole } from '../writePage.ts'
import { sweepFileOf, sweepFileText } from './sweepFile.ts'
import { sweepPage } from './sweepPage.ts'

type About = Pick<SweepRecord, 'file' | 'contentHash' | 'simulation'>

/** What a simulation's files are called, without their endings. */
export const sweepName = ({ file, contentHash, simulation: { scenario, world, seed } }: About): string =>
  reportName({ file, scenario, world, seed, contentHash })

/**
 * Begins the page of a simulation: the lines of its runs are written as they come, page and machine-readable summary
 * when all are played. Until then nothing stands under the report's name.
 *
 * @param folder made where it is missing
 */
export const beginSweepPage = (about: About, folder = OUT_FOLDER): SweepPage => {
  const name = sweepName(about)
  const stem = join(folder, name)
  const made = makeFolder(folder)
  const unfinished = partialOf(`${stem}.jsonl`)
  const lines = ResultFile.open(unfinished, about.contentHash, false)
  let isOpen = true
  const close = (): void => {
    if (isOpen) lines.close()
    isOpen = false
  }
  return {
    add: (result) => lines.add(result),
    finish: (record) => {
      close()
      renameSync(unfinished, `${stem}.jsonl`)
      writeWhole(`${stem}.html`, sweepPage(record, name))
      // Last: a simulation whose summary is there is whole.
      writeWhole(`${stem}.json`, sweepFileText(sweepFileOf(record, new Date())))
      return `${stem}.html`
    },
    discard: () => {
      close()
      rmSync(unfinished, { force: true })
      unmakeFolder(folder, made)
    },
  }
}
