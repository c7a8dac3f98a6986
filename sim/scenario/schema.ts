import { z } from 'zod'
import { MODEL_NAMES } from '../../impl/models/catalogue.ts'
import { TEST_IMAGES } from '../../impl/models/mnist/data.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { DEFAULT_FUNDS_WEI, WORLDS } from '../worlds/world.ts'
import {
  choice,
  choiceOrNull,
  decimal,
  flagOrNull,
  integer,
  mapping,
  number,
  openMapping,
  text,
  wei,
} from './fields.ts'
import { gameFields, seconds } from './gameFields.ts'

// The scenario file: who plays what. Unknown keys are an error everywhere. What an actor's strategy takes stands with
// the strategy, in `sim/strategies/`.

const PHASES = ['loop', 'graph', 'tile', 'vm'] as const satisfies readonly PhaseName[]

/** A model of the seed's own making, small enough for any tower. */
export const TOY = 'toy'

const ETHER = 10n ** 18n

const modelAllowed = `${MODEL_NAMES.join(', ')}, ${TOY}, or a language model by its name or file`

const promptAllowed = 'a text, or a list of token ids'
const promptSchema = z.union(
  [
    text(promptAllowed).min(1, { error: promptAllowed }),
    z.array(integer(0, 2 ** 31 - 1)).min(1, { error: promptAllowed }),
  ],
  { error: promptAllowed },
)

/** What a model is asked, and which: each kind of model has keys of its own. */
export const inputFields = {
  /** Index into the model's test inputs; of `mnist-mlp`. */
  image: integer(0, TEST_IMAGES - 1).optional(),
  /** Of a language model: a text that it goes on from, or ids of tokens. */
  prompt: promptSchema.optional(),
  /** Of the answer; of a language model. */
  tokens: integer(1, 2 ** 20).optional(),
  /** 0 takes the likeliest token. */
  temperature: decimal(0, 2 ** 16 - 1).optional(),
  /** Likeliest tokens that take part in a draw; 0 is no limit. */
  topK: integer(0, 2 ** 32 - 1).optional(),
  /** Share of the probability that takes part in a draw; 0 is all. */
  topP: decimal(0, 1).optional(),
  /** Which toy, and its input; of a language model, the seed of its draws. */
  seed: integer(0, Number.MAX_SAFE_INTEGER).optional(),
} as const

const taskSchema = mapping({
  /** `mnist-mlp`, `toy`, or a language model by its name or file. */
  model: text(modelAllowed).trim().min(1, { error: modelAllowed }),
  ...inputFields,
  feeWei: wei(0n).default(ETHER / 100n),
  /** How long the task waits for an answer. */
  deadlineSeconds: seconds.default(86_400),
})

const phasesAllowed = `a list of ${PHASES.join(', ')}, coarsest first`

export const phasesSchema = z.array(choice(PHASES), { error: phasesAllowed }).min(1, { error: phasesAllowed })

/** Of a model's tower, where a file gives none. */
export const DEFAULT_PHASES: readonly PhaseName[] = ['graph', 'vm']

const gameSchema = mapping({
  /** Coarsest first. */
  phases: phasesSchema.default([...DEFAULT_PHASES]),
  /** Short for `claimBondWei`. */
  bondWei: wei(1n).optional(),
  ...gameFields({ clockSeconds: 3600, descentSeconds: 600, windowSeconds: 7200 }),
})

/** What a page counts costs in; nothing that is played depends on it. */
const chainSchema = mapping({ baseFeeGwei: number(0, 1e6).optional() })
const costsSchema = mapping({ etherUsd: number(0, 1e9).optional() })

/** Every key is optional; only those given are compared. */
const expectSchema = mapping({
  claim: choiceOrNull(['final', 'refuted']).optional(),
  claimIsTrue: flagOrNull().optional(),
  winner: choiceOrNull(['server', 'verifier']).optional(),
  by: choice(['arbitration', 'timeout', 'none']).optional(),
})

/** Names stand in reports and in JSON, and decide the actors' accounts. */
const nameAllowed = 'a name: a letter, then up to 31 letters, digits, - and _'
const nameSchema = text(nameAllowed).regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, { error: nameAllowed })

export const ROLES = ['server', 'verifier', 'requester'] as const

/** What everybody has; the rest belongs to the strategy. */
export const actorSchema = openMapping({
  name: nameSchema,
  role: choice(ROLES),
  /** What it has at the start, gas aside. */
  fundsWei: wei(0n).default(DEFAULT_FUNDS_WEI),
})
export type RawActor = z.infer<typeof actorSchema>

const actorsAllowed = 'a list of one server, at most one verifier and at most one requester'
const titleAllowed = 'a text'

export const scenarioSchema = mapping({
  scenario: text(titleAllowed).trim().min(1, { error: titleAllowed }),
  title: text(titleAllowed).trim().default(''),
  world: choice(WORLDS).default('model'),
  seed: integer(0, Number.MAX_SAFE_INTEGER).default(0),
  task: taskSchema,
  game: gameSchema.prefault({}),
  /** Prices that its page counts in. */
  chain: chainSchema.optional(),
  costs: costsSchema.optional(),
  /** Each is checked by itself: see `cast.ts`. */
  actors: z.array(z.unknown(), { error: actorsAllowed }).min(1, { error: actorsAllowed }),
  expect: expectSchema.default({}),
})

export type RawScenario = z.infer<typeof scenarioSchema>
export type Expectation = RawScenario['expect']
