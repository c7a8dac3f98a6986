import { expect, test } from 'vitest'
import { decodeIdx, imageOf, MnistFileError, testDigits, trainingDigits } from './data.ts'

const idx = (magic: number, dimensions: readonly number[], content: number): Uint8Array => {
  const bytes = new Uint8Array(4 + 4 * dimensions.length + content).fill(1)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic)
  dimensions.forEach((size, i) => {
    view.setUint32(4 + 4 * i, size)
  })
  return bytes
}

test('MNIST-1 60,000 digits to train on and 10,000 to test on, labels 0 to 9', () => {
  for (const [digits, count] of [
    [trainingDigits(), 60_000],
    [testDigits(), 10_000],
  ] as const) {
    expect(digits.count).toBe(count)
    expect(digits.pixels.length).toBe(count * 784)
    expect([...new Set(digits.labels)].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  }
})

test('MNIST-2 a damaged data file is refused with its name and the reason', () => {
  expect(decodeIdx(idx(0x803, [2, 3, 4], 24), 'f', [3, 4])).toHaveLength(24)
  expect(() => decodeIdx(idx(0x803, [2, 3, 4], 23), 'f', [3, 4])).toThrow(MnistFileError)
  expect(() => decodeIdx(idx(0x803, [2, 3, 4], 23), 'f', [3, 4])).toThrow('f: 23 bytes of content')
  expect(() => decodeIdx(idx(0x801, [2, 3, 4], 24), 'f', [3, 4])).toThrow('f: begins with 2049')
  expect(() => decodeIdx(idx(0x803, [2, 3, 5], 30), 'f', [3, 4])).toThrow('f: dimension 2 is 5, not 4')
  expect(() => decodeIdx(new Uint8Array(5), 'f', [3, 4])).toThrow('f: truncated: 5 bytes')
})

test('MNIST-3 an image index outside the set is refused', () => {
  const digits = testDigits()
  expect(imageOf(digits, 9_999)).toHaveLength(784)
  for (const index of [-1, 10_000, 1.5, Number.NaN])
    expect(() => imageOf(digits, index)).toThrow(`image ${index} is not an integer from 0 to 9999`)
})
