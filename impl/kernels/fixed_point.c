#include "fixed_point.h"

int32_t magnitude_bits(const int32_t *values, uint32_t count) {
  uint32_t all = 0;
  for (uint32_t i = 0; i < count; i++) all |= magnitude(values[i]);
  return bit_length(all);
}

int32_t quantised_exponent(const int32_t *x, uint32_t count) {
  int32_t e = magnitude_bits(x, count) - 15;
  return e > 0 ? e : 0;
}

int32_t quantise(const int32_t *x, int16_t *a, uint32_t count) {
  int32_t e = quantised_exponent(x, count);
  if (e == 0) {
    for (uint32_t i = 0; i < count; i++) a[i] = (int16_t)x[i];
  } else {
    for (uint32_t i = 0; i < count; i++) a[i] = quantised(x[i], e);
  }
  return e;
}

/* r = c_i - floor(r f / 2^32) by Horner's scheme: each product is 32 x 32 bits, its upper half taken. */
uint32_t exp2_neg(uint32_t t) {
  uint32_t whole = t >> 16, fraction = t << 16;
  if (whole > 31) return 0;
  uint32_t r = 2034856;
  r = 19780205 - (uint32_t)(((uint64_t)r * fraction) >> 32);
  r = 118755002 - (uint32_t)(((uint64_t)r * fraction) >> 32);
  r = 515781526 - (uint32_t)(((uint64_t)r * fraction) >> 32);
  r = 1488513691 - (uint32_t)(((uint64_t)r * fraction) >> 32);
  r = 2147483530 - (uint32_t)(((uint64_t)r * fraction) >> 32);
  return r >> whole;
}

/* Long division, bit by bit: 2^61 is 2^30 followed by 31 zeros. The remainder stays below the divisor. */
int32_t reciprocal(uint32_t divisor) {
  uint32_t remainder = 1u << 30, quotient = 0;
  for (int i = 0; i < 32; i++) {
    quotient <<= 1;
    if (remainder >= divisor) remainder -= divisor, quotient |= 1;
    remainder <<= 1;
  }
  return quotient > INT32_MAX ? INT32_MAX : (int32_t)quotient;
}
