#include "attend.h"
#include "fixed_point.h"
#include "kernels.h"

#ifndef __wasm_simd128__
void dot_products(const int16_t *a, const int16_t *key, int32_t *out, uint32_t dim, uint32_t width, uint32_t tokens) {
  for (uint32_t j = 0; j < tokens; j++, key += width) {
    int32_t dot = 0;
#pragma GCC unroll 4
    for (uint32_t i = 0; i < dim; i += 4)
      dot += a[i] * key[i] + a[i + 1] * key[i + 1] + a[i + 2] * key[i + 2] + a[i + 3] * key[i + 3];
    out[j] = dot;
  }
}

int32_t scale_scores(int32_t *score, uint32_t tokens, int32_t multiplier, int32_t bits) {
  int32_t top = INT32_MIN;
  for (uint32_t j = 0; j < tokens; j++) {
    score[j] = shift_saturate((int64_t)score[j] * multiplier, bits);
    if (score[j] > top) top = score[j];
  }
  return top;
}

uint64_t score_weights(int32_t *score, uint32_t tokens, int32_t top) {
  uint64_t total = 0;
  for (uint32_t j = 0; j < tokens; j++) {
    score[j] = (int32_t)(exp2_neg((uint32_t)top - (uint32_t)score[j]) >> 7);
    total += (uint32_t)score[j];
  }
  return total;
}

/*
 * A weight is two halves of 12 bits, so that sixteen products of a half and an int16 stay in int32, and only their sums
 * are added in 64 bits.
 *
 * Bounds: 16 x 4095 x 2^15 < 2^31.
 */
enum { HALF_BITS = 12, EXACT_TOKENS = 16 };

void weighted_sums(int32_t *weight, const int16_t *value, int64_t *out, uint32_t dim, uint32_t width,
                   uint32_t tokens) {
  for (uint32_t d = 0; d < dim; d += 4, value += 4) {
    int64_t sum[4] = {0, 0, 0, 0};
    const int16_t *row = value;
    for (uint32_t first = 0; first < tokens; first += EXACT_TOKENS) {
      int32_t h0 = 0, h1 = 0, h2 = 0, h3 = 0, l0 = 0, l1 = 0, l2 = 0, l3 = 0;
      for (uint32_t j = first; j < least(first + EXACT_TOKENS, tokens); j++, row += width) {
        int32_t high = weight[j] >> HALF_BITS, low = weight[j] & ((1 << HALF_BITS) - 1);
        h0 += high * row[0], l0 += low * row[0];
        h1 += high * row[1], l1 += low * row[1];
        h2 += high * row[2], l2 += low * row[2];
        h3 += high * row[3], l3 += low * row[3];
      }
      sum[0] += ((int64_t)h0 << HALF_BITS) + l0;
      sum[1] += ((int64_t)h1 << HALF_BITS) + l1;
      sum[2] += ((int64_t)h2 << HALF_BITS) + l2;
      sum[3] += ((int64_t)h3 << HALF_BITS) + l3;
    }
    for (int i = 0; i < 4; i++) out[d + (uint32_t)i] = sum[i];
  }
}
#endif
