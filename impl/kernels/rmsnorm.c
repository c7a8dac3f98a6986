#include "fixed_point.h"
#include "fixed_point_simd.h"
#include "kernels.h"

#define MAX_ELEMENTS (1u << 14)
enum { SQUARED_BITS = 19 };

/* floor(sqrt(value)), value < 2^62 */
static uint32_t root(uint64_t value) {
  uint32_t r = 0;
  for (uint32_t bit = 1u << 30; bit > 0; bit >>= 1)
    if ((uint64_t)(r + bit) * (r + bit) <= value) r += bit;
  return r;
}

/*
 * s = max(0, bits(max |x|) - 19)      V = max(1, sum of floor(x[i] / 2^s)^2 + floor(epsilon / 4^s))
 * t = floor((62 - bits(V)) / 2)       inverse = min(floor(2^61 / floor(sqrt(V 4^t))), 2^31 - 1)
 * z[i] = saturate(x[i] inverse / 2^(31 + s - t))      out[i] = saturate(z[i] gain[i] / 2^shift)
 *
 * Attributes: n, epsilon (low word, high word; modulo 2^61), shift. Operands: x int32[n], gain int32[n]. Output: int32[n].
 *
 * Bounds: V < 2^38 2^14 + 2^61 < 2^62; the root is in [2^30, 2^31); |x inverse| < 2^62; |z gain| <= 2^62.
 */
void rmsnorm(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
             const struct tiles *tiles) {
  uint32_t n = least(attributes[0], MAX_ELEMENTS);
  struct range range = elements_of(tiles, n);
  if (range.first == range.end) return;
  uint64_t epsilon = ((uint64_t)(attributes[2] & 0x1fffffff) << 32) | attributes[1];
  int32_t shift = (int32_t)attributes[3];
  const int32_t *x = operand[0], *gain = operand[1]; /* [n] */
  ONCE int32_t *out = output;                        /* [n] */

  int32_t s = magnitude_bits(x, n) - SQUARED_BITS;
  if (s < 0) s = 0;
  uint64_t v = epsilon >> (2 * s);
  for (uint32_t i = 0; i < n; i++) v += (uint64_t)((int64_t)(x[i] >> s) * (x[i] >> s));
  if (v == 0) v = 1;
  int32_t t = (62 - bit_length64(v)) / 2;
  int32_t inverse = reciprocal(root(v << (2 * t)));
  uint32_t i = range.first;
#ifdef __wasm_simd128__
  if (shift >= 1 && shift <= 62)
    for (; i + 4 <= range.end; i += 4) {
      v128_t z = multiply_shift4(wasm_v128_load(x + i), wasm_i32x4_splat(inverse), (uint32_t)(31 + s - t));
      wasm_v128_store(out + i, multiply_shift4(z, wasm_v128_load(gain + i), (uint32_t)shift));
    }
#endif
  for (; i < range.end; i++) {
    int32_t z = shift_saturate((int64_t)x[i] * inverse, 31 + s - t);
    out[i] = shift_saturate((int64_t)z * gain[i], shift);
  }
}
