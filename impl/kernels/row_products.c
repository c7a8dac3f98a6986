#include "grouped_matrix.h"

#ifndef __wasm_simd128__
/*
 * t = sum over g of S[g] (sum over c in g of w[c] a[c])  +  2^(f + 4) sum over g of M[g] A[g]
 *
 * Plain version: four rows at a time, so that one load of an activation serves four products.
 *
 * Bounds: a group's sum is below 2^27, times 2^15 below 2^42, 2^9 groups below 2^51; |A| <= 32767, so that two products
 * with a minimum are at most 2^31 - 2^16; all minima together below 2^48.
 */
void row_products(const struct grouped_matrix *matrix, uint32_t row, uint32_t rows,
                  const struct activations *activations, int64_t *t) {
  (void)rows;
  uint32_t groups = matrix->columns / GROUP, pairs = (groups + 1) / 2, panel = row / PANEL, lane = row % PANEL;
  t[0] = t[1] = t[2] = t[3] = 0;
  if (matrix->minimum) {
    const int16_t *m = matrix->minimum + (panel * pairs * PANEL + lane) * 2, *sum = activations->sums;
    for (uint32_t pair = 0; pair < pairs; pair++, m += 2 * PANEL, sum += 2)
      for (int i = 0; i < 4; i++) t[i] += m[2 * i] * sum[0] + m[2 * i + 1] * sum[1];
    for (int i = 0; i < 4; i++) t[i] = (int64_t)((uint64_t)t[i] << (activations->sums_exponent + 4));
  }
  const int8_t *w = matrix->weight + panel * PANEL * matrix->columns + 2 * lane;
  const int16_t *s = matrix->scale + panel * groups * PANEL + lane, *a = activations->values;
  for (uint32_t group = 0; group < groups; group++, w += PANEL * GROUP, s += PANEL, a += GROUP) {
    int32_t c0 = 0, c1 = 0, c2 = 0, c3 = 0;
#pragma GCC unroll 16
    for (int i = 0; i < GROUP / 2; i++) {
      const int8_t *pair = w + 2 * PANEL * i;
      int32_t a0 = a[2 * i], a1 = a[2 * i + 1];
      c0 += pair[0] * a0 + pair[1] * a1;
      c1 += pair[2] * a0 + pair[3] * a1;
      c2 += pair[4] * a0 + pair[5] * a1;
      c3 += pair[6] * a0 + pair[7] * a1;
    }
    t[0] += (int64_t)c0 * s[0];
    t[1] += (int64_t)c1 * s[1];
    t[2] += (int64_t)c2 * s[2];
    t[3] += (int64_t)c3 * s[3];
  }
}

#ifndef __riscv
void pair_products(const struct grouped_matrix *matrix, uint32_t panel, const struct activations activations[2],
                   int64_t t[2][PANEL]) {
  for (int token = 0; token < 2; token++)
    for (uint32_t lane = 0; lane < PANEL; lane += ROWS_AT_ONCE)
      row_products(matrix, panel * PANEL + lane, ROWS_AT_ONCE, &activations[token], &t[token][lane]);
}
#endif
#endif
