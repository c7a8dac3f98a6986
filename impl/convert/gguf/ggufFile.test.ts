import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Bytes, concat } from '../../../spec/commitments/bytes.ts'
import { bytesSource, ConvertError } from '../sourceFile.ts'
import { Q8_0 } from '../weights/blocks.ts'
import { F32 } from '../weights/scalars.ts'
import { readAll } from '../weights/tensorPlace.ts'
import { readGguf } from './ggufFile.ts'
import { ggufHead } from './ggufHead.ts'

const METADATA = {
  'general.architecture': { kind: 'string', value: 'llama' },
  'llama.block_count': { kind: 'uint32', value: 3 },
  'llama.epsilon': { kind: 'float32', value: 0.5 },
  'some.truth': { kind: 'boolean', value: true },
  'some.tokens': { kind: 'strings', value: ['a', 'Ġb', '\ufeffc'] },
  'some.types': { kind: 'int32s', value: [1, -2] },
} as const
const TENSORS = [
  { name: 'first', shape: [2, 3], format: F32 },
  { name: 'second', shape: [2, 32], format: Q8_0 },
]

const HEAD = ggufHead(METADATA, TENSORS)
const FILE: Bytes = new Uint8Array(HEAD.size)
FILE.set(HEAD.bytes)
FILE.set(new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer), HEAD.offsets[0])

const read = (bytes: Bytes) => readGguf(bytesSource('some.gguf', bytes))

const find = (text: string): number => Buffer.from(FILE).indexOf(text)

const altered = (offset: number, ...bytes: readonly number[]): Bytes => {
  const copy = FILE.slice()
  copy.set(bytes, offset)
  return copy
}

test('GGUF-1 keys and tensors come back as they were written', () => {
  const { metadata, tensors } = read(FILE)
  expect(Object.fromEntries(metadata)).toEqual({
    'general.architecture': 'llama',
    'llama.block_count': 3,
    'llama.epsilon': 0.5,
    'some.truth': true,
    'some.tokens': ['a', 'Ġb', '\ufeffc'],
    'some.types': new Int32Array([1, -2]),
  })
  expect([...tensors.keys()]).toEqual(['first', 'second'])
  expect(tensors.get('second')).toMatchObject({ shape: [2, 32], format: Q8_0, bytes: 68 })
  expect([...readAll(tensors.get('first')!)]).toEqual([1, 2, 3, 4, 5, 6])
})

const reasonOf = (bytes: Bytes): string => {
  try {
    read(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(ConvertError)
    return (error as ConvertError).message
  }
  throw new Error('the file was accepted')
}

// Rationale: a copy may break off anywhere, and no length behind the break may be believed.
test('GGUF-2 a file cut off anywhere is refused as truncated', () => {
  const last = HEAD.offsets[1]! + 68
  for (let length = 0; length < last; length++)
    expect(reasonOf(FILE.subarray(0, length))).toContain('truncated')
  read(FILE.subarray(0, last))
})

const tensorAt = (name: string): number => find(name) + name.length
const count64 = (value: bigint): number[] => [...new Uint8Array(new BigUint64Array([value]).buffer)]

describe('GGUF-3 a file that contradicts itself is refused with its place and the reason', () => {
  test.each<readonly [string, string, Bytes]>([
    ['magic', 'it does not begin with GGUF', altered(0, 0x46)],
    ['version', 'GGUF version 4', altered(4, 4)],
    ['big-endian version', 'GGUF version 50331648', altered(4, 0, 0, 0, 3)],
    ['a count of tensors beyond the file', 'truncated', altered(8, ...count64(2n ** 40n))],
    ['a count beyond 2^53', 'is too large', altered(8, ...count64(2n ** 63n))],
    ['a count of keys beyond the file', 'the keys: truncated', altered(16, ...count64(2n ** 32n))],
    ['a name beyond the file', 'key 0: truncated', altered(24, ...count64(2n ** 33n))],
    ['a name that is no UTF-8', 'key 0: is not UTF-8', altered(find('general'), 0xff)],
    ['a text that is no UTF-8', 'is not UTF-8', altered(find('Ġb') + 1, 0x20)],
    ['an unknown type', 'key some.truth: has the unknown type 99', altered(tensorAt('some.truth'), 99)],
    ['a boolean of 2', 'key some.truth: a boolean is 2', altered(tensorAt('some.truth') + 4, 2)],
    [
      'an array beyond the file',
      'key some.types: truncated',
      altered(tensorAt('some.types') + 8, ...count64(2n ** 40n)),
    ],
    [
      'a key twice',
      'key some.truth: stands there twice',
      altered(find('some.types'), ...Buffer.from('some.truth')),
    ],
    ['too many dimensions', 'tensor first: has 5 dimensions', altered(tensorAt('first'), 5)],
    ['a dimension of 0', 'tensor first: shape [0,3]', altered(tensorAt('first') + 12, ...count64(0n))],
    ['a shape too large', 'tensor first: ', altered(tensorAt('first') + 4, ...count64(2n ** 52n))],
    ['an unknown format', 'tensor first: has the weight format 40', altered(tensorAt('first') + 20, 40)],
    ['a row that is no block', 'tensor first: a row of 3 weights', altered(tensorAt('first') + 20, 8)],
    ['a misaligned tensor', 'tensor second: its offset 33', altered(tensorAt('second') + 24, 33)],
    ['tensors that overlap', 'tensor second: overlaps tensor first', altered(tensorAt('second') + 24, 0)],
    ['a tensor beyond the file', 'tensor second: truncated', altered(tensorAt('second') + 24, 64)],
  ])('%s', (_, reason, bytes) => {
    expect(reasonOf(bytes)).toContain(reason)
  })

  test('a tensor twice', () => {
    const { bytes } = ggufHead({}, [TENSORS[0]!, TENSORS[0]!])
    expect(reasonOf(concat(bytes, new Uint8Array(64)))).toContain('tensor first: stands there twice')
  })

  test('arrays nested too deep', () => {
    const word = (value: number) => new Uint8Array(new Uint32Array([value]).buffer)
    const nested = Array.from({ length: 100 }, () => concat(word(9), new Uint8Array(count64(1n))))
    const key = concat(new Uint8Array(count64(1n)), new Uint8Array([97]), word(9))
    const head = concat(FILE.subarray(0, 8), new Uint8Array(count64(0n)), new Uint8Array(count64(1n)))
    expect(reasonOf(concat(head, key, ...nested))).toContain('key a: arrays are nested deeper than 4')
  })

  test.each([7, 12, 2 ** 20])('an alignment of %i', (value) => {
    const { bytes } = ggufHead({ 'general.alignment': { kind: 'uint32', value } }, [])
    expect(reasonOf(bytes)).toContain('key general.alignment')
  })
})

test('GGUF-4 a damaged head is read or refused, and nothing else happens', () => {
  let refused = 0
  fc.assert(
    fc.property(fc.nat(HEAD.bytes.length - 1), fc.nat(255), (offset, byte) => {
      try {
        read(altered(offset, byte))
      } catch (error) {
        expect(error).toBeInstanceOf(ConvertError)
        refused++
      }
    }),
    { numRuns: 2000 },
  )
  expect(refused).toBeGreaterThan(500)
})
