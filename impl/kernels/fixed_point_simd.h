/* fixed_point.h, four values at once: the same bits. */
#ifndef FIXED_POINT_SIMD_H
#define FIXED_POINT_SIMD_H

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

/* Lower and upper halves of four 64-bit numbers. */
static inline v128_t low_words(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 0, 2, 4, 6); }
static inline v128_t high_words(v128_t a, v128_t b) { return wasm_i32x4_shuffle(a, b, 1, 3, 5, 7); }

/* Four 64-bit numbers shifted right with halves towards plus infinity, 1 <= bits <= 62,
 * |value| <= 2^62. */
static inline v128_t shift_round2(v128_t value, uint32_t bits) {
  /* 2^62 more is no number below zero, and a whole number of 2^bits. */
  v128_t raised = wasm_i64x2_add(value, wasm_i64x2_splat(((int64_t)1 << 62) + ((int64_t)1 << (bits - 1))));
  return wasm_i64x2_sub(wasm_u64x2_shr(raised, bits), wasm_i64x2_splat((int64_t)((uint64_t)1 << 62 >> bits)));
}

/* As shift_round2, of unsigned numbers: processors have no signed shift of 64 bits. */
static inline v128_t shift_round_unsigned2(v128_t value, uint32_t bits) {
  return wasm_u64x2_shr(wasm_i64x2_add(value, wasm_i64x2_splat((int64_t)1 << (bits - 1))), bits);
}

/* saturate(a b / 2^bits), rounded as shift_round, 1 <= bits <= 62 */
static inline v128_t multiply_shift4(v128_t a, v128_t b, uint32_t bits) {
  v128_t first = shift_round2(wasm_i64x2_extmul_low_i32x4(a, b), bits);
  v128_t second = shift_round2(wasm_i64x2_extmul_high_i32x4(a, b), bits);
  v128_t low = low_words(first, second), high = high_words(first, second);
  v128_t fits = wasm_i32x4_eq(high, wasm_i32x4_shr(low, 31));
  v128_t end = wasm_v128_xor(wasm_i32x4_shr(high, 31), wasm_i32x4_splat(INT32_MAX));
  return wasm_v128_bitselect(low, end, fits);
}

/* floor(a b / 2^32), unsigned */
static inline v128_t multiply_high4(v128_t a, v128_t b) {
  return high_words(wasm_u64x2_extmul_low_u32x4(a, b), wasm_u64x2_extmul_high_u32x4(a, b));
}

/* 2^-t in Q31, t in Q16: a shift by as many bits as a lane says is one by each power of two that is in them. */
static inline v128_t exp2_neg4(v128_t t) {
  v128_t whole = wasm_u32x4_shr(t, 16), fraction = wasm_i32x4_shl(t, 16), r = wasm_i32x4_splat(2034856);
  r = wasm_i32x4_sub(wasm_i32x4_splat(19780205), multiply_high4(r, fraction));
  r = wasm_i32x4_sub(wasm_i32x4_splat(118755002), multiply_high4(r, fraction));
  r = wasm_i32x4_sub(wasm_i32x4_splat(515781526), multiply_high4(r, fraction));
  r = wasm_i32x4_sub(wasm_i32x4_splat(1488513691), multiply_high4(r, fraction));
  r = wasm_i32x4_sub(wasm_i32x4_splat(2147483530), multiply_high4(r, fraction));
  for (int bit = 0; bit < 5; bit++) {
    v128_t shifts = wasm_i32x4_shr(wasm_i32x4_shl(whole, (uint32_t)(31 - bit)), 31);
    r = wasm_v128_bitselect(wasm_u32x4_shr(r, 1u << bit), r, shifts);
  }
  return wasm_v128_andnot(r, wasm_u32x4_gt(whole, wasm_i32x4_splat(31)));
}
#endif

#endif
