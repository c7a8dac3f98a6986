#include "attend.h"
#include "fixed_point.h"
#include "fixed_point_simd.h"
#include "kernels.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

/* attend.c with vectors: eight elements of a head, or four where eight are not left. */

static inline int32_t sum_of(v128_t lanes) {
  lanes = wasm_i32x4_add(lanes, wasm_i32x4_shuffle(lanes, lanes, 2, 3, 0, 1));
  return wasm_i32x4_extract_lane(wasm_i32x4_add(lanes, wasm_i32x4_shuffle(lanes, lanes, 1, 0, 3, 2)), 0);
}

void dot_products(const int16_t *a, const int16_t *key, int32_t *out, uint32_t dim, uint32_t width, uint32_t tokens) {
  for (uint32_t j = 0; j < tokens; j++, key += width) {
    v128_t lanes = wasm_i32x4_splat(0);
    uint32_t i = 0;
    for (; i + 8 <= dim; i += 8)
      lanes = wasm_i32x4_add(lanes, wasm_i32x4_dot_i16x8(wasm_v128_load(a + i), wasm_v128_load(key + i)));
    if (i < dim)
      lanes = wasm_i32x4_add(lanes, wasm_i32x4_dot_i16x8(wasm_v128_load64_zero(a + i), wasm_v128_load64_zero(key + i)));
    out[j] = sum_of(lanes);
  }
}

int32_t scale_scores(int32_t *score, uint32_t tokens, int32_t multiplier, int32_t bits) {
  v128_t tops = wasm_i32x4_splat(INT32_MIN);
  uint32_t j = 0;
  if (bits >= 1 && bits <= 62)
    for (; j + 4 <= tokens; j += 4) {
      v128_t scaled = multiply_shift4(wasm_v128_load(score + j), wasm_i32x4_splat(multiplier), (uint32_t)bits);
      wasm_v128_store(score + j, scaled);
      tops = wasm_i32x4_max(tops, scaled);
    }
  tops = wasm_i32x4_max(tops, wasm_i32x4_shuffle(tops, tops, 2, 3, 0, 1));
  tops = wasm_i32x4_max(tops, wasm_i32x4_shuffle(tops, tops, 1, 0, 3, 2));
  int32_t top = wasm_i32x4_extract_lane(tops, 0);
  for (; j < tokens; j++) {
    score[j] = shift_saturate((int64_t)score[j] * multiplier, bits);
    if (score[j] > top) top = score[j];
  }
  return top;
}

uint64_t score_weights(int32_t *score, uint32_t tokens, int32_t top) {
  v128_t sums = wasm_i64x2_splat(0), tops = wasm_i32x4_splat(top);
  uint32_t j = 0;
  for (; j + 4 <= tokens; j += 4) {
    v128_t weight = wasm_u32x4_shr(exp2_neg4(wasm_i32x4_sub(tops, wasm_v128_load(score + j))), 7);
    wasm_v128_store(score + j, weight);
    sums = wasm_i64x2_add(sums, wasm_i64x2_add(wasm_u64x2_extend_low_u32x4(weight), wasm_u64x2_extend_high_u32x4(weight)));
  }
  uint64_t total = (uint64_t)(wasm_i64x2_extract_lane(sums, 0) + wasm_i64x2_extract_lane(sums, 1));
  for (; j < tokens; j++) {
    score[j] = (int32_t)(exp2_neg((uint32_t)top - (uint32_t)score[j]) >> 7);
    total += (uint32_t)score[j];
  }
  return total;
}

/* Two tokens are one dot product: their values interleaved, times their weights' halves. */
enum { HALF_BITS = 12, EXACT_TOKENS = 16 };

struct halves {
  v128_t low[2], high[2]; /* int32: elements 0 to 3 and 4 to 7 */
};

