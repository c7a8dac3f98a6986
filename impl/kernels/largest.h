/*
 * The largest of many logits: included with KEY_OF, which makes an unsigned number of a logit's bits that is larger the
 * larger the logit.
 */
#include "draw.h"

/*
 * The smallest key that is among the `limit` largest, byte by byte from the highest: how many keys share the bytes found
 * so far and have each next one. @return it, and in *equal how many of its equals are among them
 */
static uint32_t threshold(uint32_t *count, const uint32_t *logit, uint32_t n, uint32_t limit,
                          uint32_t *equal) {
  uint32_t found = 0, known = 0;
  for (uint32_t shift = 32; shift > 0;) {
    shift -= 8;
    for (uint32_t i = 0; i < 256; i++) count[i] = 0;
    for (uint32_t i = 0; i < n; i++) {
      uint32_t k = KEY_OF(logit[i]);
      if (((k ^ found) & known) == 0) count[(k >> shift) & 255]++;
    }
    uint32_t byte = 255;
    for (; count[byte] < limit; byte--) limit -= count[byte];
    found |= byte << shift;
    known |= (uint32_t)255 << shift;
  }
  *equal = limit;
  return found;
}

#ifdef __wasm_simd128__
/* The first of the largest: two passes that take vectors, where counting takes five that do not. */
static uint32_t first_largest(const uint32_t *logit /* [n] */, uint32_t n) {
  uint32_t top = 0, i = 0;
  for (uint32_t j = 0; j < n; j++) {
    uint32_t k = KEY_OF(logit[j]);
    top = k > top ? k : top;
  }
  while (KEY_OF(logit[i]) != top) i++;
  return i;
}
#endif

/* Puts the `limit` largest of n logits (at most MAX_CANDIDATES; 0 for those) in order. @return how many there are */
static uint32_t largest(struct draw *draw, const uint32_t *logit, uint32_t n, uint32_t limit) {
  limit = least(least(limit == 0 ? MAX_CANDIDATES : limit, MAX_CANDIDATES), n);
  if (limit == 0) return 0;
#ifdef __wasm_simd128__
  if (limit == 1) {
    uint32_t first = first_largest(logit, n);
    draw->key[0][0] = KEY_OF(logit[first]);
    draw->token[0][0] = first;
    return 1;
  }
#endif
  uint32_t equal, least_key = threshold(draw->count, logit, n, limit, &equal), count = 0;
  for (uint32_t i = 0; i < n && count < limit; i++) {
    uint32_t k = KEY_OF(logit[i]);
    if (k < least_key || (k == least_key && equal == 0)) continue;
    if (k == least_key) equal--;
    draw->key[0][count] = k;
    draw->token[0][count++] = i;
  }
  sort(draw, count);
  return count;
}
