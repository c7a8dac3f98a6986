import { z } from 'zod'
import { MAX_STEP_LIMIT } from '../../spec/tower/model.ts'
import { AGENT_ROLES } from '../agents/strategy.ts'
import type { Value } from '../runs/grid.ts'
import { WORLDS } from '../worlds/world.ts'
import { choice, integer, mapping, number, share, text, wei } from './fields.ts'
import { gameFields, LONGEST_SECONDS, seconds } from './gameFields.ts'
import { inputFields, phasesSchema } from './schema.ts'

// The file of a simulation: a population on a tower of symbols. Unknown keys are an error everywhere; what a strategy
// takes stands with the strategy, in `sim/agents/`.

const MOST_RUNS = 10_000_000
const MOST_TASKS = 100_000
const MOST_AGENTS = 10_000
const MOST_PHASES = 8
const GWEI_LIMIT = 1_000_000
const ETHER = 10n ** 18n
const HOUR = 3600

const span = integer(0, LONGEST_SECONDS)

/** An interval of the run, in seconds from its start; one that ends where it begins is empty. */
const interval = <Shape extends z.ZodRawShape>(shape: Shape) =>
  mapping({ ...shape, from: span, to: span }).superRefine((given, context) => {
    const { from, to } = given as { readonly from: number; readonly to: number }
    if (to < from) context.addIssue({ code: 'custom', path: ['to'], message: `from \`from\` on, ${from}` })
  })

const lengthsAllowed = `a list of 1 to ${MOST_PHASES} lengths of runs, coarsest first, each an integer from 1 to 2^48 - 1`

/** A tower of symbols, and no model. */
export const ALPHABET = 'alphabet'

const modelAllowed = `${ALPHABET}, or the name of a model`

const taskSchema = mapping({
  model: text(modelAllowed).trim().min(1, { error: modelAllowed }),
  ...inputFields,
  /** Of the alphabet: steps of each phase's run, coarsest first; k is their number. */
  lengths: z
    .array(integer(1, MAX_STEP_LIMIT), { error: lengthsAllowed })
    .min(1, { error: lengthsAllowed })
    .max(MOST_PHASES, { error: lengthsAllowed })
    .optional(),
  feeWei: wei(0n).default(ETHER / 100n),
  /** The fee's part for verifiers that are asked; the deployment's least where absent. */
  attentionWei: wei(0n).optional(),
  deadlineSeconds: seconds.default(24 * HOUR),
  count: integer(1, MOST_TASKS).default(1),
  /** From one request to the next. */
  everySeconds: span.default(600),
})

const gameSchema = mapping({
  /** Of a model's tower, coarsest first. */
  phases: phasesSchema.optional(),
  /** Short for `claimBondWei`. */
  bondWei: wei(1n).optional(),
  ...gameFields({ clockSeconds: 6 * HOUR, descentSeconds: HOUR, windowSeconds: 12 * HOUR }),
})

const gwei = number(0, GWEI_LIMIT)
const seriesAllowed = 'a list of one or more numbers of gwei'
const walkSchema = mapping({ start: gwei, min: gwei, max: gwei }).refine(
  ({ start, min, max }) => min <= start && start <= max,
  { error: '{ start, min, max }, where start is from min to max' },
)
const feesAllowed = 'a number of gwei, { series: [...] } or { walk: { start, min, max } }'

const chainSchema = mapping({
  blockSeconds: integer(1, HOUR).default(12),
  baseFeeGwei: z
    .union(
      [
        gwei,
        mapping({ series: z.array(gwei, { error: seriesAllowed }).min(1, { error: seriesAllowed }) }),
        mapping({ walk: walkSchema }),
      ],
      { error: feesAllowed },
    )
    .default(20),
  blockGas: integer(1_000_000, 1_000_000_000).default(36_000_000),
  /** Share of the blocks that others use. */
  load: share().default(0.5),
  /** From when proposers have a call to the earliest block that may hold it. */
  inclusionSeconds: span.default(0),
  censorship: z
    .array(interval({ actor: text('a name') }), { error: 'a list of { actor, from, to }' })
    .default([]),
  reorgs: mapping({ every: seconds, depth: integer(1, 32) }).optional(),
})

const costsSchema = mapping({
  etherUsd: number(0, 1e9).default(3000),
  computeUsdPerHour: number(0, 1e6).default(0.5),
  /** The measured rate of the model where it is absent; with the alphabet 30. */
  inferenceSeconds: number(0, LONGEST_SECONDS).optional(),
  /** Of a run of each phase, coarsest first; the measured rates, or an inference each, where absent. */
  recomputeSeconds: z.array(number(0, LONGEST_SECONDS)).optional(),
  cheatGainWei: wei(0n).default(0n),
})

const nameAllowed = 'a name: a letter, then up to 31 letters, digits, - and _'

const agentFields = mapping({
  name: text(nameAllowed).regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, { error: nameAllowed }),
  role: choice([...AGENT_ROLES]),
  strategy: text('the name of a strategy'),
  count: integer(1, MOST_AGENTS).default(1),
  fundsWei: wei(0n).default(10_000n * ETHER),
  latencySeconds: integer(0, HOUR).default(1),
  tipGwei: gwei.default(1),
  /** What it spends on higher tips in all where somebody buys blocks against it; the claim bond where absent. */
  bidsWei: wei(0n).optional(),
  /** Seconds from the start. */
  joins: span.default(0),
  leaves: span.optional(),
  offline: z.array(interval({}), { error: 'a list of { from, to }' }).default([]),
})

/** What every agent has; the rest belongs to its strategy. */
export const agentSchema = agentFields.superRefine(({ joins, leaves }, context) => {
  if (leaves !== undefined && leaves < joins)
    context.addIssue({ code: 'custom', path: ['leaves'], message: `from \`joins\` on, ${joins}` })
})

/** What every agent may have, so that the rest can be given to its strategy. */
export const COMMON_KEYS: readonly string[] = Object.keys(agentFields.shape)

const titleAllowed = 'a text'
const valuesAllowed = 'a list of one or more values'

export const simulationSchema = mapping({
  scenario: text(titleAllowed).trim().min(1, { error: titleAllowed }),
  title: text(titleAllowed).trim().default(''),
  world: choice(WORLDS).default('model'),
  seed: integer(0, Number.MAX_SAFE_INTEGER).default(0),
  /** Independent runs at each point of the grid. */
  runs: integer(1, MOST_RUNS).default(1),
  /** The run's end, from its start on; by then everything is over in any setting that is played. */
  untilSeconds: seconds.optional(),
  task: taskSchema,
  game: gameSchema.prefault({}),
  chain: chainSchema.prefault({}),
  costs: costsSchema.prefault({}),
  actors: z.array(z.unknown(), { error: 'a list of actors' }).min(1, { error: 'a list of actors' }),
  /** Keys with the values that they take: the grid is all combinations. */
  vary: z
    .record(z.string(), z.array(z.unknown(), { error: valuesAllowed }).min(1, { error: valuesAllowed }), {
      error: 'a mapping of keys to lists of values',
    })
    .default({})
    .transform((given) => given as Readonly<Record<string, readonly Value[]>>),
  /** By the path of a figure in every point: its value, or { atLeast, atMost }. */
  expect: z.record(z.string(), z.unknown(), { error: 'a mapping of figures to values' }).default({}),
})

export type RawSimulation = z.infer<typeof simulationSchema>
export type RawAgent = z.infer<typeof agentSchema>
