import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, toHex } from '../../spec/commitments/bytes.ts'
import { asHash, keccak, withHashing } from '../../spec/commitments/hash.ts'
import {
  leavesOf,
  merkleTree,
  rootOfBytes as specRootOfBytes,
  zeroRoot,
} from '../../spec/commitments/merkle.ts'
import { tensorRoot as specTensorRoot } from '../../spec/commitments/tensor.ts'
import { buildKernel, COMPILER_RELEASE, compilerRelease, KERNEL_FILE } from './build.ts'
import { KeptHashes } from './keptHashes.ts'
import {
  BATCH_MESSAGES,
  clearHeap,
  HASH_BYTES,
  HEAP_HEIGHT,
  HEAP_LEAVES,
  hashes,
  hashHeap,
  hashMessages,
  heap,
  heapNode,
  isStale,
  leaves,
  MESSAGE_BYTES,
  messages,
  replaceLeaf,
  setLeaves,
} from './kernel.ts'
import { rootOfBytes, tensorRoot } from './treeRoot.ts'

const message = fc.uint8Array({ minLength: MESSAGE_BYTES, maxLength: MESSAGE_BYTES })
const node = fc.uint8Array({ minLength: HASH_BYTES, maxLength: HASH_BYTES })

const hex = fc.uint8Array({ maxLength: 40 }).map(toHex)
const parts = fc.array(fc.oneof(fc.uint8Array({ maxLength: 70 }), hex, node.map(toHex)), { maxLength: 5 })

describe('hashes of games', () => {
  // Rationale: what is played with them must be what is played with the specification's, to the last bit.
  test('KECCAK-9 of any parts they are keccak-256, the first time and again', () => {
    const kept = new KeptHashes()
    let blocks = 0
    fc.assert(
      fc.property(parts, (given) => {
        const expected = keccak(...given)
        expect(kept.of(given)).toBe(expected)
        expect(withHashing(kept, () => keccak(...given))).toBe(expected)
        blocks += given.length > 2 ? 1 : 0
      }),
      { numRuns: 1000 },
    )
    expect(blocks).toBeGreaterThan(100)
    for (const size of [0, 1, 7, 8, 63, 64, 134, 135, 136, 137, 272]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => 7 * i + 1)
      expect([size, kept.of([bytes])]).toEqual([size, keccak(bytes)])
    }
    const [left, right] = [keccak(), keccak(new Uint8Array(1))]
    expect(kept.of([left, right])).not.toBe(kept.of([right, left]))
  })
})

describe('messages', () => {
  // Rationale: two lanes share every operation, and an odd last message has nobody beside it.
  test('KECCAK-1 every hash of a batch is keccak-256 of its message, and no other hash is touched', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 9 }), (batch) => {
        hashes.fill(0xa5)
        messages.set(concat(...batch))
        hashMessages(batch.length)
        const expected = batch.map((one) => keccak(one))
        expect(batch.map((_, i) => asHash(heapNode(hashes, i)))).toEqual(expected)
        expect(heapNode(hashes, batch.length)).toEqual(new Uint8Array(HASH_BYTES).fill(0xa5))
      }),
    )
  })

  test('KECCAK-2 a full batch', () => {
    messages.set(messages.map((_, i) => (i * 0x9e37_79b1) >>> 24))
    hashMessages(BATCH_MESSAGES)
    for (const i of [0, 1, 511, BATCH_MESSAGES - 1])
      expect(asHash(heapNode(hashes, i))).toBe(
        keccak(messages.subarray(i * MESSAGE_BYTES, (i + 1) * MESSAGE_BYTES)),
      )
  })
})

