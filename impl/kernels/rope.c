#include "fixed_point.h"
#include "sequence.h"

#define MAX_DIM (1u << 14)

static int32_t turned(uint64_t sum) { return saturate((int64_t)(sum + (1u << 29)) >> 30); }

/*
 * out[2i]     = saturate((x[2i] cos - x[2i + 1] sin + 2^29) >> 30)
 * out[2i + 1] = saturate((x[2i] sin + x[2i + 1] cos + 2^29) >> 30)
 *
 * Attributes: elements, dim, context. Operands: x int32[elements], table int32[context][dim / 2][2] (cosine, sine; Q30),
 * position int32[1]. Output: int32[elements].
 *
 * Bounds: sums are modulo 2^64 (unsigned here), exact where |cos|, |sin| <= 2^30.
 */
void rope(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles) {
  uint32_t dim = least(attributes[1], MAX_DIM) & ~1u;
  if (dim == 0) return;
  uint32_t elements = least(attributes[0], MAX_INT32_ELEMENTS);
  uint32_t context = least(most(attributes[2], 1), MAX_INT32_ELEMENTS / dim);
  struct range range = elements_of(tiles, elements - elements % dim);
  const int32_t *x = operand[0]; /* [elements] */
  const int32_t *angles = (const int32_t *)operand[1] + row_of(operand[2], context) * dim; /* [dim / 2][2] */
  ONCE int32_t *out = output; /* [elements] */
  uint32_t column = (range.first & ~1u) % dim;
  for (uint32_t i = range.first & ~1u; i < range.end; i += 2) {
    int64_t cosine = angles[column], sine = angles[column + 1], a = x[i], b = x[i + 1];
    if (i >= range.first) out[i] = turned((uint64_t)(a * cosine) - (uint64_t)(b * sine));
    if (i + 1 < range.end) out[i + 1] = turned((uint64_t)(a * sine) + (uint64_t)(b * cosine));
    column = column + 2 == dim ? 0 : column + 2;
  }
}
