#include "kernels.h"

/*
 * out[i] = x[min(index[i], m - 1)]
 *
 * Attributes: n, m. Operands: x [m], index int32[n], unsigned. Output: [n], 32-bit elements of any kind.
 */
void gather(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  uint32_t last = least(most(attributes[1], 1), MAX_INT32_ELEMENTS) - 1;
  const uint32_t *x = operand[0], *index = operand[1]; /* [m], [n] */
  ONCE uint32_t *out = output;                         /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = x[least(index[i], last)];
}
