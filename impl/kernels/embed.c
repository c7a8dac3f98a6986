#include "fixed_point.h"
#include "grouped_matrix.h"

/*
 * out[c] = saturate((w[r][c] S[r][g] + 16 M[r][g]) / 2^(E[r] - fraction))      r = min(token, rows - 1)
 *
 * Attributes: rows, columns, fraction, flags (1 minima). Operands: token int32[1], w, S, E, M. Output: int32[columns].
 *
 * Bounds: |w S| <= 2^22, |16 M| <= 2^19.
 */
void embed(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
           const struct tiles *tiles) {
  struct grouped_matrix matrix = grouped_matrix(most(attributes[0], 1), attributes[1], attributes[3], operand + 1);
  struct range range = elements_of(tiles, matrix.columns);
  uint32_t row = least(*(const uint32_t *)operand[0], matrix.rows - 1), panel = row / PANEL, lane = row % PANEL;
  uint32_t groups = matrix.columns / GROUP, pairs = (groups + 1) / 2;
  const int8_t *w = matrix.weight + panel * PANEL * matrix.columns + 2 * lane;
  const int16_t *s = matrix.scale + panel * groups * PANEL + lane;
  const int16_t *m = matrix.minimum ? matrix.minimum + (panel * pairs * PANEL + lane) * 2 : 0;
  int32_t bits = (int32_t)((uint32_t)matrix.exponent[row] - attributes[2]);
  ONCE int32_t *out = output; /* [columns] */
  for (uint32_t c = range.first; c < range.end; c++) {
    uint32_t group = c / GROUP;
    int32_t value = w[c / 2 * 2 * PANEL + c % 2] * s[group * PANEL];
    if (m) value += 16 * m[group / 2 * 2 * PANEL + group % 2];
    out[c] = shift_saturate(value, bits);
  }
}
