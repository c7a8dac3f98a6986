#include "kernels.h"

/*
 * out[0] = position + 1 modulo 2^32
 *
 * Operand: position int32[1], as it was. Output, in place: int32[1].
 */
void advance(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
             const struct tiles *tiles) {
  (void)attributes;
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  *(ONCE uint32_t *)output = *(const uint32_t *)operand[0] + 1;
}