describe('heap', () => {
  // Rationale: a page's heap is kept while its leaves change in any order, and it is hashed now and then.
  test('KECCAK-3 after any changes, all nodes are those of the tree over the leaves', () => {
    const change = fc.record({
      index: fc.oneof(fc.nat(3), fc.nat(HEAP_LEAVES - 1)),
      leaf: fc.oneof(fc.constant(new Uint8Array(HASH_BYTES)), node),
      atOnce: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.nat(20), fc.array(change, { maxLength: 20 }), (leafHeight, changes) => {
        clearHeap(leafHeight)
        const kept = heap.slice()
        const expected = Array.from({ length: HEAP_LEAVES }, () => zeroRoot(leafHeight))
        for (const { index, leaf, atOnce } of changes) {
          const changed = expected[index] !== asHash(leaf)
          expect(replaceLeaf(kept, index, leaf)).toBe(changed)
          expected[index] = asHash(leaf)
          heap.set(kept)
          if (changed) expect(isStale()).toBe(true)
          if (!atOnce) continue
          hashHeap()
          expect(isStale()).toBe(false)
          kept.set(heap)
        }
        heap.set(kept)
        hashHeap()
        const tree = merkleTree(expected, HEAP_HEIGHT, leafHeight)
        expect(asHash(heapNode(heap, 1))).toBe(tree.root)
        for (let leaf = 0; leaf < HEAP_LEAVES; leaf += 9) {
          const siblings = tree
            .path(leaf)
            .map((_, level) => asHash(heapNode(heap, ((HEAP_LEAVES + leaf) >> level) ^ 1)))
          expect(siblings).toEqual(tree.path(leaf))
        }
      }),
    )
  })

  test('KECCAK-4 leaves that are set are stale where they differ, and only there', () => {
    fc.assert(
      fc.property(fc.array(node, { minLength: 1, maxLength: 3 }), fc.nat(HEAP_LEAVES - 3), (nodes, first) => {
        clearHeap(0)
        leaves.fill(0)
        setLeaves()
        expect(isStale()).toBe(false)
        leaves.set(concat(...nodes), first * HASH_BYTES)
        setLeaves()
        const zero = (one: Uint8Array) => one.every((byte) => byte === 0)
        expect(isStale()).toBe(!nodes.every(zero))
        hashHeap()
        expect(asHash(heapNode(heap, 1))).toBe(merkleTree(leavesOf(leaves), HEAP_HEIGHT).root)
        setLeaves()
        expect(isStale()).toBe(false)
      }),
    )
  })
})

describe('whole trees', () => {
  /** Some bytes with zeros between and behind them, up to a few groups of 128 leaves. */
  const sparse = fc
    .array(fc.tuple(fc.nat(5000), fc.uint8Array({ minLength: 1, maxLength: 9000 })), {
      maxLength: 4,
      size: 'max',
    })
    .map((parts) => concat(...parts.flatMap(([zeros, bytes]) => [new Uint8Array(zeros), bytes])))

  // Rationale: a root depends on bytes and height alone, wherever groups, tiers and zero trees begin and end.
  test('KECCAK-5 the root of any bytes at any height is the specification’s', () => {
    fc.assert(
      fc.property(sparse, fc.nat(27), (bytes, spare) => {
        const least = Math.ceil(Math.log2(Math.max(1, Math.ceil(bytes.length / HASH_BYTES))))
        const height = Math.min(27, least + spare)
        expect(rootOfBytes(bytes, height)).toBe(specRootOfBytes(bytes, height))
        expect(tensorRoot(bytes)).toBe(specTensorRoot(bytes))
      }),
      { numRuns: 60 },
    )
  })

  test('KECCAK-6 more bytes than leaves are refused', () => {
    expect(() => rootOfBytes(new Uint8Array(65), 1)).toThrow(RangeError)
    expect(rootOfBytes(new Uint8Array(64).fill(1), 1)).toBe(specRootOfBytes(new Uint8Array(64).fill(1), 1))
    expect(rootOfBytes(new Uint8Array(), 0)).toBe(zeroRoot(0))
  })
})

// Rationale: the committed module is what runs; whoever reads the C sources must be reading that module.
test.skipIf(compilerRelease() !== COMPILER_RELEASE)(
  'KECCAK-7 the sources give the committed kernel, bit for bit',
  () => {
    expect(Buffer.compare(buildKernel(), readFileSync(KERNEL_FILE))).toBe(0)
  },
)
