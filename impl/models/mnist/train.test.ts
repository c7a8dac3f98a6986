import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordAt } from '../../../spec/commitments/bytes.ts'
import { writeLowered } from '../../convert/graphPlan.ts'
import { infer } from '../../graph/executor.ts'
import { loadModel, MODEL_FORMATS, modelFileOf } from '../catalogue.ts'
import { CNN, type Cnn, cnnLogits } from './cnn.ts'
import { CLASSES, type Digits, imageOf, PIXELS, pixelsOf, trainingDigits } from './data.ts'
import { lowerCnn } from './lowerCnn.ts'
import { forwardHidden, forwardLogits, HIDDEN, MLP, type Mlp, zeroMlp } from './mlp.ts'
import { fixedFactor, quantise } from './quantise.ts'
import { CNN_PLAN, MLP_PLAN, train } from './train.ts'

const COUNT = 1_000
const all = trainingDigits()
const DIGITS: Digits = { ...all, count: COUNT }
const SHORT = { ...MLP_PLAN, epochs: 6 }

/** Compared as bytes: element by element takes the test runner seconds. */
const bytesOf = ({ buffer }: Float32Array): Uint8Array => new Uint8Array(buffer)

const predict = (network: Mlp, image: number): number => {
  const [hidden, logits] = [new Float32Array(HIDDEN), new Float32Array(CLASSES)]
  forwardHidden(network, pixelsOf(DIGITS, image), hidden)
  forwardLogits(network, hidden, logits)
  return logits.indexOf(Math.max(...logits))
}

const images = Array.from({ length: COUNT }, (_, i) => i)

// The model file must come out of the training command, not out of one lucky run.
test('TRAIN-1 training learns, and the seed decides everything', () => {
  const network = train(MLP, DIGITS, SHORT, () => {})
  const again = train(MLP, DIGITS, SHORT, () => {})
  for (const name of Object.keys(network) as (keyof Mlp)[])
    expect(Buffer.compare(bytesOf(again[name]), bytesOf(network[name]))).toBe(0)
  expect(images.filter((image) => predict(network, image) === DIGITS.labels[image]).length).toBeGreaterThan(
    0.85 * COUNT,
  )

  // What quantising costs: hardly any answer may change.
  const model = quantise('short', network, DIGITS)
  const same = images.filter(
    (image) => wordAt(infer(model, imageOf(DIGITS, image)), 0) === predict(network, image),
  )
  expect(same.length).toBeGreaterThan(0.99 * COUNT)
})

test('QUANT-1 a factor and its multiplier and shift differ by less than 2^-30 of it', () => {
  fc.assert(
    fc.property(fc.double({ min: 2 ** -31, max: 2 ** 30, noNaN: true }), (factor) => {
      const { multiplier, shift } = fixedFactor(factor)
      expect(Math.abs(multiplier / 2 ** shift - factor)).toBeLessThanOrEqual(factor * 2 ** -30)
      expect(multiplier).toBeLessThan(2 ** 31)
    }),
  )
  expect(fixedFactor(0)).toEqual({ multiplier: 0, shift: 0 })
  for (const factor of [2 ** 32, 2 ** -40, Number.NaN, Number.POSITIVE_INFINITY, -1])
    expect(() => fixedFactor(factor)).toThrow('has no multiplier and shift')
})

// Whoever sends the input must not be able to make a sum wrap: then the model would mean nothing.
test('QUANT-2 weights whose sums could leave int32 are refused', () => {
  const network = zeroMlp()
  network.weight1.fill(50)
  network.weight2.fill(0.1)
  expect(network.weight1.length).toBe(PIXELS * HIDDEN)
  expect(() => quantise('large', network, DIGITS)).toThrow('row 0 of layer 1 can reach')
})

// Rationale: a wrong gradient still learns something; only differences show that it is one.
test('TRAIN-2 the convolutional network’s gradients are the differences of its loss', () => {
  const random = (seed: number) => {
    let state = seed
    return () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state / 2 ** 31 - 1
    }
  }
  const next = random(3)
  const network = CNN.zero()
  for (const values of Object.values(network)) for (let i = 0; i < values.length; i++) values[i] = next() / 4
  const pixels = pixelsOf(DIGITS, 7)
  const learn = CNN.learner()
  const lossOf = (): number => learn(network, CNN.zero(), pixels, 3, 1)
  const gradient = CNN.zero()
  learn(network, gradient, pixels, 3, 1)
  let [compared, wrong] = [0, 0]
  for (const name of Object.keys(network) as (keyof Cnn)[]) {
    const [values, slopes] = [network[name], gradient[name]]
    for (let i = 0; i < values.length; i += 1 + (values.length >> 3)) {
      const [held, step] = [values[i]!, 2 ** -12]
      values[i] = held + step
      const above = lossOf()
      values[i] = held - step
      const difference = (above - lossOf()) / (2 * step)
      values[i] = held
      if (Math.abs(difference - slopes[i]!) > 0.02 * Math.abs(slopes[i]!) + 1e-3) wrong++
      compared++
    }
    expect(slopes.some((slope) => slope !== 0)).toBe(true)
  }
  // Where two pixels under the pool are equal, or a sum is zero, the loss has a slope on each side.
  expect(compared).toBeGreaterThan(35)
  expect(wrong).toBeLessThanOrEqual(2)
})

test('TRAIN-3 the convolutional network learns', () => {
  const plan = { ...CNN_PLAN, epochs: 2, batch: 16 }
  const network = train(CNN, DIGITS, plan, () => {})
  const logits = cnnLogits()
  const right = images.filter((image) => {
    const found = logits(network, pixelsOf(DIGITS, image))
    return found.indexOf(Math.max(...found)) === DIGITS.labels[image]
  })
  expect(right.length).toBeGreaterThan(0.8 * COUNT)
})

/** The rows of a matrix as f32 has it: [rows / 16][columns, padded][16]. */
const unpacked = (bytes: Uint8Array, rows: number, columns: number): Float32Array => {
  const packed = new Float32Array(bytes.slice().buffer)
  const padded = packed.length / (16 * Math.ceil(rows / 16))
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns]
    return packed[((row >> 4) * padded + column) * 16 + (row & 15)]!
  })
}

// Rationale: both files come out of one network; training again takes minutes, and making the one of the other does not.
test('TRAIN-4 the fixed format of mnist-cnn is made of the weights that stand in f32, bit for bit', async () => {
  const { weights, header } = loadModel('mnist-cnn', 'f32')
  const find = (name: string): Uint8Array => weights[header.weights.findIndex((each) => each.name === name)]!
  const bias = (name: string): Float32Array => new Float32Array(find(`${name}.bias`).slice().buffer)
  const network: Cnn = {
    weight1: unpacked(find('conv1.weights'), 8, 9),
    bias1: bias('conv1'),
    weight2: unpacked(find('conv2.weights'), 16, 72),
    bias2: bias('conv2'),
    weight3: unpacked(find('logits.weights'), 10, 784),
    bias3: bias('logits'),
  }
  const folder = mkdtempSync(join(tmpdir(), 'cnn-'))
  for (const format of MODEL_FORMATS) {
    const { plan, fills } = lowerCnn('mnist-cnn', network, format)
    const file = join(folder, `${format}.opml`)
    await writeLowered(file, plan, fills, () => {})
    expect(readFileSync(file).equals(readFileSync(modelFileOf('mnist-cnn', format)))).toBe(true)
  }
  rmSync(folder, { recursive: true })
})
