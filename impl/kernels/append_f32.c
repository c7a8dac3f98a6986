#include "sequence.h"
#include "single.h"

#define MAX_WIDTH (1u << 16)

/*
 * cache[row][i] = x[offset + i], row = min(position, context - 1)
 *
 * Attributes: width, context, offset. Operands: x float32[offset + width], position int32[1]. Output, in place:
 * float32[context][width], of which the row is written.
 */
void append_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles) {
  uint32_t width = least(attributes[0], MAX_WIDTH);
  if (width == 0) return;
  uint32_t context = least(most(attributes[1], 1), MAX_INT32_ELEMENTS / width);
  const float *x = (const float *)operand[0] + least(attributes[2], MAX_INT32_ELEMENTS - width); /* [width] */
  uint32_t start = row_of(operand[1], context) * width;
  struct range row = {start, start + width};
  struct range range = elements_within(tiles, width * context, row);
  ONCE uint32_t *out = output; /* [context][width] */
  for (uint32_t i = range.first; i < range.end; i++) out[i] = stored(x[i - start]);
}
