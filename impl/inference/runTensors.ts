import type { Bytes } from '../../spec/commitments/bytes.ts'
import { BadInputError } from '../models/modelCommand.ts'
import { TENSOR_TYPES, type TensorEdge } from '../models/modelHeader.ts'
import type { NumpyArray } from '../models/npy.ts'
import type { NativeModel } from './openNative.ts'

const elementsOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

/** What an edge's element type holds at most; floats hold everything. */
const RANGES = { uint8: [0, 255], int32: [-(2 ** 31), 2 ** 31 - 1] } as const

/** Numbers as they stand in the model's input. */
export const encodeEdge = (values: Float32Array, { type, scale }: TensorEdge): Bytes => {
  if (type === 'float32') return new Uint8Array(values.slice().buffer)
  const [least, most] = RANGES[type]
  const rounded = Array.from(values, (value) => Math.min(Math.max(Math.round(value * scale), least), most))
  return new Uint8Array((type === 'uint8' ? Uint8Array.from(rounded) : Int32Array.from(rounded)).buffer)
}

/** Numbers as the model's output has them. */
export const decodeEdge = (bytes: Bytes, { type, scale, shape }: TensorEdge): Float32Array => {
  const count = elementsOf(shape)
  const copy = bytes.slice(0, count * TENSOR_TYPES[type]).buffer
  if (type === 'float32') return new Float32Array(copy)
  return Float32Array.from(
    type === 'uint8' ? new Uint8Array(copy) : new Int32Array(copy),
    (value) => value / scale,
  )
}

/** Whether numbers in one shape stand where the other has them: dimensions of 1 and a flat row make no difference. */
const isLaidOut = (given: readonly number[], wanted: readonly number[]): boolean => {
  const [own, other] = [given, wanted].map((shape) => shape.filter((size) => size !== 1)) as [
    number[],
    number[],
  ]
  return own.length <= 1 || other.length <= 1 || own.join() === other.join()
}

/**
 * Runs a model of tensors over a batch, sample by sample.
 *
 * @throws BadInputError where the batch is no batch of the model's inputs
 */
export const runTensors = async (
  { header, graph }: NativeModel,
  { shape, values }: NumpyArray,
  onProgress: (done: number) => void,
): Promise<NumpyArray> => {
  if (header.tensors === null) throw new BadInputError(`${header.name} is a language model: give it --prompt`)
  const { input, output } = header.tensors
  const [size, outputSize] = [elementsOf(input.shape), elementsOf(output.shape)]
  const batch = shape[0] ?? 0
  if (shape.length === 0 || elementsOf(shape) !== batch * size || !isLaidOut(shape.slice(1), input.shape))
    throw new BadInputError(
      `the input has the shape (${shape}); ${header.name} takes (batch, ${input.shape.join(', ')})`,
    )
  const wrong = values.findIndex((value) => !Number.isFinite(value))
  if (wrong >= 0) throw new BadInputError(`element ${wrong} of the input is ${values[wrong]}`)
  const results = new Float32Array(batch * outputSize)
  for (let sample = 0; sample < batch; sample++) {
    graph.start(encodeEdge(values.subarray(sample * size, (sample + 1) * size), input))
    await graph.run(1)
    results.set(decodeEdge(graph.value(header.outputSlot), output), sample * outputSize)
    onProgress(sample + 1)
  }
  return { shape: [batch, ...output.shape], values: results }
}