/* @param low, high halves of both weights, beside each other */
static inline __attribute__((always_inline)) void add_pair(struct halves *sums, v128_t first, v128_t second,
                                                           v128_t low, v128_t high) {
  v128_t pairs[2] = {wasm_i16x8_shuffle(first, second, 0, 8, 1, 9, 2, 10, 3, 11),
                     wasm_i16x8_shuffle(first, second, 4, 12, 5, 13, 6, 14, 7, 15)};
#pragma clang loop unroll(full)
  for (int n = 0; n < 2; n++) {
    sums->low[n] = wasm_i32x4_add(sums->low[n], wasm_i32x4_dot_i16x8(pairs[n], low));
    sums->high[n] = wasm_i32x4_add(sums->high[n], wasm_i32x4_dot_i16x8(pairs[n], high));
  }
}

/* Halves of the weights of two tokens; the last one's pair weighs nothing. */
static void split_weights(int32_t *weight, uint32_t tokens) {
  enum { MASK = (1 << HALF_BITS) - 1 };
  for (uint32_t j = 0; j < tokens; j += 2) {
    int32_t next = j + 1 < tokens ? weight[j + 1] : 0, low = (weight[j] & MASK) | (next & MASK) << 16;
    weight[j + 1] = weight[j] >> HALF_BITS | next >> HALF_BITS << 16;
    weight[j] = low;
  }
}

/* `count` elements, 4 or 8, of all tokens. @param pair two words a pair of tokens, as `split_weights` leaves them */
static inline __attribute__((always_inline)) void sum_elements(const int32_t *pair, const int16_t *value, int64_t *out,
                                                               const int count, uint32_t width, uint32_t tokens) {
  v128_t sum[4] = {wasm_i64x2_splat(0), wasm_i64x2_splat(0), wasm_i64x2_splat(0), wasm_i64x2_splat(0)};
  for (uint32_t first = 0; first < tokens; first += EXACT_TOKENS) {
    struct halves sums = {{wasm_i32x4_splat(0), wasm_i32x4_splat(0)}, {wasm_i32x4_splat(0), wasm_i32x4_splat(0)}};
    uint32_t end = least(first + EXACT_TOKENS, tokens);
    for (uint32_t j = first; j < end; j += 2) {
      const int16_t *row = value + (uintptr_t)j * width, *next = j + 1 < end ? row + width : row;
      v128_t a = count == 8 ? wasm_v128_load(row) : wasm_v128_load64_zero(row);
      v128_t b = count == 8 ? wasm_v128_load(next) : wasm_v128_load64_zero(next);
      add_pair(&sums, a, b, wasm_v128_load32_splat(pair + j), wasm_v128_load32_splat(pair + j + 1));
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < 2; n++) {
      v128_t low = wasm_i64x2_shl(wasm_i64x2_extend_low_i32x4(sums.high[n]), HALF_BITS);
      v128_t high = wasm_i64x2_shl(wasm_i64x2_extend_high_i32x4(sums.high[n]), HALF_BITS);
      low = wasm_i64x2_add(low, wasm_i64x2_extend_low_i32x4(sums.low[n]));
      high = wasm_i64x2_add(high, wasm_i64x2_extend_high_i32x4(sums.low[n]));
      sum[2 * n] = wasm_i64x2_add(sum[2 * n], low);
      sum[2 * n + 1] = wasm_i64x2_add(sum[2 * n + 1], high);
    }
  }
#pragma clang loop unroll(full)
  for (int n = 0; n < count / 2; n++) wasm_v128_store(out + 2 * n, sum[n]);
}

void weighted_sums(int32_t *weight, const int16_t *value, int64_t *out, uint32_t dim, uint32_t width,
                   uint32_t tokens) {
  split_weights(weight, tokens);
  uint32_t d = 0;
  for (; d + 8 <= dim; d += 8) sum_elements(weight, value + d, out + d, 8, width, tokens);
  if (d < dim) sum_elements(weight, value + d, out + d, 4, width, tokens);
}
#endif
