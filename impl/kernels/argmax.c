#include "kernels.h"

/*
 * out[0] = min { i : value[i] = max value }, 0 where there is no element
 *
 * Attributes: elements. Operand: value int32[elements]. Output: int32[1].
 *
 * Bounds: compares only.
 */
void argmax(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles) {
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  uint32_t elements = least(attributes[0], MAX_INT32_ELEMENTS);
  const int32_t *value = operand[0]; /* [elements] */
  uint32_t best = 0;
  for (uint32_t i = 1; i < elements; i++)
    if (value[i] > value[best]) best = i;
  *(volatile uint32_t *)output = best;
}
