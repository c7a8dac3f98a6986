#include "kernels.h"

/*
 * out[i] = max(0, x[i])
 *
 * Attributes: n. Operand: x int32[n]. Output: int32[n].
 */
void rectify(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
             const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  const int32_t *x = operand[0]; /* [n] */
  ONCE int32_t *out = output;    /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = x[i] > 0 ? x[i] : 0;
}
