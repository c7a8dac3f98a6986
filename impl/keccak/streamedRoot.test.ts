import { expect, test } from 'vitest'
import { streamedRoot } from './streamedRoot.ts'
import { tensorRoot } from './treeRoot.ts'

// Rationale: a weight of 130 MB is hashed while it is written; its root must not depend on how it was cut.
test('KECCAK-8 the root of a tensor that comes in parts is that of the whole', () => {
  const bytes = Uint8Array.from({ length: 2 * 2 ** 20 + 12_345 }, (_, i) => (i * 7 + (i >> 8)) & 255)
  for (const length of [0, 1, 31, 32, 33, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, bytes.length])
    for (const part of [2 ** 22, 1_000_003, 65_536]) {
      const stream = streamedRoot()
      for (let at = 0; at < length; at += part) stream.add(bytes.subarray(at, Math.min(length, at + part)))
      expect(stream.root()).toBe(tensorRoot(bytes.subarray(0, length)))
    }
})
