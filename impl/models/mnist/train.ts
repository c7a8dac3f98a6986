import { CLASSES, type Digits, PIXELS, SIDE } from './data.ts'
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

export const MLP_PLAN: TrainingPlan = { seed: 1, epochs: 30, batch: 128, rate: 0.002, decay: 0.02, shift: 1 }

export const CNN_PLAN: TrainingPlan = { seed: 1, epochs: 4, batch: 64, rate: 0.004, decay: 0.01, shift: 1 }

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

/** The numbers of a network by their names; those that begin with weight decay. */
export type Parameters = Readonly<Record<string, Float32Array>>

/** A network that can be trained. */
export interface Architecture<Network extends Parameters> {
  readonly zero: () => Network
  /** Of the weights: how many numbers each output is summed from. In this order they are drawn. */
  readonly inputs: Partial<Record<keyof Network & string, number>>
  /**
   * Learns from one image: adds its gradient, divided by the batch.
   *
   * @returns a function with buffers of its own, which returns the cross-entropy in nats
   */
  readonly learner: () => (
    network: Network,
    gradient: Network,
    pixels: Float32Array,
    label: number,
    batch: number,
  ) => number
}

/** He's initialisation for rectified units: uniform with variance 2 / inputs. */
const initialNetwork = <Network extends Parameters>(
  { zero, inputs }: Architecture<Network>,
  { uniform }: Random,
): Network => {
  const network = zero()
  for (const [name, count] of Object.entries(inputs)) {
    const weight = network[name]!
    const limit = Math.sqrt(6 / (count as number))
    for (let i = 0; i < weight.length; i++) weight[i] = (2 * uniform() - 1) * limit
  }
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

/** Logits become d cross-entropy / d logits, divided by the batch. @returns the cross-entropy against `label`, in nats */
export const lossSlopes = (logits: Float32Array, label: number, batch: number): number => {
  const loss = softmax(logits, label)
  logits[label] = logits[label]! - 1
  for (let digit = 0; digit < CLASSES; digit++) logits[digit] = logits[digit]! / batch
  return loss
}

/** One step of AdamW (Loshchilov and Hutter, 2019); clears the gradient. Biases do not decay. */
const optimise = (
  network: Parameters,
  gradient: Parameters,
  mean: Parameters,
  square: Parameters,
  step: number,
  rate: number,
  decay: number,
): void => {
  const scale = (rate * Math.sqrt(1 - BETA2 ** step)) / (1 - BETA1 ** step)
  for (const name of Object.keys(network)) {
    const [w, g, m, v] = [network[name]!, gradient[name]!, mean[name]!, square[name]!]
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
export const train = <Network extends Parameters>(
  architecture: Architecture<Network>,
  digits: Digits,
  plan: TrainingPlan,
  onProgress: (progress: TrainingProgress) => void,
): Network => {
  const source = random(plan.seed)
  const network = initialNetwork(architecture, source)
  const [gradient, mean, square] = [architecture.zero(), architecture.zero(), architecture.zero()]
  const learn = architecture.learner()
  const order = Uint32Array.from({ length: digits.count }, (_, i) => i)
  const pixels = new Float32Array(PIXELS)
  const batches = Math.floor(digits.count / plan.batch)
  const total = plan.epochs * batches
  const offset = (): number => source.below(2 * plan.shift + 1) - plan.shift

  for (let step = 0; step < total; step++) {
    const batch = step % batches
    if (batch === 0) shuffle(order, source)
    let loss = 0
    for (const index of order.subarray(batch * plan.batch, (batch + 1) * plan.batch)) {
      loadImage(digits, index, offset(), offset(), pixels)
      loss += learn(network, gradient, pixels, digits.labels[index]!, plan.batch)
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
