import { describe, expect, test } from 'vitest'
import { type Bytes, concat } from '../../../spec/commitments/bytes.ts'
import { bytesSource, ConvertError } from '../sourceFile.ts'
import { readAll } from '../weights/tensorPlace.ts'
import { readSafetensors } from './safetensorsFile.ts'

const DATA = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer)
const GOOD = {
  __metadata__: { format: 'pt' },
  a: { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] },
  b: { dtype: 'F32', shape: [2], data_offsets: [16, 24] },
}

const file = (header: string | Bytes, data: Bytes = DATA): Bytes => {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header
  return concat(new Uint8Array(new BigUint64Array([BigInt(bytes.length)]).buffer), bytes, data)
}
const read = (bytes: Bytes) => readSafetensors(bytesSource('some.safetensors', bytes))
const withEntry = (change: object): Bytes => file(JSON.stringify({ ...GOOD, b: { ...GOOD.b, ...change } }))

test('SAFETENSORS-1 tensors come back as they were written', () => {
  const tensors = read(file(JSON.stringify(GOOD)))
  expect([...tensors.keys()]).toEqual(['a', 'b'])
  expect(tensors.get('a')!.shape).toEqual([2, 2])
  expect([...readAll(tensors.get('b')!)]).toEqual([5, 6])
})

describe('SAFETENSORS-2 a file that contradicts itself is refused with its place and the reason', () => {
  test.each<readonly [string, string, Bytes]>([
    ['no length', 'truncated', new Uint8Array(7)],
    ['a header beyond the file', 'the header: truncated', file(JSON.stringify(GOOD)).subarray(0, 50)],
    ['a huge header', 'the header: its length is', new Uint8Array(16).fill(255)],
    ['no JSON', 'the header: is not JSON', file('{')],
    ['no object', 'the header: is no JSON object', file('[]')],
    ['no UTF-8', 'the header: is not UTF-8', file(new Uint8Array([0x7b, 0xff, 0x7d]))],
    ['deep nesting', 'nested deeper than 64', file('{"a":'.repeat(100_000))],
    ['an unknown key', 'tensor b: Unrecognized key', withEntry({ extra: 1 })],
    ['an element type for no weights', 'tensor b: has the element type I64', withEntry({ dtype: 'I64' })],
    ['a negative size', 'tensor b.shape', withEntry({ shape: [-2] })],
    [
      'a shape of other size',
      'tensor b: has 8 bytes where its shape [3] asks for 12',
      withEntry({ shape: [3] }),
    ],
    ['a shape too large', 'tensor b: shape', withEntry({ shape: [2 ** 40, 2 ** 40] })],
    ['a misaligned tensor', 'tensor b: is misaligned', withEntry({ data_offsets: [14, 22] })],
    ['tensors that overlap', 'tensor b: overlaps tensor a', withEntry({ data_offsets: [12, 20] })],
    ['a tensor beyond the file', 'tensor b: truncated', withEntry({ data_offsets: [20, 28] })],
    ['bytes that are nobody’s', 'the file has', file(JSON.stringify(GOOD), concat(DATA, new Uint8Array(4)))],
    ['a file cut off', 'tensor b: truncated', file(JSON.stringify(GOOD), DATA.subarray(0, 20))],
  ])('%s', (_, reason, bytes) => {
    expect(() => read(bytes)).toThrow(ConvertError)
    expect(() => read(bytes)).toThrow(reason)
  })
})
