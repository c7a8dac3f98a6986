import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { measureAccuracy } from './accuracy.ts'
import { loadModel } from './catalogue.ts'
import { testDigits } from './mnist/data.ts'

const accuracyCommand = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'accuracyMain.ts'), ...args], {
    encoding: 'utf8',
  })

// The figure that the project states, on the engine whose bits are disputed.
test('ACCURACY-1 mnist-mlp is right on at least 97.5% of the 10,000 test images', async () => {
  const digits = testDigits()
  const { images, correct, accuracy } = await measureAccuracy(
    loadModel('mnist-mlp'),
    digits,
    digits.count,
    () => {},
  )
  expect(images).toBe(10_000)
  expect(accuracy).toBe(correct / images)
  expect(accuracy).toBeGreaterThanOrEqual(0.975)
})

// What whole numbers cost: of the same weights, f32 has what training made, and the fixed format what is left of it.
test('ACCURACY-4 mnist-cnn is right on at least 98.5% in f32, and within 0.2 points of it in the fixed format', async () => {
  const digits = testDigits()
  const [fixed, float] = [
    await measureAccuracy(loadModel('mnist-cnn'), digits, digits.count, () => {}),
    await measureAccuracy(loadModel('mnist-cnn', 'f32'), digits, digits.count, () => {}),
  ]
  expect(float.accuracy).toBeGreaterThanOrEqual(0.985)
  expect(Math.abs(fixed.accuracy - float.accuracy)).toBeLessThanOrEqual(0.002)
  expect(() => loadModel('mnist-mlp', 'f32')).toThrow('mnist-mlp does not come in f32; there is: fixed')
})

test('ACCURACY-2 --json prints one object alone on standard output', () => {
  const { status, stdout } = accuracyCommand('mnist-mlp', '--images', '50', '--json')
  expect(status).toBe(0)
  const printed = JSON.parse(stdout)
  expect(printed).toEqual({
    model: 'mnist-mlp',
    images: 50,
    correct: 50 * printed.accuracy,
    accuracy: printed.accuracy,
  })
})

test.each([
  ['unknown model "nonsense"; known: mnist-mlp, mnist-cnn', ['nonsense']],
  ['allowed: an integer from 1 to 10000', ['mnist-mlp', '--images', '10001']],
  ['missing required argument', []],
])('ACCURACY-3 bad input exits with code 2 and says what is allowed: %s', (message, args) => {
  const { status, stdout, stderr } = accuracyCommand(...args)
  expect(status).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('    at ')
})
