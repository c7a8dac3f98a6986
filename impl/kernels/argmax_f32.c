#include "kernels.h"
#include "order_f32.h"

#define MAX_LOGITS (1u << 20)

/*
 * out[0] = the place of the largest element, the lowest one where several are equal; NaN below all numbers
 *
 * Attributes: n. Operand: x float32[n]. Output: int32[1].
 */
void argmax_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles) {
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  uint32_t n = least(attributes[0], MAX_LOGITS), best = 0, largest = 0;
  const uint32_t *x = operand[0]; /* [n] */
  for (uint32_t i = 0; i < n; i++) {
    uint32_t order = order_of(x[i]);
    if (order > largest) largest = order, best = i;
  }
  *(ONCE uint32_t *)output = best;
}
