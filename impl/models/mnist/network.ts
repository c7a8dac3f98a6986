import { CLASSES, PIXELS } from './data.ts'

/**
 * The network while it is being trained, in floating point: 784 pixels, 128 rectified units, 10 logits.
 *
 *   hidden = max(0, pixels / 255 x weight1 + bias1)      logits = hidden x weight2 + bias2
 */
export const HIDDEN = 128

export interface Network {
  /** float[784][128]: a pixel's weights lie together, so that blank pixels cost nothing. */
  readonly weight1: Float32Array
  /** float[128] */
  readonly bias1: Float32Array
  /** float[128][10] */
  readonly weight2: Float32Array
  /** float[10] */
  readonly bias2: Float32Array
}

export const PARAMETERS = ['weight1', 'bias1', 'weight2', 'bias2'] as const

export const zeroNetwork = (): Network => ({
  weight1: new Float32Array(PIXELS * HIDDEN),
  bias1: new Float32Array(HIDDEN),
  weight2: new Float32Array(HIDDEN * CLASSES),
  bias2: new Float32Array(CLASSES),
})

/** Hidden activations of one image into `hidden`, float[128]. `pixels` are 0 to 1, float[784]. */
export const forwardHidden = (network: Network, pixels: Float32Array, hidden: Float32Array): void => {
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
export const forwardLogits = (network: Network, hidden: Float32Array, logits: Float32Array): void => {
  logits.set(network.bias2)
  for (let unit = 0; unit < HIDDEN; unit++) {
    const value = hidden[unit]!
    if (value === 0) continue
    for (let digit = 0, at = unit * CLASSES; digit < CLASSES; digit++, at++)
      logits[digit] = logits[digit]! + value * network.weight2[at]!
  }
}
