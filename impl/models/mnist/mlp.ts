import { CLASSES, PIXELS } from './data.ts'
import { type Architecture, lossSlopes } from './train.ts'

/**
 * The network while it is being trained, in floating point: 784 pixels, 128 rectified units, 10 logits.
 *
 *   hidden = max(0, pixels / 255 x weight1 + bias1)      logits = hidden x weight2 + bias2
 */
export const HIDDEN = 128

export type Mlp = {
  /** float[784][128]: a pixel's weights lie together, so that blank pixels cost nothing. */
  readonly weight1: Float32Array
  /** float[128] */
  readonly bias1: Float32Array
  /** float[128][10] */
  readonly weight2: Float32Array
  /** float[10] */
  readonly bias2: Float32Array
}

export const zeroMlp = (): Mlp => ({
  weight1: new Float32Array(PIXELS * HIDDEN),
  bias1: new Float32Array(HIDDEN),
  weight2: new Float32Array(HIDDEN * CLASSES),
  bias2: new Float32Array(CLASSES),
})

/** Hidden activations of one image into `hidden`, float[128]. `pixels` are 0 to 1, float[784]. */
export const forwardHidden = (network: Mlp, pixels: Float32Array, hidden: Float32Array): void => {
  hidden.set(network.bias1)
  for (let pixel = 0; pixel < PIXELS; pixel++) {
    const value = pixels[pixel]!
    if (value === 0) continue
    for (let unit = 0, at = pixel * HIDDEN; unit < HIDDEN; unit++, at++)
      hidden[unit] = hidden[unit]! + value * network.weight1[at]!
  }
  for (let unit = 0; unit < HIDDEN; unit++) hidden[unit] = Math.max(0, hidden[unit]!)
}

/** Logits of one image into `logits`, float[10], from its hidden activations. */
export const forwardLogits = (network: Mlp, hidden: Float32Array, logits: Float32Array): void => {
  logits.set(network.bias2)
  for (let unit = 0; unit < HIDDEN; unit++) {
    const value = hidden[unit]!
    if (value === 0) continue
    for (let digit = 0, at = unit * CLASSES; digit < CLASSES; digit++, at++)
      logits[digit] = logits[digit]! + value * network.weight2[at]!
  }
}

/** Adds the gradient of one image's cross-entropy. `slopes` is d loss / d logits on entry. */
const backward = (
  network: Mlp,
  gradient: Mlp,
  pixels: Float32Array,
  hidden: Float32Array,
  slopes: Float32Array,
): void => {
  const [inputs, units, classes] = [pixels.length, hidden.length, slopes.length]
  const hiddenSlopes = new Float32Array(units)
  for (let digit = 0; digit < classes; digit++)
    gradient.bias2[digit] = gradient.bias2[digit]! + slopes[digit]!
  for (let unit = 0; unit < units; unit++) {
    if (hidden[unit] === 0) continue
    let slope = 0
    for (let digit = 0, at = unit * classes; digit < classes; digit++, at++) {
      slope += network.weight2[at]! * slopes[digit]!
      gradient.weight2[at] = gradient.weight2[at]! + hidden[unit]! * slopes[digit]!
    }
    hiddenSlopes[unit] = slope
    gradient.bias1[unit] = gradient.bias1[unit]! + slope
  }
  for (let pixel = 0; pixel < inputs; pixel++) {
    const value = pixels[pixel]!
    if (value === 0) continue
    for (let unit = 0, at = pixel * units; unit < units; unit++, at++)
      gradient.weight1[at] = gradient.weight1[at]! + value * hiddenSlopes[unit]!
  }
}

export const MLP: Architecture<Mlp> = {
  zero: zeroMlp,
  inputs: { weight1: PIXELS, weight2: HIDDEN },
  learner: () => {
    const [hidden, logits] = [new Float32Array(HIDDEN), new Float32Array(CLASSES)]
    return (network, gradient, pixels, label, batch) => {
      forwardHidden(network, pixels, hidden)
      forwardLogits(network, hidden, logits)
      const loss = lossSlopes(logits, label, batch)
      backward(network, gradient, pixels, hidden, logits)
      return loss
    }
  },
}
