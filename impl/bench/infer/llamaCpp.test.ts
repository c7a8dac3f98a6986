import { expect, test } from 'vitest'
import { logitsIn } from './llamaCpp.ts'
import { PeerError } from './peerFolder.ts'

// Rationale: logits of another position or another text would be near enough to pass for rounding in places.
test('LLAMACPP-1 tokens and logits are found at the end of what llama-results writes, or it is refused', () => {
  const [count, vocabulary] = [3, 5]
  const tokens = Int32Array.of(7, 8, 9)
  const logits = Float32Array.from({ length: count * vocabulary }, (_, i) => i / 4)
  const bytes = new Uint8Array(96 + 32 + 64)
  bytes.set(new Uint8Array(tokens.buffer), 96)
  bytes.set(new Uint8Array(logits.buffer), 96 + 32)
  const found = logitsIn(bytes, count, vocabulary)
  expect(found.tokens).toEqual([7, 8, 9])
  expect(found.logits.map((row) => [...row])).toEqual(
    [0, 1, 2].map((position) => [...logits.subarray(position * vocabulary, (position + 1) * vocabulary)]),
  )
  expect(() => logitsIn(bytes, 100, vocabulary)).toThrow(PeerError)
})
