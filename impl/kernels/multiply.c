#include "fixed_point.h"
#include "kernels.h"

/*
 * out[i] = saturate(a[i] b[i] / 2^shift)
 *
 * Attributes: n, shift. Operands: a int32[n], b int32[n]. Output: int32[n].
 *
 * Bounds: |a b| <= 2^62.
 */
void multiply(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
              const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  const int32_t *a = operand[0], *b = operand[1]; /* [n] */
  ONCE int32_t *out = output;                     /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = shift_saturate((int64_t)a[i] * b[i], (int32_t)attributes[1]);
}
