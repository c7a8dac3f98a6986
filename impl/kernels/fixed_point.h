/*
 * Arithmetic that the fixed-point kernels share: spec/graph/operators/fixed/fixedPoint.ts. Shifts of negative numbers are
 * arithmetic, as gcc and clang define them.
 */
#ifndef FIXED_POINT_H
#define FIXED_POINT_H

#include <stdint.h>

static inline int32_t saturate(int64_t value) {
  return value > INT32_MAX ? INT32_MAX : value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

static inline uint32_t magnitude(int32_t value) { return value < 0 ? -(uint32_t)value : (uint32_t)value; }

/* value / 2^bits, halves towards plus infinity; |value| <= 2^62, bits >= 0 */
static inline int64_t shift_round(int64_t value, int32_t bits) {
  if (bits > 62) return 0;
  return bits == 0 ? value : (value >> bits) + ((value >> (bits - 1)) & 1);
}

/* saturate(value / 2^bits), rounded as shift_round; negative bits shift left */
static inline int32_t shift_saturate(int64_t value, int32_t bits) {
  if (bits >= 0) return saturate(shift_round(value, bits));
  if (bits < -31) bits = -31; /* any integer but 0 leaves int32 by it, or comes to its lower end */
  return saturate((int64_t)((uint64_t)(int64_t)saturate(value) << -bits));
}

/* Bits of an unsigned number, 0 for 0. By halving: RV32IM has no instruction for it. */
static inline int32_t bit_length(uint32_t value) {
#ifdef __riscv
  int32_t bits = 0;
  for (int32_t half = 16; half > 0; half >>= 1)
    if (value >> half) value >>= half, bits += half;
  return bits + (value != 0);
#else
  return value == 0 ? 0 : 32 - __builtin_clz(value);
#endif
}

static inline int32_t bit_length64(uint64_t value) {
  return value >> 32 ? 32 + bit_length((uint32_t)(value >> 32)) : bit_length((uint32_t)value);
}

/* Bits of the largest magnitude: those of the OR of all magnitudes. */
int32_t magnitude_bits(const int32_t *values /* [count] */, uint32_t count);

/* max(0, bits(max |x|) - 15) */
int32_t quantised_exponent(const int32_t *x /* [count] */, uint32_t count);

/* clamp(value / 2^exponent, +-32767), rounded as shift_round */
static inline int16_t quantised(int32_t value, int32_t exponent) {
  if (exponent > 0) value = (value >> exponent) + ((value >> (exponent - 1)) & 1);
  return (int16_t)(value > 32767 ? 32767 : value < -32767 ? -32767 : value);
}

/* a[i] = quantised(x[i], e), e = quantised_exponent(x), which it returns. */
int32_t quantise(const int32_t *x /* [count] */, int16_t *a /* [count] */, uint32_t count);

/* 2^-t in Q31, t in Q16 */
uint32_t exp2_neg(uint32_t t);

/* min(floor(2^61 / divisor), 2^31 - 1), 2^30 <= divisor < 2^31 */
int32_t reciprocal(uint32_t divisor);

#endif
