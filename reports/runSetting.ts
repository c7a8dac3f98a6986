import { z } from 'zod'
import { AGENT_ROLES } from '../sim/agents/strategy.ts'
import type { RunRecord } from '../sim/record.ts'
import type { Id } from '../spec/commitments/hash.ts'
import { ELEMENT_TYPES, type ElementType } from '../spec/graph/graphModel.ts'
import { registeredService } from '../spec/service/registration.ts'
import { isAddress, isHash, isModel, type Shape } from '../spec/service/shapes.ts'
import type { ServiceState } from '../spec/service/state.ts'
import type { Address } from '../spec/service/task.ts'
import type { Parameters } from '../spec/setting/parameters.ts'
import type { Model } from '../spec/tower/model.ts'
import type { OutputGraph } from './told.ts'

/** A value that the specification's own shape takes. */
const shaped = <Value>(isShaped: Shape, what: string) =>
  z.custom<Value>((value) => isShaped(value), { error: `is no ${what}` })

const address = shaped<Address>(isAddress, 'address')
const id = shaped<Id>(isHash, 'hash')
const count = z.int().min(0)
/** Decimal digits in the file, an amount behind it. */
const wei = z
  .string()
  .regex(/^\d{1,39}$/)
  .transform(BigInt)

const parametersSchema = z.strictObject({
  arity: count,
  clockSeconds: count,
  descentSeconds: count,
  windowSeconds: count,
  claimBondWei: wei,
  disputeBondWei: wei,
  burnBasisPoints: count,
  disputesAtOnce: count,
  mostMoves: count,
  inclusionSeconds: count,
  seals: z.strictObject({ answerSeconds: count, revealSeconds: count }).optional(),
  attention: z.strictObject({ stakeWei: wei, oneIn: count, minFeeWei: wei, payWei: wei }).optional(),
}) satisfies z.ZodType<Parameters>

const ELEMENT_NAMES = Object.keys(ELEMENT_TYPES) as [ElementType, ...ElementType[]]

/** A graph as far as it says what its nodes are called and put out. */
const graphSchema = z.strictObject({
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      outputSlot: count,
      outputType: z.enum(ELEMENT_NAMES),
      outputElements: count,
    }),
  ),
  outputSlot: count,
  /** Tokens of the prompt, where an iteration is a token of a language model. */
  promptTokens: count.optional(),
}) satisfies z.ZodType<OutputGraph>

/** What a story was played in: beside its journal all that it takes to play it through the specification once more. */
const storySchema = z.strictObject({
  kind: z.literal('story'),
  parameters: parametersSchema,
  model: shaped<Model>(isModel, 'model'),
  /** What people call the model, and its input. */
  modelName: z.string(),
  inputName: z.string(),
  graph: graphSchema,
  task: id,
  /** With what each had before the first call and after the last, gas aside. */
  actors: z.array(
    z.strictObject({
      name: z.string(),
      role: z.enum(['requester', 'server', 'verifier']),
      address,
      before: wei,
      after: wei,
    }),
  ),
  /** Where the contracts stood; null in the modelled chain. */
  place: z.strictObject({ chainId: count, service: address, registry: address }).nullable(),
})

/** The same of a run of a population. */
const populationSchema = z.strictObject({
  kind: z.literal('population'),
  parameters: parametersSchema,
  /** Steps of each phase's run, coarsest first. */
  lengths: z.array(count),
  /** Whose tower it is, with what people call it and its first input; absent where it is of symbols. */
  ofModel: z
    .strictObject({
      model: shaped<Model>(isModel, 'model'),
      modelName: z.string(),
      inputName: z.string(),
      graph: graphSchema,
    })
    .optional(),
  task: id,
  actors: z.array(
    z.strictObject({
      name: z.string(),
      role: z.enum(['requester', ...AGENT_ROLES]),
      address,
    }),
  ),
})

export const settingSchema = z.discriminatedUnion('kind', [storySchema, populationSchema])

export type RunSetting = z.infer<typeof storySchema>
export type PopulationSetting = z.infer<typeof populationSchema>

/** A graph as a run file keeps it. */
export const keptGraph = ({ nodes, outputSlot, promptTokens }: OutputGraph): RunSetting['graph'] => ({
  nodes: nodes.map(({ name, outputSlot: slot, outputType, outputElements }) => ({
    name,
    outputSlot: slot,
    outputType,
    outputElements,
  })),
  outputSlot,
  promptTokens,
})

export const settingOf = ({
  scenario,
  actors,
  graph,
  model,
  task,
  start,
  story,
  place,
}: RunRecord): RunSetting => ({
  kind: 'story',
  parameters: start.parameters,
  model,
  modelName: scenario.task.model,
  inputName: scenario.inputName,
  graph: keptGraph(graph),
  task,
  actors: actors.map(({ name, role, address: own }) => {
    const { before, after } = story.balances.find((balance) => balance.address === own)!
    return { name, role, address: own, before, after }
  }),
  place: place ?? null,
})

/** The service before the first call. @throws Error where the parameters or the model are impossible */
export const startOf = ({ parameters, model }: Pick<RunSetting, 'parameters' | 'model'>): ServiceState =>
  registeredService(parameters, model)
