#include "kernels.h"

/*
 * Rounds to the nearest, halves towards plus infinity, and saturates.
 *
 * No overflow: |value * multiplier| <= 2^62, half <= 2^61. The shift of a negative number is arithmetic, as gcc and
 * clang define it.
 */
int32_t rescale(int32_t value, int32_t multiplier, uint32_t shift) {
  shift = least(shift, 62);
  int64_t half = (int64_t)(((uint64_t)1 << shift) >> 1);
  int64_t rounded = ((int64_t)value * multiplier + half) >> shift;
  if (rounded > INT32_MAX) return INT32_MAX;
  if (rounded < INT32_MIN) return INT32_MIN;
  return (int32_t)rounded;
}
