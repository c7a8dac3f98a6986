#include "kernels.h"

/*
 * out[i] = value[i] + bias[i] modulo 2^32
 *
 * Attributes: elements. Operands: value int32[elements], bias int32[elements]. Output: int32[elements].
 *
 * Bounds: the sum is modulo 2^32 by definition (unsigned here).
 */
void bias(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  const uint32_t *value = operand[0];   /* [elements] */
  const uint32_t *addend = operand[1];  /* [elements] */
  volatile uint32_t *out = output;      /* [elements] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = value[i] + addend[i];
}
