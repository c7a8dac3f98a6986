import type { Pages } from '../sim/pages.ts'
import { openPopulationWatch } from './live/livePopulation.ts'
import { openSweepWatch } from './live/liveSweep.ts'
import { openWatch } from './live/watch.ts'
import { writePopulation } from './population/writePopulation.ts'
import { beginSweepPage } from './sweeps/writeSweep.ts'
import { writePage } from './writePage.ts'

/** The pages of this folder, as the simulator takes them. */
export const PAGES: Pages = {
  writePage,
  openWatch,
  writePopulation,
  beginSweepPage,
  openSweepWatch,
  openPopulationWatch,
}
