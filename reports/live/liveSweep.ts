import { count } from '../../sim/format.ts'
import type { Pages } from '../../sim/pages.ts'
import { grid } from '../../sim/runs/grid.ts'
import { type RunResult, simulationAt } from '../../sim/runs/job.ts'
import { type PointSummary, PointTotals } from '../../sim/runs/points.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { documentText, mainMarkup } from '../document.ts'
import { html } from '../html.ts'
import { SWEEP_STYLE, sweepFigures, sweepHeader, sweepMain, sweepTitle } from '../sweeps/sweepPage.ts'
import { serveLive } from './server.ts'

/** How far a simulation is. */
export interface Progress {
  readonly done: number
  readonly total: number
  /** Of those, finished in an earlier stretch. */
  readonly found: number
  readonly seconds: number
}

/** How far it is, how fast it goes and how long it has left. */
export const progressWords = ({ done, total, found, seconds }: Progress): string => {
  const rate = (done - found) / Math.max(1e-3, seconds)
  const left =
    rate === 0 ? '' : `, ${rate.toFixed(1)} a second, ${count(Math.ceil((total - done) / rate))} s left`
  return `${count(done)} of ${count(total)} runs${left}`
}

/** What stands on the page of a simulation that is not over: the runs so far. The answer waits for all of them. */
export const liveSweepMain = (
  about: Pick<SweepRecord, 'file' | 'simulation'>,
  points: readonly PointSummary[],
  progress: Progress,
): string => {
  const { done, total } = progress
  return mainMarkup([
    html`<header>
${sweepHeader(
  about,
  html`<p class="verdict" role="status">Running: ${progressWords(progress)}.</p>
<progress max="${total}" value="${done}" aria-label="runs that are finished"></progress>`,
)}
</header>`,
    ...(points.length === 0 ? [] : sweepFigures({ simulation: about.simulation, points })),
  ])
}

/** The page of a simulation as it stands: the runs so far, or the whole. */
export const openSweepWatch: Pages['openSweepWatch'] = async (about) => {
  const { data, simulation } = about
  const grids = grid(simulation.vary)
  const totals = new Map<number, PointTotals>()
  const started = performance.now()
  let [done, found] = [0, 0]
  let whole: string | undefined
  const main = (): string =>
    whole ??
    liveSweepMain(
      about,
      [...totals.values()].map((point) => point.summary()),
      { done, total: grids.length * simulation.runs, found, seconds: (performance.now() - started) / 1000 },
    )
  const page = (): string =>
    documentText({
      title: sweepTitle(simulation),
      style: SWEEP_STYLE,
      script: 'live',
      main: main(),
      connects: true,
    })
  const server = await serveLive({ main, page })
  const totalsOf = (point: number): PointTotals => {
    const known = totals.get(point)
    if (known !== undefined) return known
    const at = grids[point]!
    const begun = new PointTotals(at, simulationAt(data, at).outside)
    totals.set(point, begun)
    return begun
  }
  const take = ({ point, figures, searches }: RunResult): void => {
    totalsOf(point).add(figures, searches)
    done++
    server.changed()
  }
  return {
    url: server.url,
    resume: (results) => {
      for (const result of results) take(result)
      found = done
    },
    add: take,
    over: (record) => {
      whole = sweepMain(record, undefined)
      return server.over()
    },
    close: server.close,
  }
}
