import fc from 'fast-check'
import { expect, test } from 'vitest'
import { wordAt } from '../../../spec/commitments/bytes.ts'
import { infer } from '../../graph/executor.ts'
import { CLASSES, type Digits, imageOf, PIXELS, trainingDigits } from './data.ts'
import { forwardHidden, forwardLogits, HIDDEN, type Network, PARAMETERS, zeroNetwork } from './network.ts'
import { fixedFactor, quantise } from './quantise.ts'
import { PLAN, train } from './train.ts'

const COUNT = 1_000
const all = trainingDigits()
const DIGITS: Digits = { ...all, count: COUNT }
const SHORT = { ...PLAN, epochs: 6 }

/** Compared as bytes: element by element takes the test runner seconds. */
const bytesOf = ({ buffer }: Float32Array): Uint8Array => new Uint8Array(buffer)

const predict = (network: Network, image: number): number => {
  const [hidden, logits] = [new Float32Array(HIDDEN), new Float32Array(CLASSES)]
  forwardHidden(
    network,
    Float32Array.from(imageOf(DIGITS, image), (pixel) => pixel / 255),
    hidden,
  )
  forwardLogits(network, hidden, logits)
  return logits.indexOf(Math.max(...logits))
}

const images = Array.from({ length: COUNT }, (_, i) => i)

// The model file must come out of the training command, not out of one lucky run.
test('TRAIN-1 training learns, and the seed decides everything', () => {
  const network = train(DIGITS, SHORT, () => {})
  const again = train(DIGITS, SHORT, () => {})
  for (const name of PARAMETERS) expect(Buffer.compare(bytesOf(again[name]), bytesOf(network[name]))).toBe(0)
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
  const network = zeroNetwork()
  network.weight1.fill(50)
  network.weight2.fill(0.1)
  expect(network.weight1.length).toBe(PIXELS * HIDDEN)
  expect(() => quantise('large', network, DIGITS)).toThrow('row 0 of layer 1 can reach')
})
