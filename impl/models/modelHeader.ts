import { z } from 'zod'
import type { Hash } from '../../spec/commitments/hash.ts'
import { tokenizerSchema } from '../tokenizer/tokenizerData.ts'

/** Heights of slot trees that the chain accepts. */
const MAX_HEIGHT = 24
/** Room enough for any tensor: a slot. */
export const MAX_TENSOR_BYTES = 2 ** 29

/** Bytes of one element, of weights and of values. */
export const TENSOR_TYPES = { uint8: 1, int8: 1, int16: 2, int32: 4, float32: 4 } as const
export type TensorType = keyof typeof TENSOR_TYPES

export interface TensorShape {
  readonly name: string
  readonly type: TensorType
  /** Outermost dimension first. */
  readonly shape: readonly number[]
}

const count = z.int().min(0).max(MAX_TENSOR_BYTES)
const height = z.int().min(0).max(MAX_HEIGHT)
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform((text) => text as Hash)

const tensorSchema = z.strictObject({
  name: z.string().min(1),
  type: z.enum(Object.keys(TENSOR_TYPES) as [TensorType, ...TensorType[]]),
  shape: z.array(count).min(1),
})

/** Numbers of the real world in a tensor: x stands there as round(x scale), or as it is where the tensor has floats. */
const edgeSchema = z.strictObject({
  /** Of one sample, without the batch. */
  shape: z.array(count.min(1)),
  type: z.enum(['uint8', 'int32', 'float32']),
  scale: z.number().positive(),
})

/** What a LLaMA's commands must know beside its graph. */
const llamaSchema = z.strictObject({
  vocabulary: count.min(1),
  /** Positions of the caches. */
  context: count.min(1),
  /** Tokens that a request and an answer hold at most. */
  promptCapacity: count.min(1),
  answerCapacity: count.min(1),
  /** Value slot of the logits, and their fraction bits; null where they are floats. */
  logitsSlot: count,
  logitsFractionBits: z.int().min(0).max(31).nullable(),
  positionSlot: count,
  answerSlot: count,
})

export const headerSchema = z.strictObject({
  name: z.string().min(1),
  /** Numeric format of the values between nodes. */
  format: z.enum(['fixed', 'f32']),
  valueHeight: height.min(1),
  weightHeight: height,
  inputSlot: count,
  inputBytes: count,
  outputSlot: count,
  /** Most iterations of the graph that a request may ask for; 0 where it runs once. */
  mostIterations: count,
  nodes: z.array(z.string().min(1)).min(1),
  weights: z.array(
    tensorSchema.extend({
      /** Root of the tensor, as it is committed. */
      root: hash,
      /** SHA-256 of its bytes. */
      checksum: hash,
    }),
  ),
  /** Slots of the carry that the graph changes; all of them start as zeros. */
  carry: z.array(tensorSchema.extend({ slot: count })),
  /** Where the model maps a tensor to a tensor. */
  tensors: z.strictObject({ input: edgeSchema, output: edgeSchema }).nullable(),
  llama: llamaSchema.nullable(),
  tokenizer: tokenizerSchema.nullable(),
  /** What it was made of. */
  provenance: z.strictObject({
    /** For people: a file's name, or how it was made. */
    source: z.string(),
    /** SHA-256 of the source. */
    sha256: hash.nullable(),
  }),
})

export type ModelHeader = Readonly<z.infer<typeof headerSchema>>
export type LlamaFacts = NonNullable<ModelHeader['llama']>
export type TensorEdge = z.infer<typeof edgeSchema>

export const tensorBytes = ({ type, shape }: TensorShape): number =>
  shape.reduce((product, size) => product * size, TENSOR_TYPES[type])

/** Why the parts of a header do not fit together; undefined where they do. */
export const headerFault = (header: ModelHeader): string | undefined => {
  const carrySlots = 2 ** (header.valueHeight - 1)
  if (header.weights.length > 2 ** header.weightHeight)
    return `${header.weights.length} weights in a tree of height ${header.weightHeight}`
  if (header.inputSlot >= carrySlots) return `input slot ${header.inputSlot} is not a carry slot`
  if (header.outputSlot >= 2 ** header.valueHeight)
    return `output slot ${header.outputSlot} in a tree of height ${header.valueHeight}`
  const outside = header.carry.find(({ slot }) => slot >= carrySlots)
  if (outside !== undefined) return `slot ${outside.slot} of ${outside.name} is not a carry slot`
  const large = [...header.weights, ...header.carry].find((tensor) => tensorBytes(tensor) > MAX_TENSOR_BYTES)
  return large && `tensor ${large.name} does not fit a slot of ${MAX_TENSOR_BYTES} bytes`
}
