#include "finish_rows.h"

/*
 * out[r] = saturate(residual[r] + saturate(t[r] / 2^(E[r] - e + shift)))      (a, e) = quantise(x), t: grouped_matrix.h
 *
 * Attributes: rows, columns, shift, flags (1 minima, 2 residual). Operands: x int32[columns], w, S, E, M, residual
 * int32[rows]. Output: int32[rows].
 *
 * Bounds: |t| < 2^52; the shift is modulo 2^32.
 */
void matmul_grouped(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                    const struct tiles *tiles, void *scratch) {
  uint32_t flags = attributes[3];
  struct grouped_matrix matrix = grouped_matrix(attributes[0], attributes[1], flags, operand + 1);
  struct range range = elements_of(tiles, matrix.rows);
  if (range.first == range.end) return;
  const int32_t *residual = flags & HAS_RESIDUAL ? operand[5] : 0; /* [rows] */
  ONCE int32_t *out = output;                                      /* [rows] */
  int16_t *a = scratch;                                            /* [columns] */
  int32_t exponent = quantise(operand[0], a, matrix.columns);
  struct activations activations =
      activations_of(a, matrix.columns, exponent, matrix.minimum != 0, a + matrix.columns);
  uint32_t shift = attributes[2] - (uint32_t)exponent;
  int64_t t[ROWS_AT_ONCE];
  for (uint32_t row = range.first - range.first % ROWS_ALIGNED; row < range.end; row += ROWS_AT_ONCE) {
    uint32_t rows = least(ROWS_AT_ONCE, (range.end - row + ROWS_ALIGNED - 1) / ROWS_ALIGNED * ROWS_ALIGNED);
    row_products(&matrix, row, rows, &activations, t);
    struct range made = {most(row, range.first), least(row + rows, range.end)};
    finish_rows(&matrix, residual, shift, t, row, made, out);
  }
}
