#include "kernels.h"

/*
 * out[i] = clamp(rescale(max(value[i], 0), multiplier, shift), 0, 32767)
 *
 * Attributes: elements, multiplier, shift. Operand: value int32[elements]. Output: int16[elements].
 *
 * Bounds: rescale saturates to int32, the clamp brings it to 15 bits.
 */
void relu(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles) {
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS));
  int32_t multiplier = (int32_t)attributes[1];
  uint32_t shift = attributes[2];
  const int32_t *value = operand[0]; /* [elements] */
  volatile int16_t *out = output;    /* [elements] */
  for (uint32_t i = range.first; i < range.end; i++) {
    int32_t scaled = rescale(value[i] > 0 ? value[i] : 0, multiplier, shift);
    out[i] = (int16_t)(scaled < 0 ? 0 : scaled > INT16_MAX ? INT16_MAX : scaled);
  }
}
