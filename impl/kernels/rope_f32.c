#include "sequence.h"
#include "single.h"

#define MAX_DIM (1u << 14)

/*
 * out[2i] = x[2i] cos - x[2i + 1] sin      out[2i + 1] = x[2i] sin + x[2i + 1] cos
 *
 * Attributes: elements, dim, context. Operands: x float32[elements], table float32[context][dim / 2][2] (cosine, sine),
 * position int32[1]. Output: float32[elements].
 */
void rope_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
              const struct tiles *tiles) {
  uint32_t dim = least(attributes[1], MAX_DIM) & ~1u;
  if (dim == 0) return;
  uint32_t elements = least(attributes[0], MAX_INT32_ELEMENTS);
  uint32_t context = least(most(attributes[2], 1), MAX_INT32_ELEMENTS / dim);
  struct range range = elements_of(tiles, elements - elements % dim);
  const float *x = operand[0];                                                         /* [elements] */
  const float *angles = (const float *)operand[1] + row_of(operand[2], context) * dim; /* [dim / 2][2] */
  ONCE uint32_t *out = output;                                                         /* [elements] */
  for (uint32_t i = range.first & ~1u; i < range.end; i += 2) {
    float cosine = angles[i % dim], sine = angles[i % dim + 1], a = x[i], b = x[i + 1];
    if (i >= range.first) out[i] = stored(a * cosine - b * sine);
    if (i + 1 < range.end) out[i + 1] = stored(a * sine + b * cosine);
  }
}
