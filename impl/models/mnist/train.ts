import { CLASSES, type Digits, PIXELS, SIDE } from './data.ts'
import { forwardHidden, forwardLogits, HIDDEN, type Network, PARAMETERS, zeroNetwork } from './network.ts'
import { type Random, random } from './random.ts'

export interface TrainingPlan {
  readonly seed: number
  readonly epochs: number
  readonly batch: number
  /** Learning rate at the start; falls to zero along a cosine. */
  readonly rate: number
  /** Decay of the weights a step, as a share of the learning rate (AdamW). */
  readonly decay: number
  /** Each image is moved by up to so many pixels each way, afresh in every epoch. */
  readonly shift: number
}

export const PLAN: TrainingPlan = { seed: 1, epochs: 30, batch: 128, rate: 0.002, decay: 0.02, shift: 1 }

export interface TrainingProgress {
  /** Batches done. */
  readonly done: number
  readonly total: number
  /** Mean cross-entropy of the last batch, in nats. */
  readonly loss: number
}

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8

/** He's initialisation for rectified units: uniform with variance 2 / inputs. */
const initialNetwork = ({ uniform }: Random): Network => {
  const network = zeroNetwork()
  const fill = (weight: Float32Array, inputs: number): void => {
    const limit = Math.sqrt(6 / inputs)
    for (let i = 0; i < weight.length; i++) weight[i] = (2 * uniform() - 1) * limit
  }
  fill(network.weight1, PIXELS)
  fill(network.weight2, HIDDEN)
  return network
}

/** One image into `pixels` as 0 to 1, moved by (dx, dy); what comes in at the edge is blank. */
const loadImage = (digits: Digits, index: number, dx: number, dy: number, pixels: Float32Array): void => {
  pixels.fill(0)
  for (let row = Math.max(0, dy); row < Math.min(SIDE, SIDE + dy); row++) {
    const from = index * PIXELS + (row - dy) * SIDE - dx
    for (let column = Math.max(0, dx); column < Math.min(SIDE, SIDE + dx); column++)
      pixels[row * SIDE + column] = digits.pixels[from + column]! / 255
  }
}

/** Softmax in place. @returns cross-entropy against `label`, in nats */
const softmax = (logits: Float32Array, label: number): number => {
  const largest = logits.reduce((a, b) => Math.max(a, b))
  let sum = 0
  for (let digit = 0; digit < CLASSES; digit++) {
    logits[digit] = Math.exp(logits[digit]! - largest)
    sum += logits[digit]!
  }
  for (let digit = 0; digit < CLASSES; digit++) logits[digit] = logits[digit]! / sum
  return -Math.log(Math.max(logits[label]!, 1e-12))
}

/** Adds the gradient of one image's cross-entropy. `slopes` is d loss / d logits on entry. */
const backward = (
  network: Network,
  gradient: Network,
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

/** One step of AdamW (Loshchilov and Hutter, 2019); clears the gradient. Biases do not decay. */
const optimise = (
  network: Network,
  gradient: Network,
  mean: Network,
  square: Network,
  step: number,
  rate: number,
  decay: number,
): void => {
  const scale = (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step)
  for (const name of PARAMETERS) {
    const [w, g, m, v] = [network[name], gradient[name], mean[name], square[name]]
    const keep = name.startsWith('weight') ? 1 - rate * decay : 1
    for (let i = 0; i < w.length; i++) {
      const slope = g[i]!
      m[i] = BETA1 * m[i]! + (1 - BETA1) * slope
      v[i] = BETA2 * v[i]! + (1 - BETA2) * slope * slope
      w[i] = w[i]! * keep - (scale * m[i]!) / (Math.sqrt(v[i]!) + EPSILON)
    }
    g.fill(0)
  }
}

/**
 * Trains the network; the seed decides everything, on one JavaScript engine (exp and log may differ in the last bit
 * between engines).
 */
export const train = (
  digits: Digits,
  plan: TrainingPlan,
  onProgress: (progress: TrainingProgress) => void,
): Network => {
  const source = random(plan.seed)
  const network = initialNetwork(source)
  const [gradient, mean, square] = [zeroNetwork(), zeroNetwork(), zeroNetwork()]
  const order = Uint32Array.from({ length: digits.count }, (_, i) => i)
  const pixels = new Float32Array(PIXELS)
  const hidden = new Float32Array(HIDDEN)
  const logits = new Float32Array(CLASSES)
  const batches = Math.floor(digits.count / plan.batch)
  const total = plan.epochs * batches
  const offset = (): number => source.below(2 * plan.shift + 1) - plan.shift

  for (let step = 0; step < total; step++) {
    const batch = step % batches
    if (batch === 0) shuffle(order, source)
    let loss = 0
    for (const index of order.subarray(batch * plan.batch, (batch + 1) * plan.batch)) {
      loadImage(digits, index, offset(), offset(), pixels)
      forwardHidden(network, pixels, hidden)
      forwardLogits(network, hidden, logits)
      const label = digits.labels[index]!
      loss += softmax(logits, label)
      logits[label] = logits[label]! - 1
      for (let digit = 0; digit < CLASSES; digit++) logits[digit] = logits[digit]! / plan.batch
      backward(network, gradient, pixels, hidden, logits)
    }
    const rate = plan.rate * 0.5 * (1 + Math.cos((Math.PI * step) / total))
    optimise(network, gradient, mean, square, step + 1, rate, plan.decay)
    onProgress({ done: step + 1, total, loss: loss / plan.batch })
  }
  return network
}

/** Fisher and Yates. */
const shuffle = (order: Uint32Array, { below }: Random): void => {
  for (let i = order.length - 1; i > 0; i--) {
    const j = below(i + 1)
    const held = order[i]!
    order[i] = order[j]!
    order[j] = held
  }
}
