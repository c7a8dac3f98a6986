import { elementsOf } from '../weights/tensorPlace.ts'
import { evaluate, type InNode } from './evaluate.ts'
import type { OnnxModel, Tensor } from './onnxFile.ts'
import { NodeError } from './shapes.ts'

/** The largest magnitude of a value: on inputs of about one, and on pixels up to 255. */
export interface ValueRange {
  readonly usual: number
  readonly pixels: number
}

/** Where a value's own size asks for no more. */
const USUAL_BITS = 16
/** Bits that the largest value seen has at least, beside its sign's. */
const RESOLUTION = 17
/** Integer bits kept free above the largest value seen, beside the sign's; on pixels, which say how far inputs go. */
const [HEADROOM, PIXELS_HEADROOM] = [5, 1]
/** What room for pixels may not take from other inputs. */
const RESOLUTION_BESIDE_PIXELS = 18
const [FEWEST_BITS, MOST_BITS] = [-64, 30]

const integerBits = (largest: number): number => Math.floor(Math.log2(Math.max(largest, 2 ** -64))) + 1

/**
 * As many fraction bits as leave room above the largest value seen, and small values some resolution.
 *
 * @param extra what is added to the value on its way
 */
export const fractionBits = ({ usual, pixels }: ValueRange, extra = 0): number => {
  const own = integerBits(usual + extra)
  const wanted = Math.max(USUAL_BITS, RESOLUTION - own)
  const beside = Math.max(31 - PIXELS_HEADROOM - integerBits(pixels + extra), RESOLUTION_BESIDE_PIXELS - own)
  return Math.max(FEWEST_BITS, Math.min(wanted, 31 - HEADROOM - own, beside, MOST_BITS))
}

const MAX_FLOAT32 = 2 ** 128 * (1 - 2 ** -24)

const CALIBRATION_INPUTS = 4
const CALIBRATION_SEED = 1

/** Inputs as models have them: numbers from 0 to 1 one half, normally distributed ones the other. */
export const inputsLike = (seed: number, elements: number, count: number): readonly Float64Array[] => {
  let state = seed
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  return Array.from({ length: count }, (_, i) =>
    Float64Array.from({ length: elements }, i < count / 2 ? uniform : normal),
  )
}

/** All values of a model on one input, and how large those become that depend on it. */
export interface SeenValues {
  readonly values: ReadonlyMap<string, Tensor>
  /** By the names of the values that depend on the input. */
  readonly ranges: ReadonlyMap<string, ValueRange>
}

/** Looks at a model's values on a few inputs. @throws ConvertError that names the node whose value becomes too large */
export const seeValues = (model: OnnxModel, inNode: InNode): SeenValues => {
  const variable = dependents(model)
  const largestOn = (input: Float64Array, bound: number) => {
    const values = evaluate(model, input, inNode)
    const largest = new Map<string, number>()
    for (const node of [undefined, ...model.nodes]) {
      const name = node === undefined ? model.input.name : node.outputs[0]!
      if (!variable.has(name)) continue
      const most = values.get(name)!.values.reduce((sofar, value) => Math.max(sofar, Math.abs(value)), 0)
      largest.set(name, most)
      if (node !== undefined)
        inNode(node, () => {
          if (values.get(name)!.values.length === 0) throw new NodeError(`its value ${name} has no elements`)
          if (!(most <= bound))
            throw new NodeError(`its value ${name} becomes ${most}, which is no number of single precision`)
        })
    }
    return { values, largest }
  }
  const inputs = inputsLike(CALIBRATION_SEED, elementsOf(model.input.shape), CALIBRATION_INPUTS)
  const runs = inputs.map((input) => largestOn(input, MAX_FLOAT32))
  const pixels = largestOn(
    inputs[0]!.map((value) => 255 * value),
    Number.MAX_VALUE,
  ).largest
  const usual = (name: string): number =>
    runs.reduce((sofar, { largest }) => Math.max(sofar, largest.get(name)!), 0)
  const ranges = new Map([...pixels].map(([name, most]) => [name, { usual: usual(name), pixels: most }]))
  return { values: runs[0]!.values, ranges }
}

/** Names of the values that depend on the input; a tensor's shape does not. */
const dependents = (model: OnnxModel): ReadonlySet<string> => {
  const variable = new Set([model.input.name])
  for (const { operator, inputs, outputs } of model.nodes)
    if (operator !== 'Shape' && inputs.some((name) => variable.has(name))) variable.add(outputs[0] ?? '')
  return variable
}
