/* What becomes of the exact products of a grouped matrix. */
#ifndef FINISH_ROWS_H
#define FINISH_ROWS_H

#include "fixed_point.h"
#include "grouped_matrix.h"

/* saturate(residual[r] + saturate(t / 2^(E[r] + shift))) */
static inline int32_t finished_row(const struct grouped_matrix *matrix, const int32_t *residual /* [rows] or null */,
                                   uint32_t shift, int64_t t, uint32_t r) {
  int32_t product = shift_saturate(t, (int32_t)((uint32_t)matrix->exponent[r] + shift));
  return residual ? saturate((int64_t)residual[r] + product) : product;
}

/* Rows `range.first` to `range.end - 1` of the output. @param t from row `row` on */
static inline void finish_rows(const struct grouped_matrix *matrix, const int32_t *residual, uint32_t shift,
                               const int64_t *t, uint32_t row, struct range range, ONCE int32_t *out /* [rows] */) {
  for (uint32_t r = range.first; r < range.end; r++) out[r] = finished_row(matrix, residual, shift, t[r - row], r);
}

#endif
