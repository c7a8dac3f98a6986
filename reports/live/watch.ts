import type { Entry } from '../../sim/journal.ts'
import type { Pages } from '../../sim/pages.ts'
import type { RunRecord, RunStage } from '../../sim/record.ts'
import { appendRow, type Row } from '../chronicle.ts'
import { servedMainOf } from '../writePage.ts'
import { liveMain, livePage } from './livePage.ts'
import { serveLive } from './server.ts'

/** The page of a run as it stands: nothing yet, a story that goes on, or the whole run. */
export const openWatch: Pages['openWatch'] = async (title) => {
  let stage: RunStage | undefined
  let whole: string | undefined
  let rows: readonly Row[] = []
  const main = (): string => {
    if (whole !== undefined) return whole
    return stage === undefined ? '' : liveMain(stage, rows)
  }
  const server = await serveLive({ main, page: () => livePage(title, main()) })
  return {
    url: server.url,
    begin: (given) => {
      stage = given
      server.changed()
    },
    entry: async (entry: Entry) => {
      rows = [...rows, appendRow(stage!, rows, entry)]
      server.changed()
      // Computing leaves the server no time of its own.
      await new Promise((resolve) => setImmediate(resolve))
    },
    over: (record: RunRecord) => {
      whole = servedMainOf(record)
      return server.over()
    },
    close: server.close,
  }
}
