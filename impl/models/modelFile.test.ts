import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, concat, littleEndian, wordAt } from '../../spec/commitments/bytes.ts'
import { loadModel, MODEL_NAMES, UnknownModelError } from './catalogue.ts'
import { decodeModel, encodeModel, ModelFileError, readModelFile } from './modelFile.ts'

const MODEL = loadModel('mnist-mlp')
const FILE = encodeModel(MODEL)
const HEADER_END = 12 + wordAt(FILE, 8)
const DESCRIPTORS_END = HEADER_END + 512 * MODEL.nodes.length

/** A damaged file whose checksum fits, as a faulty writer would make it. */
const sealed = (body: Bytes): Bytes => concat(body, keccak_256(body))

const withHeader = (change: (header: Record<string, unknown>) => unknown): Bytes => {
  const header = JSON.parse(new TextDecoder().decode(FILE.subarray(12, HEADER_END)))
  const bytes = new TextEncoder().encode(JSON.stringify(change(header)))
  return sealed(
    concat(
      FILE.subarray(0, 8),
      littleEndian(bytes.length, 4),
      bytes,
      FILE.subarray(HEADER_END, FILE.length - 32),
    ),
  )
}

const reasonOf = (bytes: Bytes): string => {
  try {
    decodeModel(bytes, 'some.opml')
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError)
    expect((error as Error).message).toBe(`some.opml: ${(error as ModelFileError).reason}`)
    return (error as ModelFileError).reason
  }
  throw new Error('the file was accepted')
}

test('MODEL-1 a model comes back from its file as it was', () => {
  expect(decodeModel(FILE, 'some.opml')).toEqual(MODEL)
  expect(encodeModel(decodeModel(FILE, 'some.opml'))).toEqual(FILE)
})

// Wherever a copy breaks off: in the prefix, the header, the descriptors, the weights, the checksum.
test.each([
  0,
  1,
  3,
  4,
  11,
  12,
  43,
  44,
  HEADER_END - 1,
  HEADER_END,
  HEADER_END + 100,
  DESCRIPTORS_END,
  DESCRIPTORS_END + 1000,
  FILE.length - 33,
  FILE.length - 32,
  FILE.length - 1,
])('MODEL-2 a file cut off after %i bytes is refused as truncated', (length) => {
  expect(reasonOf(FILE.subarray(0, length))).toContain('truncated')
})

test('MODEL-3 a file with any bit flipped is refused', () => {
  const place = fc.oneof(
    fc.integer({ min: 0, max: FILE.length - 1 }),
    fc.integer({ min: 0, max: DESCRIPTORS_END }),
  )
  fc.assert(
    fc.property(place, fc.integer({ min: 0, max: 7 }), (index, bit) => {
      const damaged = FILE.slice()
      damaged[index] = damaged[index]! ^ (1 << bit)
      reasonOf(damaged)
    }),
  )
})

// The checksum fits in these: each check behind it must hold by itself.
describe('MODEL-4 a file whose parts do not fit together is refused with the reason', () => {
  const altered = (offset: number, bytes: Bytes): Bytes => {
    const body = FILE.slice(0, FILE.length - 32)
    body.set(bytes, offset)
    return sealed(body)
  }
  const text = (value: string): Bytes => new TextEncoder().encode(value)
  test.each<readonly [string, Bytes]>([
    ['does not begin with OPML', altered(0, text('GGUF'))],
    ['format version 2', altered(4, littleEndian(2, 4))],
    ['header runs over the end', altered(8, littleEndian(2 ** 32 - 1, 4))],
    ['header is not JSON', altered(12, text('?'))],
    ['operator that this program does not know', altered(HEADER_END + 32, littleEndian(99, 4))],
    ['bytes of content where the header asks for', sealed(FILE.subarray(0, FILE.length - 33))],
    ['bytes of content where the header asks for', withHeader((header) => ({ ...header, nodes: ['one'] }))],
    ['header field name', withHeader((header) => ({ ...header, name: 7 }))],
    ['header field (all)', withHeader((header) => ({ ...header, extra: 1 }))],
    ['header field valueHeight', withHeader((header) => ({ ...header, valueHeight: 25 }))],
    ['weights in a tree of height 2', withHeader((header) => ({ ...header, weightHeight: 2 }))],
    ['input slot 8 is not a carry slot', withHeader((header) => ({ ...header, inputSlot: 8 }))],
    ['output slot 16', withHeader((header) => ({ ...header, outputSlot: 16 }))],
    [
      'does not fit a slot',
      withHeader((header) => ({ ...header, weights: [{ name: 'w', type: 'int16', shape: [2 ** 28, 2] }] })),
    ],
  ])('%s', (reason, bytes) => {
    expect(reasonOf(bytes)).toContain(reason)
  })
})

test('MODEL-5 a file on disk is read or named in the error', () => {
  const folder = mkdtempSync(join(tmpdir(), 'model-'))
  try {
    const file = join(folder, 'a.opml')
    expect(() => readModelFile(file)).toThrow(`${file}: cannot be read (ENOENT)`)
    writeFileSync(file, FILE)
    expect(readModelFile(file)).toEqual(MODEL)
    writeFileSync(file, FILE.subarray(0, 5000))
    expect(() => readModelFile(file)).toThrow(`${file}: truncated`)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('MODEL-6 an unknown model is refused with the names that are known', () => {
  expect(() => loadModel('mnist-cnn')).toThrow(UnknownModelError)
  expect(() => loadModel('constructor')).toThrow(
    `unknown model "constructor"; known: ${MODEL_NAMES.join(', ')}`,
  )
})
