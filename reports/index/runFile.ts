import { z } from 'zod'
import type { RunRecord } from '../../sim/record.ts'
import { alarmOf, truthSentence } from '../../sim/verdict.ts'
import { settingOf, settingSchema } from '../runSetting.ts'
import { verdictSentence } from '../sections/verdict.ts'
import { commitOf } from './commit.ts'

/** Rises with every change of `runSchema`: a file of another version is named, and not guessed at. */
export const VERSION = 5

const value = z.union([z.string(), z.boolean(), z.null()])

const runSchema = z.strictObject({
  version: z.literal(VERSION),
  scenario: z.string(),
  title: z.string(),
  world: z.string(),
  seed: z.number(),
  k: z.number(),
  /** Accepted moves of the dispute. */
  moves: z.number(),
  /** Lines of the journal beside it. */
  calls: z.number(),
  /** Pages of its disputes, in a folder of its name; none where its own page tells them. */
  disputePages: z.number(),
  /** Null in the modelled chain, where nothing costs gas. */
  gas: z.number().nullable(),
  /** Wall clock, of everything. */
  seconds: z.number(),
  /** What the run came to, and whether the claim was true, in words. */
  verdict: z.string(),
  truth: z.string(),
  claimIsTrue: z.boolean().nullable(),
  /** What the protocol exists to prevent, where it happened. */
  alarm: z.string().nullable(),
  /** In what the run leaves the assumptions. */
  outside: z.array(z.string()),
  /** Null where nothing was expected. */
  expectationsMet: z.boolean().nullable(),
  expectations: z.array(
    z.strictObject({ key: z.string(), expected: value, came: value, isMet: z.boolean() }),
  ),
  /** Of the program that played; null where it is no checkout. Ends with `-dirty` where files were changed. */
  commit: z.string().nullable(),
  date: z.iso.datetime(),
  setting: settingSchema,
})

/** A run as a file beside its page tells it to machines, and to the index. */
export type RunFile = z.infer<typeof runSchema>

export const runFileOf = (record: RunRecord, date: Date): RunFile => {
  const { scenario, summary, unmet, story } = record
  const { expect } = scenario
  return {
    version: VERSION,
    scenario: scenario.scenario,
    title: scenario.title,
    world: summary.world,
    seed: summary.seed,
    k: summary.k,
    moves: summary.moves,
    calls: story.journal.length,
    disputePages: 0,
    gas: summary.gas?.total ?? null,
    seconds: summary.seconds.total,
    verdict: verdictSentence(record),
    truth: truthSentence(record),
    claimIsTrue: summary.claimIsTrue,
    alarm: alarmOf(record) ?? null,
    outside: [...scenario.outside],
    expectationsMet: summary.expectationsMet,
    expectations: (['claim', 'claimIsTrue', 'winner', 'by'] as const).flatMap((key) => {
      const expected = expect[key]
      return expected === undefined
        ? []
        : [{ key, expected, came: summary[key], isMet: !unmet.includes(key) }]
    }),
    commit: commitOf(),
    date: date.toISOString(),
    setting: settingOf(record),
  }
}

/** Amounts are decimal digits there. */
export const runFileText = (run: RunFile): string =>
  `${JSON.stringify(run, (_, held) => (typeof held === 'bigint' ? held.toString() : held), 2)}\n`

export const CUT_OFF = 'is cut off, or no JSON'

/** @returns undefined where the text is no JSON */
export const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @returns the run, or why the text is none */
export const parseRunFile = (text: string): RunFile | string => {
  const data = parsedJson(text)
  if (data === undefined) return CUT_OFF
  const version = typeof data === 'object' && data !== null && 'version' in data ? data.version : undefined
  if (version !== VERSION)
    return `is of version ${String(version)}, and not of version ${VERSION}: play it again`
  const parsed = runSchema.safeParse(data)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  return `is damaged: ${issue!.path.join('.') || 'it'}: ${issue!.message}`
}
