import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type Bytes, concat, littleEndian, wordAt } from '../../spec/commitments/bytes.ts'
import { DESCRIPTOR_BYTES } from '../../spec/graph/descriptor.ts'
import { pageRoots, tensorRoot } from '../keccak/treeRoot.ts'
import { loadModel, MODEL_NAMES, modelFileOf, UnknownModelError } from './catalogue.ts'
import { ModelFileError, openModelFile, PREFIX_BYTES, readModelFile } from './modelFile.ts'
import { type ModelPlan, openModelWriter, writeModelFile } from './modelWriter.ts'

const MODEL = loadModel('mnist-mlp')
const FILE: Bytes = new Uint8Array(readFileSync(modelFileOf('mnist-mlp')))
const HEADER_END = PREFIX_BYTES + wordAt(FILE, 8)
const DESCRIPTORS_END = HEADER_END + DESCRIPTOR_BYTES * MODEL.nodes.length

const PLAN: ModelPlan = {
  ...MODEL.header,
  nodes: MODEL.nodes,
  weights: MODEL.header.weights.map(({ name, type, shape }) => ({ name, type, shape })),
}

const folder = mkdtempSync(join(tmpdir(), 'model-'))
afterAll(() => rmSync(folder, { recursive: true }))
const some = join(folder, 'some.opml')

/** A damaged file whose checksum fits, as a faulty writer would make it. */
const sealed = (bytes: Bytes): Bytes => {
  const copy = bytes.slice()
  const end = PREFIX_BYTES + wordAt(copy, 8) + DESCRIPTOR_BYTES * MODEL.nodes.length
  copy.set(keccak_256(copy.subarray(PREFIX_BYTES, end)), 12)
  return copy
}

const withHeader = (change: (header: Record<string, unknown>) => unknown): Bytes => {
  const header = JSON.parse(new TextDecoder().decode(FILE.subarray(PREFIX_BYTES, HEADER_END)))
  const bytes = new TextEncoder().encode(JSON.stringify(change(header)))
  // Spaces behind the JSON keep its length, so that the weights stay where they are.
  const padded = new Uint8Array(Math.max(bytes.length, HEADER_END - PREFIX_BYTES)).fill(0x20)
  padded.set(bytes)
  return sealed(
    concat(
      FILE.subarray(0, 8),
      littleEndian(padded.length, 4),
      FILE.subarray(12, PREFIX_BYTES),
      padded,
      FILE.subarray(HEADER_END),
    ),
  )
}

const reasonOf = (bytes: Bytes): string => {
  writeFileSync(some, bytes)
  try {
    readModelFile(some)
  } catch (error) {
    expect(error).toBeInstanceOf(ModelFileError)
    expect((error as Error).message).toBe(`${some}: ${(error as ModelFileError).reason}`)
    return (error as ModelFileError).reason
  }
  throw new Error('the file was accepted')
}

test('MODEL-1 a model comes back from its file as it was, with the roots of its weights', () => {
  const file = join(folder, 'again.opml')
  writeModelFile(file, PLAN, MODEL.weights)
  expect(Buffer.compare(readFileSync(file), FILE)).toBe(0)
  expect(readModelFile(file)).toEqual(MODEL)
  expect(MODEL.header.weights.map(({ root }) => root)).toEqual(MODEL.weights.map(tensorRoot))
  expect(MODEL.pageRoots).toEqual(MODEL.weights.map((weight) => pageRoots(weight)))
})

// Wherever a copy breaks off: in the prefix, the header, the descriptors, the weights.
test.each([
  0,
  1,
  4,
  11,
  12,
  PREFIX_BYTES - 1,
  PREFIX_BYTES,
  HEADER_END - 1,
  HEADER_END,
  HEADER_END + 100,
  DESCRIPTORS_END,
  DESCRIPTORS_END + 1000,
  FILE.length - 1,
])('MODEL-2 a file cut off after %i bytes is refused as truncated', (length) => {
  expect(reasonOf(FILE.subarray(0, length))).toContain('truncated')
})

test('MODEL-3 a file with any bit flipped is refused, but for what only fills the gaps between parts', () => {
  const gaps: { from: number; to: number }[] = []
  let end = DESCRIPTORS_END
  for (const { length } of [...MODEL.weights, ...MODEL.pageRoots]) {
    const start = Math.ceil(end / 64) * 64
    gaps.push({ from: end, to: start })
    end = start + length
  }
  expect(end).toBe(FILE.length)
  const place = fc.oneof(
    fc.integer({ min: 0, max: FILE.length - 1 }),
    fc.integer({ min: 0, max: DESCRIPTORS_END - 1 }),
  )
  fc.assert(
    fc.property(place, fc.integer({ min: 0, max: 7 }), (index, bit) => {
      fc.pre(!gaps.some(({ from, to }) => from <= index && index < to))
      const damaged = FILE.slice()
      damaged[index] = damaged[index]! ^ (1 << bit)
      reasonOf(damaged)
    }),
  )
})

