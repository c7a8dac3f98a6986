import { CLASSES, PIXELS, SIDE } from './data.ts'
import { type Architecture, lossSlopes } from './train.ts'

/**
 * A convolutional network while it is being trained, in floating point: 8 kernels of 3 x 3 on 28 x 28 pixels, rectified,
 * the largest of each 2 x 2; 16 kernels of 3 x 3 in steps of two on the 14 x 14 that are left, rectified; 10 logits from
 * their 16 x 7 x 7. Around an image there is nothing, zero.
 */
export type Cnn = {
  /** float[8][3][3] */
  readonly weight1: Float32Array
  /** float[8] */
  readonly bias1: Float32Array
  /** float[16][8][3][3] */
  readonly weight2: Float32Array
  /** float[16] */
  readonly bias2: Float32Array
  /** float[10][16 x 7 x 7] */
  readonly weight3: Float32Array
  /** float[10] */
  readonly bias3: Float32Array
}

export const CHANNELS1 = 8
export const CHANNELS2 = 16
export const KERNEL = 3
/** Side of the image behind the pool, and behind the second convolution. */
export const SIDE1 = SIDE / 2
export const SIDE2 = SIDE1 / 2
const KERNEL_AREA = KERNEL * KERNEL
const POOLED = CHANNELS1 * SIDE1 * SIDE1
export const FEATURES = CHANNELS2 * SIDE2 * SIDE2

/** A convolution of 3 x 3 with one pixel of nothing around. */
interface Convolution {
  readonly inputs: number
  readonly outputs: number
  readonly side: number
  readonly outSide: number
  readonly stride: number
}

const FIRST: Convolution = { inputs: 1, outputs: CHANNELS1, side: SIDE, outSide: SIDE, stride: 1 }
const SECOND: Convolution = {
  inputs: CHANNELS1,
  outputs: CHANNELS2,
  side: SIDE1,
  outSide: SIDE2,
  stride: 2,
}

/** Calls `visit` for every weight and every row of outputs that it takes part in: columns `from` to `end - 1`. */
const forEachRow = (
  { inputs, outputs, side, outSide, stride }: Convolution,
  visit: (weight: number, outRow: number, inRow: number, from: number, end: number) => void,
): void => {
  for (let output = 0, weight = 0; output < outputs; output++)
    for (let input = 0; input < inputs; input++)
      for (let ky = 0; ky < KERNEL; ky++)
        for (let kx = 0; kx < KERNEL; kx++, weight++) {
          const from = kx === 0 ? 1 : 0
          const end = Math.min(outSide, Math.floor((side - kx) / stride) + 1)
          for (let i = 0; i < outSide; i++) {
            const y = i * stride + ky - 1
            if (y < 0 || y >= side) continue
            visit(weight, (output * outSide + i) * outSide, (input * side + y) * side + kx - 1, from, end)
          }
        }
}

/** out = max(0, bias + weight * x) */
const convolve = (
  convolution: Convolution,
  weight: Float32Array,
  bias: Float32Array,
  x: Float32Array,
  out: Float32Array,
): void => {
  const { outputs, outSide, stride } = convolution
  for (let output = 0; output < outputs; output++)
    out.fill(bias[output]!, output * outSide * outSide, (output + 1) * outSide * outSide)
  forEachRow(convolution, (at, outRow, inRow, from, end) => {
    const factor = weight[at]!
    for (let j = from; j < end; j++) out[outRow + j]! += factor * x[inRow + j * stride]!
  })
  for (let i = 0; i < out.length; i++) if (out[i]! < 0) out[i] = 0
}

/** Adds to the gradients of weights and biases, and to d loss / d x where that is asked for. */
const convolveBackward = (
  convolution: Convolution,
  weight: Float32Array,
  x: Float32Array,
  slopes: Float32Array,
  weightGradient: Float32Array,
  biasGradient: Float32Array,
  xSlopes: Float32Array | undefined,
): void => {
  const { outputs, outSide, stride } = convolution
  for (let output = 0; output < outputs; output++) {
    let sum = 0
    for (let i = 0; i < outSide * outSide; i++) sum += slopes[output * outSide * outSide + i]!
    biasGradient[output]! += sum
  }
  forEachRow(convolution, (at, outRow, inRow, from, end) => {
    const factor = weight[at]!
    let sum = 0
    for (let j = from; j < end; j++) {
      const slope = slopes[outRow + j]!
      if (slope === 0) continue
      sum += slope * x[inRow + j * stride]!
      if (xSlopes !== undefined) xSlopes[inRow + j * stride]! += slope * factor
    }
    weightGradient[at]! += sum
  })
}

