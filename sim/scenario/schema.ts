import { z } from 'zod'
import { MAX_ARITY, MIN_ARITY } from '../../spec/setting/parameters.ts'
import type { PhaseName } from '../../spec/tower/model.ts'

/**
 * The scenario file: who plays what. Unknown keys are an error everywhere. What an actor's strategy takes stands
 * with the strategy, in `sim/strategies/`.
 */
export const WORLDS = ['model', 'anvil'] as const
export type WorldName = (typeof WORLDS)[number]

/** Those that the contracts have and that models run in. */
const PHASES = ['graph', 'vm'] as const satisfies readonly PhaseName[]

const seconds = z
  .int()
  .min(1)
  .max(2 ** 31 - 1)
const wei = z
  .union([z.int().min(0), z.string().regex(/^\d+$/, 'not a decimal number of wei')])
  .transform((amount) => BigInt(amount))

const taskSchema = z.strictObject({
  model: z.string(),
  /** Index into the model's test inputs. */
  image: z.int().min(0),
  feeWei: wei.default(10n ** 16n),
  /** How long the task waits for an answer. */
  deadlineSeconds: seconds.default(86_400),
})

const gameSchema = z.strictObject({
  /** Coarsest first. */
  phases: z.array(z.enum(PHASES)).min(1).default(['graph', 'vm']),
  arity: z.int().min(MIN_ARITY).max(MAX_ARITY).default(16),
  clockSeconds: seconds.default(3600),
  descentSeconds: z
    .int()
    .min(0)
    .max(2 ** 24 - 1)
    .default(600),
  windowSeconds: seconds.default(7200),
  bondWei: wei.default(10n ** 18n),
  /** Share of a loser's bond that is burned, in basis points. */
  burnBasisPoints: z.int().min(1).max(10_000).default(5000),
})

/** Every key is optional; only those given are compared. */
const expectSchema = z.strictObject({
  claim: z.enum(['final', 'refuted']).optional(),
  winner: z.enum(['server', 'verifier']).nullable().optional(),
  by: z.enum(['arbitration', 'timeout', 'none']).optional(),
})

/** Names stand in reports and in JSON, and decide the actors' accounts. */
const nameSchema = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'not a name of letters, digits, - and _')

export const ROLES = ['server', 'verifier', 'requester'] as const

export const scenarioSchema = z.strictObject({
  scenario: z.string().min(1),
  title: z.string().default(''),
  world: z.enum(WORLDS).default('model'),
  seed: z.int().min(0).default(0),
  task: taskSchema,
  game: gameSchema.prefault({}),
  actors: z.array(z.looseObject({ name: nameSchema, role: z.enum(ROLES) })).min(1),
  expect: expectSchema.default({}),
})

export type RawScenario = z.infer<typeof scenarioSchema>
export type Expectation = RawScenario['expect']
