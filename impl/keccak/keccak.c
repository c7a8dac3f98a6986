/*
 * Merkle trees over keccak-256, in WebAssembly. The caller puts what is to be hashed into this module's memory, at
 * the exported addresses, and takes what comes out from there.
 */
#include "permutation.h"

#define EXPORTED __attribute__((visibility("default"), used))
#define WORDS (HASH_BYTES / 8)

/* A batch: messages of 64 bytes one after the other, and their hashes. */
#define BATCH 1024
EXPORTED uint64_t messages[BATCH * 2 * WORDS];
EXPORTED uint64_t hashes[BATCH * WORDS];

/* A message of up to 135 bytes, padded to the rate of the sponge. */
EXPORTED uint64_t block[RATE_WORDS];

/* A tree of 128 leaves as a heap: the root at 1, the children of node i at 2 i and 2 i + 1, leaf i at 128 + i. */
#define TREE_HEIGHT 7
#define LEAVES (1 << TREE_HEIGHT)
EXPORTED uint64_t heap[2 * LEAVES * WORDS];
/* Node 0 is none of the tree: its first 128 bits are the leaves that changed since the tree was hashed. */
static uint64_t *const stale_leaves = heap;
/* What the leaves are to become. */
EXPORTED uint64_t leaves[LEAVES * WORDS];

/* zero_roots[h] is the root of a tree of height h of zero leaves. */
#define MAX_HEIGHT 32
static uint64_t zero_roots[(MAX_HEIGHT + 1) * WORDS];

static void copy_hash(uint64_t *to, const uint64_t *from) {
  for (int i = 0; i < WORDS; i++) to[i] = from[i];
}

static int same_hash(const uint64_t *a, const uint64_t *b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

/* Hashes the first `count` messages of the batch. */
EXPORTED void hash_messages(uint32_t count) {
  for (uint32_t i = 0; i < count; i += 2) {
    /* An odd last one is hashed in both lanes. */
    const uint32_t j = i + 1 < count ? i + 1 : i;
    hash_two(messages + 2 * WORDS * i, messages + 2 * WORDS * j, hashes + WORDS * i, hashes + WORDS * j);
  }
}

/* Hashes the block, into the first of the hashes. */
EXPORTED void hash_block(void) {
  hash_one(block, hashes);
}

/* Makes the heap that of a tree whose leaves are roots of zero trees of height `leaf_height`. */
EXPORTED void clear_heap(uint32_t leaf_height) {
  stale_leaves[0] = stale_leaves[1] = 0;
  for (uint32_t height = 0; height <= TREE_HEIGHT; height++) {
    const uint32_t first = LEAVES >> height;
    for (uint32_t i = first; i < 2 * first; i++) {
      copy_hash(heap + WORDS * i, zero_roots + WORDS * (leaf_height + height));
    }
  }
}

/* Makes `leaves` the leaves of the heap; those that differ are stale. */
EXPORTED void set_leaves(void) {
  for (uint32_t i = 0; i < LEAVES; i++) {
    uint64_t *leaf = heap + WORDS * (LEAVES + i);
    if (same_hash(leaf, leaves + WORDS * i)) continue;
    copy_hash(leaf, leaves + WORDS * i);
    stale_leaves[i / 64] |= (uint64_t)1 << (i % 64);
  }
}

/* Whether any leaf is stale. */
EXPORTED uint32_t is_stale(void) {
  return (stale_leaves[0] | stale_leaves[1]) != 0;
}

/* Hashes the inner nodes above stale leaves, and no others: an untouched part of a zero tree costs nothing. */
EXPORTED void hash_heap(void) {
  uint8_t stale[2 * LEAVES] = {0};
  for (uint32_t i = 0; i < LEAVES; i++) {
    stale[LEAVES + i] = (stale_leaves[i / 64] >> (i % 64)) & 1;
  }
  for (uint32_t first = LEAVES / 2; first >= 1; first /= 2) {
    uint32_t waiting = 0;
    for (uint32_t node = first; node < 2 * first; node++) {
      stale[node] = stale[2 * node] | stale[2 * node + 1];
      if (!stale[node]) continue;
      if (waiting == 0) {
        waiting = node;
        continue;
      }
      hash_two(heap + 2 * WORDS * waiting, heap + 2 * WORDS * node, heap + WORDS * waiting, heap + WORDS * node);
      waiting = 0;
    }
    if (waiting != 0) {
      const uint64_t *children = heap + 2 * WORDS * waiting;
      hash_two(children, children, heap + WORDS * waiting, heap + WORDS * waiting);
    }
  }
  stale_leaves[0] = stale_leaves[1] = 0;
}

/* To be called first. */
EXPORTED void initialise(void) {
  for (uint32_t height = 0; height < MAX_HEIGHT; height++) {
    uint64_t *root = zero_roots + WORDS * height;
    copy_hash(messages, root);
    copy_hash(messages + WORDS, root);
    hash_messages(1);
    copy_hash(root + WORDS, hashes);
  }
}
