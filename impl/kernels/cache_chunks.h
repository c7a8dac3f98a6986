/*
 * Merkle roots of what stands in a model's caches, made by threads while they wait for others: an answer's last state is
 * committed, and most of that is hashed by the time that it is asked for. A chunk is 128 leaves of a cache, and complete once
 * its rows are written; a row below the position stays as it is.
 */
#ifndef CACHE_CHUNKS_H
#define CACHE_CHUNKS_H

#include "../keccak/permutation.h"
#include "kernels.h"

#define HASH_WORDS (HASH_BYTES / 8)
enum { CHUNK_LEAVES = 128, CHUNK_BYTES = CHUNK_LEAVES * HASH_BYTES };

/* Both are laid out by impl/graph/native/cacheChunks.ts. */
struct cache {
  uint64_t address;
  uint64_t roots; /* uint64_t[chunks][HASH_WORDS] */
  uint32_t row_bytes, rows;
  uint32_t begun; /* chunks that some thread has begun to hash, from the first one on */
  uint32_t unused;
};

/* What a thread is at. */
struct hasher {
  uint64_t caches, position; /* struct cache[count]; uint32_t[1] */
  uint32_t count;
  uint32_t next;   /* the cache that it looks at next */
  uint32_t looked; /* the position at which it found no chunk to begin with */
  uint32_t step;   /* of its chunk, from 1 on; 0 where it has none */
  uint64_t chunk, root;
  uint64_t nodes[CHUNK_LEAVES][HASH_WORDS]; /* as a heap: the root at 1, the children of node i at 2 i and 2 i + 1 */
};

static int begin_chunk(struct hasher *hasher) {
  uint32_t position = *(const volatile uint32_t *)(uintptr_t)hasher->position;
  if (position == hasher->looked) return 0;
  for (uint32_t tried = 0; tried < hasher->count; tried++) {
    struct cache *cache = (struct cache *)(uintptr_t)hasher->caches + hasher->next;
    uint32_t begun = __atomic_load_n(&cache->begun, __ATOMIC_SEQ_CST);
    /* The last row is written again at each position behind it. */
    uint64_t complete = (uint64_t)least(position, cache->rows - 1) * cache->row_bytes / CHUNK_BYTES;
    if (begun < complete && __atomic_compare_exchange_n(&cache->begun, &begun, begun + 1, 0, __ATOMIC_SEQ_CST,
                                                        __ATOMIC_SEQ_CST)) {
      hasher->chunk = cache->address + (uint64_t)begun * CHUNK_BYTES;
      hasher->root = cache->roots + (uint64_t)begun * HASH_BYTES;
      hasher->step = 1;
      return 1;
    }
    hasher->next = hasher->next + 1 < hasher->count ? hasher->next + 1 : 0;
  }
  hasher->looked = position;
  return 0;
}

/* The children of a node, beside each other: leaves are where they are. */
static const uint64_t *children(const struct hasher *hasher, uint32_t node) {
  return node < CHUNK_LEAVES / 2 ? hasher->nodes[2 * node]
                                 : (const uint64_t *)(uintptr_t)hasher->chunk + (2 * node - CHUNK_LEAVES) * HASH_WORDS;
}

/* Makes the next two nodes of the thread's chunk, or of one that nobody has begun with. @return 0 where there is none */
static int hash_some(struct hasher *hasher) {
  if (hasher->step == 0 && !begin_chunk(hasher)) return 0;
  uint32_t node = CHUNK_LEAVES + 1 - 2 * hasher->step++, other = most(node - 1, 1);
  hash_two(children(hasher, node), children(hasher, other), hasher->nodes[node], hasher->nodes[other]);
  if (node > 1) return 1;
  hasher->step = 0;
  for (int i = 0; i < HASH_WORDS; i++) ((uint64_t *)(uintptr_t)hasher->root)[i] = hasher->nodes[1][i];
  return 1;
}

#endif
