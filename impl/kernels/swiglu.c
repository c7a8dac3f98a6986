#include "fixed_point.h"
#include "kernels.h"

/* round(log2(e) 2^30) */
#define LOG2_E 1549082005

/*
 * t = |g| log2(e) in Q16      x = 2^-t in Q30      r = floor((2^32 - 1) / floor((2^30 + x) / 2^15))
 * sigmoid = (g >= 0 ? 2^30 : x) r / 2^17      silu = saturate(g sigmoid / 2^30)      out[i] = saturate(silu u[i] / 2^shift)
 *
 * Attributes: n, fraction, shift. Operand: gate int32[n], behind it up int32[n]. Output: int32[n].
 *
 * Bounds: |g| 2^31 <= 2^62; the divisor is in [2^15, 2^16], r <= 2^17; |g sigmoid| < 2^62; |silu u| <= 2^62.
 */
void swiglu(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles) {
  uint32_t n = least(attributes[0], MAX_INT32_ELEMENTS / 2);
  struct range range = elements_of(tiles, n);
  int32_t fraction = (int32_t)least(attributes[1], 30), shift = (int32_t)attributes[2];
  const int32_t *gate = operand[0], *up = gate + n; /* [n] */
  ONCE int32_t *out = output;                       /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) {
    int32_t g = gate[i];
    uint64_t t = (uint64_t)shift_round((int64_t)magnitude(g) * LOG2_E, 14 + fraction);
    uint32_t x = t >= 1u << 21 ? 0 : exp2_neg((uint32_t)t) >> 1;
    uint32_t r = UINT32_MAX / (((1u << 30) + x) >> 15);
    int64_t sigmoid = shift_round((int64_t)(g >= 0 ? 1u << 30 : x) * r, 17);
    int32_t silu = saturate(shift_round(g * sigmoid, 30));
    out[i] = shift_saturate((int64_t)silu * up[i], shift);
  }
}
