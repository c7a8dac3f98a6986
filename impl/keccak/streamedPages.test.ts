import { expect, test } from 'vitest'
import { streamedPages } from './streamedPages.ts'
import { pageRoots, tensorRoot, tensorRootOfPages } from './treeRoot.ts'

// Rationale: a weight of 130 MB is hashed while it is written; its root must not depend on how it was cut.
test('KECCAK-8 the page roots of a tensor that comes in parts are those of the whole, and give its root', () => {
  const bytes = Uint8Array.from({ length: 2 * 2 ** 20 + 12_345 }, (_, i) => (i * 7 + (i >> 8)) & 255)
  for (const length of [0, 1, 31, 32, 33, 4096, 4097, 2 ** 20 - 1, 2 ** 20, 2 ** 20 + 1, bytes.length])
    for (const part of [2 ** 22, 1_000_003, 65_536]) {
      const whole = bytes.subarray(0, length)
      const stream = streamedPages(length)
      for (let at = 0; at < length; at += part) stream.add(whole.subarray(at, at + part))
      expect(Buffer.compare(stream.roots(), pageRoots(whole))).toBe(0)
      expect(tensorRootOfPages(stream.roots())).toBe(tensorRoot(whole))
      expect(() => stream.add(new Uint8Array(1))).toThrow(RangeError)
    }
})
