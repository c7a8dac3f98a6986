import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { userFolder } from '../../impl/files/places.ts'
import { progressOf } from '../../spec/checks/explore/progress.ts'
import { BadInput } from '../badInput.ts'
import { EXIT } from '../exitCode.ts'
import { count, ether } from '../format.ts'
import type { BlockChain } from '../onChain/blockChain.ts'
import { closeChains, openChains } from '../onChain/sweepOnChain.ts'
import type { Pages, PopulationRecord, SweepPage } from '../pages.ts'
import { requireServer } from '../queue/connection.ts'
import { reportFolder, unwritable } from '../reportFolder.ts'
import type { ReadFile } from '../scenario/load.ts'
import type { Simulation } from '../scenario/simulation.ts'
import { type PlayedRun, START } from '../simulation/population.ts'
import { pausing, Stopped } from '../stopped.ts'
import { complain, printReportPath, say } from '../terminal.ts'
import { visible, visibleJson } from '../visible.ts'
import { checked, type SimulationOptions } from './checked.ts'
import { missed } from './expectation.ts'
import { grid, type Point } from './grid.ts'
import { playPausing, type RunResult, type SimulationData, simulationAt } from './job.ts'
import type { PointSummary } from './points.ts'
import { OtherResults, ResultFile } from './results.ts'
import { openShown, type Shown } from './shown.ts'
import { singleSummary } from './single.ts'
import { defaultWorkers, type OneRun, type SweepSummary, sweep } from './sweep.ts'

const openResults = (file: string, path: string | undefined, contentHash: string, resume: boolean) => {
  if (path === undefined) return undefined
  try {
    return ResultFile.open(resolve(userFolder(), path), contentHash, resume)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (!(error instanceof OtherResults) && code === undefined) throw error
    const reason =
      error instanceof OtherResults
        ? message
        : `${path} cannot be written (${code}); allowed: a file in a folder that is there`
    throw new BadInput(file, [{ line: undefined, field: '--jsonl', reason }])
  }
}

/**
 * The run of a simulation that has one alone.
 *
 * @param last as it was just played; one that was finished before is played again
 * @throws Stopped
 */
const oneRun = async (
  data: SimulationData,
  { runs, vary }: Simulation,
  last: OneRun | undefined,
  signal: AbortSignal,
): Promise<OneRun | undefined> => {
  const [at, ...others] = grid(vary)
  if (runs > 1 || others.length > 0) return undefined
  if (last !== undefined) return last
  const simulation = simulationAt(data, at!)
  const { run } = await playPausing(simulation, { point: 0, run: 0, at: at!, isTold: true }, pausing(signal))
  return { simulation, run }
}

/**
 * A simulation that is a single run has its page: that run, call by call, played with hashes.
 *
 * @returns the page's path; null where it cannot be written, which is then said; undefined where there are many runs
 */
const writtenRun = (
  run: PopulationRecord | undefined,
  { out }: SimulationOptions,
  pages: Pick<Pages, 'writePopulation'>,
): string | null | undefined => {
  if (run === undefined) return undefined
  try {
    return pages.writePopulation(run, reportFolder(out))
  } catch (error) {
    complain(unwritable(error))
    return null
  }
}

/** That no page can be written is said before hours are spent, and the runs are played all the same. */
const begunPage = (begin: () => SweepPage): SweepPage | undefined => {
  try {
    return begin()
  } catch (error) {
    complain(unwritable(error))
    return undefined
  }
}

type SimulationPages = Omit<Pages, 'writePage' | 'openWatch'>

/** Serves the page of the simulation while it is played, where that is asked for. */
const openWatch = async (
  about: Parameters<typeof openShown>[0],
  found: readonly RunResult[],
  { watch }: SimulationOptions,
  pages: SimulationPages,
): Promise<Shown | undefined> => {
  if (!watch) return undefined
  const opened = await openShown(about, found, pages)
  complain(`watch it in a browser: ${opened.url}`)
  return opened
}

/**
 * Plays all runs of a simulation's file. Nothing is written before it is known to be right, and where it is played to be
 * there.
 *
 * @returns the exit code
 */
