import type { Pages, PopulationRecord, SweepWatch } from '../pages.ts'
import { figuresOf } from '../simulation/figures.ts'
import { playShown, type RunSoFar } from '../simulation/run.ts'
import { pausing } from '../stopped.ts'
import { grid } from './grid.ts'
import { type RunResult, resultOf, seedOf, simulationAt } from './job.ts'
import type { OneRun } from './sweep.ts'
import type { SweepRecord } from './sweepRecord.ts'

/** A run that was shown, and what it came to. */
export interface ShownRun extends OneRun {
  readonly result: RunResult
}

/** A simulation that is shown while it is played. */
export interface Shown extends Pick<SweepWatch, 'url' | 'add' | 'close'> {
  /** Plays the run, where there is one alone: call by call, as it is shown. @throws Stopped */
  readonly play: (signal: AbortSignal) => Promise<ShownRun | undefined>
  /** Shows the whole, as long as somebody may want to see it. */
  readonly over: (record: SweepRecord, one: PopulationRecord | undefined) => Promise<void>
}

type About = Pick<SweepRecord, 'file' | 'contentHash' | 'data' | 'simulation'>

type Watches = Pick<Pages, 'openSweepWatch' | 'openPopulationWatch'>

/** Many runs: what they come to, beside each other. */
const showSweep = async (about: About, found: readonly RunResult[], pages: Watches): Promise<Shown> => {
  const watch = await pages.openSweepWatch(about)
  watch.resume(found)
  return { ...watch, play: async () => undefined, over: (record) => watch.over(record) }
}

/** One run: its calls. */
const showRun = async ({ data, ...about }: About, pages: Watches): Promise<Shown> => {
  const simulation = simulationAt(data, grid(about.simulation.vary)[0]!)
  const { url, show, over, close } = await pages.openPopulationWatch({ ...about, simulation })
  return {
    url,
    close,
    add: () => {},
    play: async (signal) => {
      const pause = pausing(signal)
      const shown = async (soFar: RunSoFar) => {
        await show(soFar)
        await pause()
      }
      const run = await playShown(simulation, seedOf(simulation.seed, 0), shown, pause)
      const result = resultOf(figuresOf(simulation, run), run, { point: 0, run: 0, at: {} })
      return { simulation, run, result }
    },
    over: async (_, one) => {
      if (one !== undefined) await over(one)
    },
  }
}

/**
 * Begins to show a simulation.
 *
 * @param found results of an earlier stretch
 */
export const openShown = (about: About, found: readonly RunResult[], pages: Watches): Promise<Shown> => {
  const { runs, vary, world } = about.simulation
  // One run alone on the modelled chain is played by this program, so that it can be shown call by call.
  const isOne = runs * grid(vary).length === 1
  return isOne && world === 'model' ? showRun(about, pages) : showSweep(about, found, pages)
}
