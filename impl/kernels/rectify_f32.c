#include "single.h"

/*
 * out[i] = x[i] > 0 ? x[i] : 0
 *
 * Attributes: n. Operand: x float32[n]. Output: float32[n].
 */
void rectify_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                 const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  const uint32_t *x = operand[0]; /* [n] */
  ONCE uint32_t *out = output;    /* [n] */
  /* Without a sign, and no NaN: a number above zero, or zero. */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = x[i] <= 0x7f800000 ? x[i] : 0;
}