/** The largest of each 2 x 2; `places` says where it stands, the first of equal ones. */
const pool = (x: Float32Array, out: Float32Array, places: Uint16Array): void => {
  for (let at = 0; at < POOLED; at++) {
    const [channel, i, j] = [Math.floor(at / (SIDE1 * SIDE1)), Math.floor(at / SIDE1) % SIDE1, at % SIDE1]
    const corner = (channel * SIDE + 2 * i) * SIDE + 2 * j
    let best = corner
    if (x[corner + 1]! > x[best]!) best = corner + 1
    if (x[corner + SIDE]! > x[best]!) best = corner + SIDE
    if (x[corner + SIDE + 1]! > x[best]!) best = corner + SIDE + 1
    places[at] = best
    out[at] = x[best]!
  }
}

/** What one image makes on its way through the network. */
interface Activations {
  readonly full: Float32Array
  readonly pooled: Float32Array
  readonly places: Uint16Array
  readonly features: Float32Array
  readonly logits: Float32Array
}

const activations = (): Activations => ({
  full: new Float32Array(CHANNELS1 * PIXELS),
  pooled: new Float32Array(POOLED),
  places: new Uint16Array(POOLED),
  features: new Float32Array(FEATURES),
  logits: new Float32Array(CLASSES),
})

const forward = (network: Cnn, pixels: Float32Array, to: Activations): void => {
  convolve(FIRST, network.weight1, network.bias1, pixels, to.full)
  pool(to.full, to.pooled, to.places)
  convolve(SECOND, network.weight2, network.bias2, to.pooled, to.features)
  for (let digit = 0; digit < CLASSES; digit++) {
    let sum = network.bias3[digit]!
    for (let i = 0; i < FEATURES; i++) sum += network.weight3[digit * FEATURES + i]! * to.features[i]!
    to.logits[digit] = sum
  }
}

/** float[10] of an image. @returns a function with buffers of its own */
export const cnnLogits = (): ((network: Cnn, pixels: Float32Array) => Float32Array) => {
  const own = activations()
  return (network, pixels) => {
    forward(network, pixels, own)
    return own.logits
  }
}

export const CNN: Architecture<Cnn> = {
  zero: () => ({
    weight1: new Float32Array(CHANNELS1 * KERNEL_AREA),
    bias1: new Float32Array(CHANNELS1),
    weight2: new Float32Array(CHANNELS2 * CHANNELS1 * KERNEL_AREA),
    bias2: new Float32Array(CHANNELS2),
    weight3: new Float32Array(CLASSES * FEATURES),
    bias3: new Float32Array(CLASSES),
  }),
  inputs: { weight1: KERNEL_AREA, weight2: CHANNELS1 * KERNEL_AREA, weight3: FEATURES },
  learner: () => {
    const own = activations()
    const { full, pooled, places, features, logits } = own
    const [featureSlopes, pooledSlopes] = [new Float32Array(FEATURES), new Float32Array(POOLED)]
    const fullSlopes = new Float32Array(CHANNELS1 * PIXELS)
    return (network, gradient, pixels, label, batch) => {
      forward(network, pixels, own)
      const loss = lossSlopes(logits, label, batch)
      featureSlopes.fill(0)
      for (let digit = 0; digit < CLASSES; digit++) {
        const slope = logits[digit]!
        gradient.bias3[digit]! += slope
        for (let i = 0, at = digit * FEATURES; i < FEATURES; i++, at++) {
          if (features[i] === 0) continue
          gradient.weight3[at]! += slope * features[i]!
          featureSlopes[i]! += slope * network.weight3[at]!
        }
      }
      pooledSlopes.fill(0)
      convolveBackward(
        SECOND,
        network.weight2,
        pooled,
        featureSlopes,
        gradient.weight2,
        gradient.bias2,
        pooledSlopes,
      )
      fullSlopes.fill(0)
      for (let at = 0; at < POOLED; at++)
        if (full[places[at]!]! > 0) fullSlopes[places[at]!] = pooledSlopes[at]!
      convolveBackward(
        FIRST,
        network.weight1,
        pixels,
        fullSlopes,
        gradient.weight1,
        gradient.bias1,
        undefined,
      )
      return loss
    }
  },
}
