import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder } from '../../impl/files/folder.ts'
import { journalLines } from '../../sim/journal.ts'
import type { PopulationRecord } from '../../sim/pages.ts'
import { stated } from '../../sim/runs/expectation.ts'
import { commitOf } from '../index/commit.ts'
import { type RunFile, runFileText, VERSION } from '../index/runFile.ts'
import { keptGraph, type PopulationSetting } from '../runSetting.ts'
import { disputesOf } from '../sections/story.ts'
import { positionsOf } from '../stepper/positions.ts'
import { falseFinalsAlarm } from '../wording.ts'
import { OUT_FOLDER, reportName, writeWhole } from '../writePage.ts'
import { disputeFile, disputePage, havePages } from './disputePage.ts'
import type { PopulationContent } from './populationContent.ts'
import { claimCounts, populationPage, populationTruth, populationVerdict } from './populationPage.ts'
import { type PopulationStage, populationStage } from './populationStage.ts'

const populationSettingOf = (
  { parameters, tower }: PopulationRecord['simulation'],
  { task, actors, ofModel }: PopulationStage,
): PopulationSetting => ({
  kind: 'population',
  parameters,
  lengths: [...tower.lengths],
  ...(ofModel && {
    ofModel: {
      model: ofModel.model,
      modelName: ofModel.name,
      inputName: ofModel.inputName,
      graph: keptGraph(ofModel.graph),
    },
  }),
  task,
  actors: actors.map(({ name, role, address }) => ({ name, role, address })),
})

const runFileOf = (
  { simulation, seconds, run, missed, expectationsMet }: PopulationRecord,
  stage: PopulationStage,
  date: Date,
): RunFile => {
  const counts = claimCounts(stage)
  const { scenario, title, world, tower, outside } = simulation
  const disputes = [...(stage.rows.at(-1)?.after.disputes.values() ?? [])]
  return {
    version: VERSION,
    scenario,
    title,
    world,
    seed: run.seed,
    k: tower.lengths.length,
    moves: disputes.reduce((sum, { moves }) => sum + moves, 0),
    calls: stage.rows.length,
    disputePages: havePages(stage) ? disputes.length : 0,
    gas: [...stage.gasBy.values()].reduce((sum, { gas }) => sum + gas, 0),
    seconds,
    verdict: populationVerdict(counts),
    truth: populationTruth(counts),
    claimIsTrue: counts.final === 0 ? null : counts.falseFinals === 0,
    alarm: falseFinalsAlarm(counts.falseFinals) ?? null,
    outside: outside === undefined ? [] : [outside],
    expectationsMet,
    expectations: stated(simulation.expect).map(({ figure, expected }) => {
      const wrong = missed.find((found) => found.figure === figure)
      return { key: figure, expected, came: wrong?.came ?? expected, isMet: wrong === undefined }
    }),
    commit: commitOf(),
    date: date.toISOString(),
    setting: populationSettingOf(simulation, stage),
  }
}

/** Writes the pages of a run's disputes, where they have their own; none of an earlier run stays. */
const writeDisputes = (content: PopulationContent, folder: string): void => {
  const { stage, name, beside } = content
  const apart = join(folder, name)
  rmSync(apart, { recursive: true, force: true })
  if (!havePages(stage)) return
  makeFolder(apart)
  const way = '../'
  const place = {
    runPage: `${way}${encodeURIComponent(name)}.html`,
    beside: beside && { ...beside, way },
  }
  for (const dispute of disputesOf(stage.rows))
    writeWhole(join(apart, disputeFile(stage.rows, dispute)), disputePage(content, dispute, place))
}

/** All that the page of a run is made of. @param folder that its files lie in; none where the page is served */
export const contentOf = (
  about: Pick<PopulationRecord, 'file' | 'contentHash' | 'simulation'>,
  run: Parameters<typeof populationStage>[1],
  folder?: string,
): PopulationContent => {
  const { file, contentHash, simulation } = about
  const { scenario, world } = simulation
  const stage = populationStage(simulation, run)
  const name = `${reportName({ file, contentHash, scenario, world, seed: run.seed })}-run`
  return {
    simulation,
    stage,
    positions: positionsOf(stage.rows, stage),
    seed: run.seed,
    file,
    name,
    beside: folder === undefined ? undefined : { name, folder },
  }
}

/**
 * Writes the page, the journal and the run file of a simulation that is one run, as `writePage` does those of a story;
 * where it has several disputes, each has its page in a folder of the run's name.
 *
 * @returns path of the page
 */
export const writePopulation = (record: PopulationRecord, folder = OUT_FOLDER): string => {
  const content = contentOf(record, record.run, folder)
  const { stage, name } = content
  const stem = join(folder, name)
  const text = populationPage(content)
  makeFolder(folder)
  writeWhole(`${stem}.jsonl`, journalLines(stage.rows.map(({ entry }) => entry)))
  writeDisputes(content, folder)
  writeWhole(`${stem}.html`, text)
  writeWhole(`${stem}.json`, runFileText(runFileOf(record, stage, new Date())))
  return `${stem}.html`
}