// The checksum fits in these: each check behind it must hold by itself.
describe('MODEL-4 a file whose parts do not fit together is refused with the reason', () => {
  const altered = (offset: number, bytes: Bytes): Bytes => {
    const copy = FILE.slice()
    copy.set(bytes, offset)
    return sealed(copy)
  }
  const text = (value: string): Bytes => new TextEncoder().encode(value)
  test.each<readonly [string, Bytes]>([
    ['does not begin with OPML', altered(0, text('GGUF'))],
    ['format version 2; this program reads version 3: convert, fetch', altered(4, littleEndian(2, 4))],
    ['format version 4; this program reads version 3', altered(4, littleEndian(4, 4))],
    [
      'a header of 4294967295 bytes',
      concat(FILE.subarray(0, 8), littleEndian(2 ** 32 - 1, 4), FILE.subarray(12)),
    ],
    ['header runs over the end', concat(FILE.subarray(0, 8), littleEndian(2 ** 20, 4), FILE.subarray(12))],
    ['header is not JSON', altered(PREFIX_BYTES, text('?'))],
    ['operator that this program does not know', altered(HEADER_END + 32, littleEndian(999, 4))],
    ['bytes where the header asks for', concat(FILE, new Uint8Array(1))],
    ['truncated', withHeader((header) => ({ ...header, nodes: Array(300).fill('n') }))],
    ['header field name', withHeader((header) => ({ ...header, name: 7 }))],
    ['header field (all)', withHeader((header) => ({ ...header, extra: 1 }))],
    ['header field valueHeight', withHeader((header) => ({ ...header, valueHeight: 25 }))],
    ['weights in a tree of height 2', withHeader((header) => ({ ...header, weightHeight: 2 }))],
    ['input slot 8 is not a carry slot', withHeader((header) => ({ ...header, inputSlot: 8 }))],
    ['output slot 16', withHeader((header) => ({ ...header, outputSlot: 16 }))],
    [
      'slot 8 of cache is not a carry slot',
      withHeader((header) => ({ ...header, carry: [{ name: 'cache', type: 'int16', shape: [2], slot: 8 }] })),
    ],
    [
      'does not fit a slot',
      withHeader((header) => ({
        ...header,
        carry: [{ name: 'cache', type: 'int16', shape: [2 ** 28, 2], slot: 1 }],
      })),
    ],
  ])('%s', (reason, bytes) => {
    expect(reasonOf(bytes)).toContain(reason)
  })

  test('a weight that does not fit its checksum', () => {
    const { weightOffsets } = openModelFile(modelFileOf('mnist-mlp'))
    expect(reasonOf(altered(weightOffsets[3]!, new Uint8Array([99])))).toBe(
      'weight weight2 is damaged: its checksum does not fit',
    )
  })

  test('page roots that do not lead to the root of their weight', () => {
    expect(reasonOf(altered(FILE.length - 1, new Uint8Array([FILE.at(-1)! ^ 1])))).toBe(
      'weight bias2 is damaged: its page roots do not lead to its root',
    )
  })
})

test('MODEL-5 a file that is not there is named in the error', () => {
  const missing = join(folder, 'missing.opml')
  expect(() => readModelFile(missing)).toThrow(`${missing}: cannot be read (ENOENT)`)
})

test('MODEL-6 an unknown model is refused with the names that are known', () => {
  expect(() => loadModel('mnist-nothing')).toThrow(UnknownModelError)
  expect(() => loadModel('constructor')).toThrow(
    `unknown model "constructor"; known: ${MODEL_NAMES.join(', ')}, smollm2, or a model file`,
  )
})

// Rationale: whoever converts may be interrupted anywhere; half a model under a model's name would be served.
describe('MODEL-7 a file is written whole or not at all', () => {
  const file = join(folder, 'part.opml')
  test('weights may come by turns and in parts', () => {
    const writer = openModelWriter(file, PLAN)
    const half = MODEL.weights.map(({ length }) => length >> 1)
    MODEL.weights.forEach((bytes, i) => {
      writer.write(i, bytes.subarray(0, half[i]))
    })
    MODEL.weights.forEach((bytes, i) => {
      writer.write(i, bytes.subarray(half[i]))
    })
    expect(readdirSync(folder)).not.toContain('part.opml')
    writer.finish()
    expect(readModelFile(file)).toEqual(MODEL)
    rmSync(file)
  })

  test('what is too much or too little leaves nothing behind', () => {
    const before = readdirSync(folder)
    expect(() => writeModelFile(file, PLAN, MODEL.weights.slice(1))).toThrow(RangeError)
    expect(() => writeModelFile(file, PLAN, MODEL.weights.slice(0, -1))).toThrow(
      'weight bias2 has 0 of 40 bytes',
    )
    expect(readdirSync(folder)).toEqual(before)
  })

  test('a folder that is not there is named', () => {
    const nowhere = join(folder, 'nowhere', 'a.opml')
    expect(() => openModelWriter(nowhere, PLAN)).toThrow(`${nowhere}: cannot be written (ENOENT)`)
  })
})
