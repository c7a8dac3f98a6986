import type { Pages, PopulationRecord } from '../../sim/pages.ts'
import type { RunSoFar } from '../../sim/simulation/run.ts'
import { documentText } from '../document.ts'
import { FIGURE_STYLE } from '../figures/style.ts'
import { disputeFile, disputePage, havePages } from '../population/disputePage.ts'
import type { PopulationContent } from '../population/populationContent.ts'
import { livePopulationMain, populationMain } from '../population/populationPage.ts'
import { contentOf } from '../population/writePopulation.ts'
import { disputesOf } from '../sections/story.ts'
import { STYLE } from '../style.ts'
import { serveLive } from './server.ts'

/** The page of a dispute as it stands, by the path that the run's page links to. */
const disputeAt = (path: string, content: PopulationContent) => {
  const { stage, name } = content
  if (!havePages(stage)) return undefined
  const dispute = disputesOf(stage.rows).find(
    (id) => path === `/${encodeURIComponent(name)}/${disputeFile(stage.rows, id)}`,
  )
  return dispute && disputePage(content, dispute, { runPage: '/', beside: undefined })
}

/** A run that nobody looks at leaves the server this often a moment, in milliseconds. */
const BREATH_MS = 20

/** The page of one run of a population as it stands: nothing yet, a run that goes on, or the whole run. */
export const openPopulationWatch: Pages['openPopulationWatch'] = async (about) => {
  const { scenario, title } = about.simulation
  let run: RunSoFar | undefined
  let whole: PopulationRecord | undefined
  let breathed = performance.now()
  const content = (): PopulationContent | undefined => {
    const shown = whole?.run ?? run
    return shown && contentOf(about, shown)
  }
  const main = (): string => {
    const shown = content()
    if (shown === undefined) return ''
    return whole === undefined ? livePopulationMain(shown) : populationMain(shown)
  }
  const page = (): string =>
    documentText({
      title: title || scenario,
      style: STYLE + FIGURE_STYLE,
      script: 'live',
      main: main(),
      connects: true,
    })
  const linked = (path: string): string | undefined => {
    const shown = content()
    return shown && disputeAt(path, shown)
  }
  const server = await serveLive({ main, page, linked })
  return {
    url: server.url,
    show: async (given) => {
      run = given
      server.changed()
      if (performance.now() - breathed < BREATH_MS) return
      // Computing leaves the server no time of its own.
      await new Promise((resolve) => setImmediate(resolve))
      breathed = performance.now()
    },
    over: (record) => {
      whole = record
      return server.over()
    },
    close: server.close,
  }
}
