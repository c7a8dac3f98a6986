#include "kernels.h"

/*
 * first = min(first * each, total), end = min((first + count) * each, total), exactly: the products are below 2^64,
 * and the sum of two numbers that are each at most `total` < 2^31 fits 32 bits.
 */
static uint32_t clipped(uint32_t tiles, uint32_t each, uint32_t total) {
  uint64_t elements = (uint64_t)tiles * each;
  return elements < total ? (uint32_t)elements : total;
}

struct range elements_of(const struct tiles *tiles, uint32_t total) {
  uint32_t first = clipped(tiles->first, tiles->elements_each, total);
  uint32_t length = clipped(tiles->count, tiles->elements_each, total);
  return (struct range){first, least(first + length, total)};
}
