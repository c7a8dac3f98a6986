#include "single.h"

/*
 * out[i] = a[i] b[i]
 *
 * Attributes: n. Operands: a float32[n], b float32[n]. Output: float32[n].
 */
void multiply_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
             const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  const float *a = operand[0], *b = operand[1]; /* [n] */
  ONCE uint32_t *out = output;                  /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = stored(a[i] * b[i]);
}
