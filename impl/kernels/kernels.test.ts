import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeDescriptor } from '../../spec/graph/descriptor.ts'
import { ELEMENT_TYPES } from '../../spec/graph/graphModel.ts'
import { executeNode, OPERATORS, tileElementsOf } from '../../spec/graph/operators/index.ts'
import { jobOf } from '../../spec/graph/operators/job.arbitrary.ts'
import { MATMUL_INT16 } from '../../spec/graph/operators/matmulInt16.ts'
import type { Operator } from '../../spec/graph/operators/operator.ts'
import { buildGuest, COMPILER_RELEASE, compilerRelease } from './build.ts'
import { guestOf, runGuest, slotBytes } from './guest.fixture.ts'
import { GUESTS } from './guests.ts'

const RUNS = 100

/** `bytes` as they stand at the bottom of a slot, and 64 bytes behind them. */
const inSlot = (bytes: Uint8Array): Uint8Array => {
  const slot = new Uint8Array(bytes.length + 64)
  slot.set(bytes)
  return slot
}

const nodeOf = ({ code }: Operator, attributes: readonly number[]): Uint8Array =>
  encodeDescriptor({
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode: code,
    tileElements: 1,
    attributes,
  })

describe.each(OPERATORS)('$name', ({ name, outputType, outputElements, instructionBound }) => {
  // The chain runs the kernel, everybody else the operator: one bit of difference would let a liar win.
  test('KERNEL-1 the kernel in the machine gives the operator’s bits, on any bits, sizes and tiles', () => {
    fc.assert(
      fc.property(jobOf(name), (job) => {
        const result = runGuest(job)
        const expected = executeNode(job.descriptor, job.operands, undefined, job.tiles)
        expect(result.exitCode).toBe(0)
        expect(slotBytes(result, 7, expected.length)).toEqual(inSlot(expected))
        // KERNEL-7, on every random job that is a whole node or one tile of it.
        const { descriptor, tiles } = job
        if (tiles.tileCount === 1 || tiles.firstTile === 0) {
          const whole = outputElements(descriptor)
          const elements = Math.min(tiles.tileCount * tileElementsOf(descriptor), whole)
          expect(result.instructions).toBeLessThanOrEqual(instructionBound(descriptor, elements))
        }
      }),
      { numRuns: RUNS },
    )
  })

  // A liar's fault is planted at the last store to one element; a kernel that reads back or stores twice would spread
  // or heal it. And a node in place must not touch what lies outside its tiles.
  test('KERNEL-2 each element of the tiles is stored exactly once, by a store of its width, and never read', () => {
    const width = ELEMENT_TYPES[outputType].bytes
    fc.assert(
      fc.property(jobOf(name), fc.uint8Array({ minLength: 64, maxLength: 64 }), (job, outputBefore) => {
        const result = runGuest({ ...job, outputBefore })
        const expected = executeNode(job.descriptor, job.operands, outputBefore, job.tiles)
        expect(slotBytes(result, 7, expected.length)).toEqual(inSlot(expected))
        const offsets = result.outputAccesses.map(({ offset }) => offset)
        expect(new Set(offsets).size).toBe(offsets.length)
        for (const access of result.outputAccesses)
          expect(access).toMatchObject({ kind: 'store', bytes: width })
      }),
      { numRuns: RUNS },
    )
  })
})

// Random bits hardly ever reach the end of int32: 512 x 2^22 does, and wraps to -2^31.
test('KERNEL-3 the int16 product wraps in the machine as it does in the operator', () => {
  const columns = 512
  const job = {
    descriptor: nodeOf(MATMUL_INT16, [1, columns]),
    operands: [
      new Uint8Array(columns).fill(0x80),
      new Uint8Array(Int16Array.from({ length: columns }, () => -(2 ** 15)).buffer),
      new Uint8Array(Int32Array.of(1, 0).buffer),
    ],
    tiles: { firstTile: 0, tileCount: 1 },
  }
  const expected = new Uint8Array(Int32Array.of(-(2 ** 31)).buffer)
  expect(executeNode(job.descriptor, job.operands)).toEqual(expected)
  expect(slotBytes(runGuest(job), 7, 4)).toEqual(inSlot(expected))
})

// A descriptor may hold any bits, so every one of them must end, and with a result that the spec knows.
test('KERNEL-4 an unknown operator exits with code 1 and leaves the output as it was', () => {
  const known = new Set([0, ...OPERATORS.map(({ code }) => code)])
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 512, maxLength: 512 }),
      fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
      (descriptor, code) => {
        fc.pre(!known.has(code))
        new DataView(descriptor.buffer).setUint32(32, code, true)
        const outputBefore = Uint8Array.of(1, 2, 3)
        const job = { descriptor, tiles: { firstTile: 0, tileCount: 1 }, operands: [], outputBefore }
        const result = runGuest(job)
        expect(result.exitCode).toBe(1)
        expect(result.outputAccesses).toEqual([])
        expect(executeNode(descriptor, [], outputBefore)).toEqual(outputBefore)
      },
    ),
    { numRuns: RUNS },
  )
})

// Every level of the code tree is paid for in each arbitration.
test('KERNEL-5 the code tree has at most 9 levels, 7 where there is no language model', () => {
  const levels = (operator: Operator): number => {
    const { code } = guestOf(nodeOf(operator, []))
    expect(code.base % 32).toBe(0)
    return code.height
  }
  expect(levels(MATMUL_INT16)).toBeLessThanOrEqual(7)
  for (const operator of OPERATORS) expect(levels(operator)).toBeLessThanOrEqual(9)
})

// The committed program is what runs; whoever reads the C sources must be reading that program.
test.skipIf(compilerRelease() !== COMPILER_RELEASE).each(GUESTS)(
  'KERNEL-6 the sources give the committed $name, bit for bit',
  (guest) => {
    expect(Buffer.compare(buildGuest(guest), readFileSync(guest.file))).toBe(0)
  },
)
