#include "matrix_f32.h"

/*
 * out[r] = w[r] . x + residual[r]
 *
 * Attributes: rows, columns, flags (2 residual). Operands: x float32[columns], w float32[rows/16][columns][16], residual
 * float32[rows]. Output: float32[rows].
 */
void matmul_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles) {
  struct matrix_f32 matrix = matrix_f32(attributes[0], attributes[1], operand[1]);
  struct range range = elements_of(tiles, matrix.rows);
  const float *residual = attributes[2] & HAS_RESIDUAL ? operand[2] : 0; /* [rows] */
  ONCE uint32_t *out = output;                                           /* [rows] */
  for (uint32_t row = range.first - range.first % FLOAT_ROWS; row < range.end; row += FLOAT_ROWS) {
    float sum[FLOAT_ROWS];
    products_f32(&matrix, row, operand[0], sum);
    for (uint32_t r = most(row, range.first); r < least(row + FLOAT_ROWS, range.end); r++)
      out[r] = stored(residual ? sum[r - row] + residual[r] : sum[r - row]);
  }
}
