import { z } from 'zod'
import { stated } from '../../sim/runs/expectation.ts'
import { simulationAt } from '../../sim/runs/job.ts'
import type { PointSummary } from '../../sim/runs/points.ts'
import type { SweepRecord } from '../../sim/runs/sweepRecord.ts'
import { commitOf } from '../index/commit.ts'
import { answerOf } from './questions.ts'

/** Rises with every change of `sweepSchema`. */
const VERSION = 2

export const SWEEP_KIND = 'simulation'

const sweepSchema = z.strictObject({
  kind: z.literal(SWEEP_KIND),
  version: z.literal(VERSION),
  scenario: z.string(),
  title: z.string(),
  world: z.string(),
  seed: z.number(),
  /** Of all points. */
  runs: z.number(),
  /** What the page's first sentence says. */
  answer: z.string(),
  falseFinals: z.number(),
  honestLosses: z.number(),
  /** Points that leave the assumptions. */
  outside: z.number(),
  expectationsMet: z.boolean().nullable(),
  /** What was expected of every point. */
  expected: z.array(z.strictObject({ figure: z.string(), expected: z.string() })),
  missed: z.array(z.strictObject({ figure: z.string(), expected: z.string(), came: z.string() })),
  journalHash: z.string(),
  /** As `npm run sim` prints them, with the bonds that each was played with. */
  points: z.array(
    z.looseObject({
      at: z.record(z.string(), z.unknown()),
      runs: z.number(),
      claims: z.looseObject({ falseFinals: z.number() }),
      outsideAssumptions: z.string().nullable(),
    }),
  ),
  seconds: z.number(),
  commit: z.string().nullable(),
  date: z.iso.datetime(),
})

/** What a simulation came to, as a file beside its page tells it to machines and to the index. */
export type SweepFile = z.infer<typeof sweepSchema>

/** Claims that were false and became final where the protocol promises that none does. */
export const falseFinalsInside = (
  points: readonly {
    readonly outsideAssumptions: string | null
    readonly claims: Pick<PointSummary['claims'], 'falseFinals'>
  }[],
): number =>
  points.reduce(
    (sum, { outsideAssumptions, claims }) => (outsideAssumptions === null ? sum + claims.falseFinals : sum),
    0,
  )

export const sweepFileOf = (record: SweepRecord, date: Date): SweepFile => {
  const { simulation, summary, missed, expectationsMet, seconds } = record
  const { points, runs, journalHash } = summary
  const sum = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((total, point) => total + of(point), 0)
  return {
    kind: SWEEP_KIND,
    version: VERSION,
    scenario: simulation.scenario,
    title: simulation.title,
    world: simulation.world,
    seed: simulation.seed,
    runs,
    answer: answerOf(record).sentence,
    falseFinals: sum(({ claims }) => claims.falseFinals),
    honestLosses: sum(({ honestLosses }) => honestLosses),
    outside: points.filter(({ outsideAssumptions }) => outsideAssumptions !== null).length,
    expectationsMet,
    expected: [...stated(simulation.expect)],
    missed: missed.map(({ figure, expected, came }) => ({ figure, expected, came })),
    journalHash,
    points: points.map((point) => {
      const { claimBondWei, disputeBondWei } = simulationAt(record.data, point.at).parameters
      return {
        ...point,
        bonds: { claimBondWei: String(claimBondWei), disputeBondWei: String(disputeBondWei) },
      }
    }),
    seconds,
    commit: commitOf(),
    date: date.toISOString(),
  }
}

export const sweepFileText = (sweep: SweepFile): string => `${JSON.stringify(sweep, undefined, 2)}\n`

/** @returns the simulation, or why this is none */
export const parseSweepFile = (data: unknown): SweepFile | string => {
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (version !== VERSION)
    return `is of version ${String(version)}, and not of version ${VERSION}: play it again`
  const parsed = sweepSchema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return `is damaged: ${issue!.path.join('.') || 'it'}: ${issue!.message}`
}
