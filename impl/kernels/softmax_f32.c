#include "single.h"

#define MAX_COLUMNS (1u << 16)

/*
 * p[i] = e^(x[i] - max x)      out[i] = p[i] (1 / sum of p)
 *
 * Attributes: rows, columns. Operand: x float32[rows][columns]. Output: float32[rows][columns].
 *
 * Scratch: 4 bytes a column.
 */
void softmax_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                 const struct tiles *tiles, void *scratch) {
  uint32_t columns = least(attributes[1], MAX_COLUMNS);
  if (columns == 0) return;
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS / columns) * columns);
  float *weight = scratch;     /* [columns] */
  ONCE uint32_t *out = output; /* [rows][columns] */
  for (uint32_t start = range.first - range.first % columns; start < range.end; start += columns) {
    float inverse = softmax_weights((const float *)operand[0] + start, weight, columns);
    for (uint32_t i = most(start, range.first) - start; i < least(start + columns, range.end) - start; i++)
      out[start + i] = stored(weight[i] * inverse);
  }
}
