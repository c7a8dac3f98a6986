#include "fixed_point.h"
#include "sequence.h"

#define MAX_WIDTH (1u << 16)
#define MAX_INT16_ELEMENTS (1u << 28)

/*
 * cache[row][i] = clamp(x[offset + i] / 2^shift, +-32767), row = min(position, context - 1)
 *
 * Attributes: width, context, offset, shift. Operands: x int32[offset + width], position int32[1]. Output, in place:
 * int16[context][width], of which the row is written.
 *
 * Bounds: saturated to int32 before the clamp.
 */
void append(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles) {
  uint32_t width = least(attributes[0], MAX_WIDTH);
  if (width == 0) return;
  uint32_t context = least(most(attributes[1], 1), MAX_INT16_ELEMENTS / width);
  const int32_t *x = (const int32_t *)operand[0] + least(attributes[2], MAX_INT32_ELEMENTS - width); /* [width] */
  int32_t shift = (int32_t)attributes[3];
  uint32_t start = row_of(operand[1], context) * width;
  struct range row = {start, start + width};
  struct range range = elements_within(tiles, width * context, row);
  ONCE int16_t *out = output; /* [context][width] */
  for (uint32_t i = range.first; i < range.end; i++) {
    int32_t value = shift_saturate(x[i - start], shift);
    out[i] = (int16_t)(value > INT16_MAX ? INT16_MAX : value < -INT16_MAX ? -INT16_MAX : value);
  }
}