export const playSimulation = async (
  file: string,
  read: ReadFile,
  options: SimulationOptions,
  pages: SimulationPages,
): Promise<number> => {
  const started = performance.now()
  const simulated = checked(file, read, options)
  const { world, runs, vary } = simulated.simulation
  const total = runs * grid(vary).length
  const { queue, rpc, workers = 1 } = options
  if (queue !== undefined) {
    await requireServer(queue)
    if (total === 1) complain('one run alone is played here, and not put into the queue')
  }
  const chains = world === 'anvil' ? await openChains(rpc, Math.min(workers, total)) : []
  try {
    return await playChecked({ file, started, ...simulated, chains }, options, pages)
  } finally {
    await closeChains(chains)
  }
}

interface Opened {
  readonly file: string
  /** `performance.now()` when it began. */
  readonly started: number
  readonly data: SimulationData
  readonly simulation: Simulation
  /** That it is played on; none where the chain is modelled. */
  readonly chains: readonly BlockChain[]
}

const playChecked = async (
  { file, started, data, simulation, chains }: Opened,
  options: SimulationOptions,
  pages: SimulationPages,
): Promise<number> => {
  const { scenario, world, seed, runs, vary, expect } = simulation
  let last: OneRun | undefined
  const contentHash = createHash('sha256').update(JSON.stringify(data)).digest('hex')
  const results = openResults(file, options.jsonl, contentHash, options.resume === true)
  const found = results?.found ?? []
  const page = begunPage(() =>
    pages.beginSweepPage({ file, contentHash, simulation }, reportFolder(options.out)),
  )
  for (const result of found) page?.add(result)
  const stop = new AbortController()
  let watch: Shown | undefined
  const interrupted = () => {
    stop.abort()
    watch?.close()
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  if (options.json !== true) printOpening(simulation, found.length)
  const progress = progressOf(process.stderr, grid(vary).length * runs - found.length, 'runs', () =>
    performance.now(),
  )
  try {
    watch = await openWatch({ file, contentHash, data, simulation }, found, options, pages)
    const shown = await watch?.play(stop.signal)
    last = shown
    const take = (result: RunResult, done: number): void => {
      results?.add(result)
      page?.add(result)
      watch?.add(result)
      progress.done(done - found.length)
    }
    // What was shown is not played again.
    const isNew = shown !== undefined && found.length === 0
    if (isNew) take(shown.result, 1)
    const summary = await sweep({
      data,
      runs,
      vary,
      workers: options.workers ?? (simulation.tower.ofModel === undefined ? defaultWorkers() : 1),
      ...(world === 'anvil' && {
        onChain: { chains, onRun: (at, run) => (last = { simulation: at, run }) },
      }),
      ...(options.queue !== undefined && {
        queue: { url: options.queue, onWaiting: sayWaiting(options.queue) },
      }),
      found: isNew ? [shown.result] : found,
      signal: stop.signal,
      onResult: take,
      onRun: (one) => (last = one),
    })
    const one = await oneRun(data, simulation, last, stop.signal)
    const isSingle = data['runs'] === undefined && data['vary'] === undefined
    const single = isSingle && one !== undefined ? singleSummary(one.simulation, one.run) : undefined
    const wrong = missed(expect, summary.points, single)
    const isAsked = Object.keys(expect).length > 0
    const expectationsMet = isAsked ? wrong.length === 0 : null
    const seconds = (performance.now() - started) / 1000
    const record = { file, contentHash, data, simulation, summary, missed: wrong, expectationsMet, seconds }
    const reportPath = page?.finish(record) ?? null
    const about = { file, contentHash, missed: wrong, expectationsMet, seconds }
    const played = one && { ...about, ...one }
    const path = writtenRun(played, options, pages)
    if (options.json === true) {
      const { points, journalHash } = summary
      console.log(
        visibleJson({
          ...{ scenario, world, seed, runs, journalHash },
          ...(single && { ...single, seconds: secondsOf(one!.run, started) }),
          ...{ points, expectationsMet, reportPath: reportPath ?? path ?? null },
        }),
      )
    } else {
      printSummary(summary)
      for (const { figure, expected, came } of wrong) say(`expected ${figure}: ${expected}, got ${came}`)
      say(
        expectationsMet === null
          ? 'nothing was expected'
          : expectationsMet
            ? 'as expected'
            : 'NOT as expected',
      )
      if (reportPath !== null) printReportPath(reportPath)
      if (typeof path === 'string') say(`the run: ${pathToFileURL(path).href}`)
    }
    await watch?.over(record, played)
    return Math.max(
      expectationsMet === false ? EXIT.unmet : EXIT.met,
      path === null || reportPath === null ? EXIT.badInput : EXIT.met,
    )
  } catch (error) {
    page?.discard()
    if (!(error instanceof Stopped) && (error as Error).name !== 'AbortError') throw error
    complain(
      options.jsonl === undefined
        ? 'stopped; with --jsonl FILE what is finished is kept, and --resume goes on with it'
        : `stopped; what is finished stands in ${options.jsonl}: go on with --resume`,
    )
    return EXIT.interrupted
  } finally {
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
    watch?.close()
    results?.close()
  }
}

/** Seconds of the simulated machines and chain, and of this one's clock. */
const secondsOf = ({ workSeconds, endTime }: PlayedRun, started: number) => ({
  inference: [...workSeconds.values()].reduce((sum, seconds) => sum + seconds, 0),
  dispute: endTime - START,
  total: (performance.now() - started) / 1000,
})

/** Nobody plays what stands in the queue until somebody comes who does. */
const sayWaiting = (url: string) => () =>
  complain(`no worker of the same code is there yet; start some with: npm run sim:worker -- --queue ${url}`)

const printOpening = (
  { scenario, title, tower, cast, runs, vary, seed }: Simulation,
  found: number,
): void => {
  say(visible([scenario, ...(title === '' ? [] : [title])].join(': ')))
  const names = cast.map(({ name, count: many }) => (many === 1 ? name : `${many} × ${name}`))
  const points = grid(vary).length
  say(
    `k = ${tower.lengths.length}, runs of ${tower.lengths.map(count).join(' > ')} steps, ${names.join(', ')}, ` +
      `${count(points)} ${points === 1 ? 'point' : 'points'} of ${count(runs)} ${runs === 1 ? 'run' : 'runs'}, seed ${seed}`,
  )
  if (found > 0) say(`${count(found)} runs were finished before`)
}

const pointWords = (at: Point): string =>
  Object.entries(at)
    .map(([key, value]) => `${key} ${JSON.stringify(value)}`)
    .join(', ')

const printPoint = (point: PointSummary): void => {
  const { at, claims, disputes, honestLosses, finalitySeconds, gas, parties, outsideAssumptions, chain } =
    point
  say(`\n${pointWords(at) || 'all'}`)
  say(
    `  claims: ${count(claims.final)} final, ${count(claims.refuted)} refuted, ${count(claims.expired)} tasks expired; ${count(disputes)} disputes`,
  )
  if (claims.falseFinals > 0) say(`  !!! ${count(claims.falseFinals)} FALSE CLAIMS BECAME FINAL !!!`)
  if (honestLosses > 0) say(`  !!! HONEST PARTIES LOST ${count(honestLosses)} BONDS OR STAKES !!!`)
  if (outsideAssumptions !== null) say(`  outside the assumptions: ${outsideAssumptions}`)
  if (finalitySeconds !== null) {
    const { min, median, p99, max } = finalitySeconds
    say(`  seconds to finality: ${[min, median, p99, max].map(count).join(' / ')} (least, median, 99%, most)`)
  }
  say(`  gas: ${count(gas.median)} a run in the median`)
  if (chain !== undefined)
    say(
      `  on the chain: ${count(chain.blocks)} blocks with ${count(chain.calls)} calls, ${count(chain.refused)} of them refused, ` +
        `${count(chain.replaced)} blocks replaced, ${count(chain.gasUsed)} gas; as specified`,
    )
  for (const [name, { rounds, worst, boundFactor }] of Object.entries(point.searches ?? {}))
    say(
      `  ${name} tried ${count(rounds)} attacks: the worst is ${worst.strategy} ${JSON.stringify(worst.options)}, ` +
        `${worst.factor === null ? 'at no cost' : `${worst.factor.toFixed(4)} of harm for each unit of cost`}; ` +
        `the formulas allow ${boundFactor.toFixed(4)}`,
    )
  for (const [name, { profitWei, bondsLost }] of Object.entries(parties))
    say(
      `  ${name.padEnd(14)} ${ether(BigInt(profitWei.mean))} ETH on average${bondsLost === 0 ? '' : `, ${count(bondsLost)} bonds or stakes lost`}`,
    )
}

const printSummary = ({ points, runs, journalHash }: SweepSummary): void => {
  for (const point of points) printPoint(point)
  say(`\n${count(runs)} runs, journals ${journalHash}`)
}
