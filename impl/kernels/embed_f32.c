#include "matrix_f32.h"

/*
 * out[c] = w[min(token, rows - 1)][c]
 *
 * Attributes: rows, columns. Operands: token int32[1], w float32[rows/16][columns][16]. Output: float32[columns].
 */
void embed_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
               const struct tiles *tiles) {
  struct matrix_f32 matrix = matrix_f32(most(attributes[0], 1), attributes[1], operand[1]);
  struct range range = elements_of(tiles, matrix.columns);
  uint32_t row = least(*(const uint32_t *)operand[0], matrix.rows - 1);
  const float *w = matrix.weight + (uintptr_t)(row / PANEL) * PANEL * matrix.columns + row % PANEL;
  ONCE uint32_t *out = output; /* [columns] */
  for (uint32_t c = range.first; c < range.end; c++) out[c] = stored(w[c * PANEL]);
}
