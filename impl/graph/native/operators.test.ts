import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { executeNode, OPERATORS } from '../../../spec/graph/operators/index.ts'
import { jobOf } from '../../../spec/graph/operators/job.arbitrary.ts'
import { descriptorOf } from '../../../spec/graph/operators/operator.fixture.ts'
import { NATIVE_MODULES } from '../../kernels/nativeModules.ts'
import { nodeRunner } from './singleNode.fixture.ts'

const RUNNERS = NATIVE_MODULES.map((module) => ({ module: module.name, run: nodeRunner(module) }))

describe.each(RUNNERS)('$module', ({ run }) => {
  // What a server computes and what the chain would: one bit of difference, and it loses an honest claim.
  test.each(OPERATORS)(
    'NATIVE-1 $name gives the operator’s bits, on any bits and sizes',
    ({ name, outputElements }) => {
      fc.assert(
        fc.property(
          jobOf(name),
          fc.uint8Array({ minLength: 64, maxLength: 64 }),
          ({ descriptor, operands }, before) => {
            const elements = outputElements(descriptor)
            const whole = descriptor.slice()
            new DataView(whole.buffer).setUint32(36, elements, true)
            const expected = executeNode(whole, operands, before, { firstTile: 0, tileCount: 1 })
            const actual = run(descriptor, operands, before)
            expect(actual).toEqual(expected.subarray(0, actual.length))
          },
        ),
        { numRuns: 60 },
      )
    },
  )

  // Which of two equal zeros is the largest decides a bit of the output.
  test('NATIVE-11 zeros of both signs are what they are to the operator', () => {
    const zeros = (...signs: readonly number[]): Uint8Array =>
      new Uint8Array(Float32Array.from(signs, (sign) => 0 * sign).buffer)
    const pool = descriptorOf('max-pool-f32', [1, 1, 2, 1, 2, 1, 1, 0, 0, 1, 1])
    const argmax = descriptorOf('argmax-f32', [2])
    for (const operand of [zeros(1, -1), zeros(-1, 1), zeros(-1, -1), zeros(1, 1)])
      for (const descriptor of [pool, argmax]) {
        const expected = executeNode(descriptor, [operand])
        expect(run(descriptor, [operand], new Uint8Array(4))).toEqual(expected)
      }
    expect(executeNode(pool, [zeros(-1, 1)])).toEqual(zeros(-1))
    expect(executeNode(pool, [zeros(1, -1)])).toEqual(zeros(1))
  })
})
