#include "fixed_point.h"
#include "fixed_point_simd.h"
#include "kernels.h"

/* round(log2(e) 2^30) */
#define LOG2_E 1549082005

#ifdef __wasm_simd128__
/* silu of four gates, as below; a quotient of numbers of 32 bits is exact in double precision. */
static v128_t silu4(v128_t g, uint32_t fraction) {
  v128_t m = wasm_i32x4_abs(g), log2_e = wasm_i32x4_splat(LOG2_E);
  v128_t first = shift_round_unsigned2(wasm_u64x2_extmul_low_u32x4(m, log2_e), 14 + fraction);
  v128_t second = shift_round_unsigned2(wasm_u64x2_extmul_high_u32x4(m, log2_e), 14 + fraction);
  v128_t t = low_words(first, second);
  v128_t far = wasm_v128_or(wasm_i32x4_ne(high_words(first, second), wasm_i32x4_splat(0)),
                            wasm_u32x4_ge(t, wasm_i32x4_splat(1 << 21)));
  v128_t x = wasm_v128_andnot(wasm_u32x4_shr(exp2_neg4(t), 1), far);
  v128_t divisor = wasm_u32x4_shr(wasm_i32x4_add(wasm_i32x4_splat(1 << 30), x), 15), all = wasm_f64x2_splat(UINT32_MAX);
  v128_t upper = wasm_i32x4_shuffle(divisor, divisor, 2, 3, 2, 3);
  v128_t r = wasm_i32x4_shuffle(wasm_u32x4_trunc_sat_f64x2_zero(wasm_f64x2_div(all, wasm_f64x2_convert_low_u32x4(divisor))),
                                wasm_u32x4_trunc_sat_f64x2_zero(wasm_f64x2_div(all, wasm_f64x2_convert_low_u32x4(upper))),
                                0, 1, 4, 5);
  v128_t numerator = wasm_v128_bitselect(x, wasm_i32x4_splat(1 << 30), wasm_i32x4_shr(g, 31));
  return multiply_shift4(g, multiply_shift4(numerator, r, 17), 30);
}
#endif

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
  uint32_t i = range.first;
#ifdef __wasm_simd128__
  if (shift >= 1 && shift <= 62)
    for (; i + 4 <= range.end; i += 4) {
      v128_t silu = silu4(wasm_v128_load(gate + i), (uint32_t)fraction);
      wasm_v128_store(out + i, multiply_shift4(silu, wasm_v128_load(up + i), (uint32_t)shift));
    }
#endif
  for (; i < range.end; i++) {
    int32_t g = gate[i];
    uint64_t t = (uint64_t)shift_round((int64_t)magnitude(g) * LOG2_E, 14 + fraction);
    uint32_t x = t >= 1u << 21 ? 0 : exp2_neg((uint32_t)t) >> 1;
    uint32_t r = UINT32_MAX / (((1u << 30) + x) >> 15);
    int64_t sigmoid = shift_round((int64_t)(g >= 0 ? 1u << 30 : x) * r, 17);
    int32_t silu = saturate(shift_round(g * sigmoid, 30));
    out[i] = shift_saturate((int64_t)silu * up[i], shift);
  }
}
