#include "single.h"

#define MAX_ELEMENTS (1u << 14)

/*
 * s = 1 / sqrt(sum of x[i]^2 / n + epsilon)      out[i] = (x[i] s) gain[i]      squares in four lanes
 *
 * Attributes: n, epsilon (bits of a float32). Operands: x float32[n], gain float32[n]. Output: float32[n].
 */
void rmsnorm_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                 const struct tiles *tiles) {
  uint32_t n = least(attributes[0], MAX_ELEMENTS);
  struct range range = elements_of(tiles, n);
  if (range.first == range.end) return;
  const float *x = operand[0], *gain = operand[1]; /* [n] */
  ONCE uint32_t *out = output;                     /* [n] */
  float lane[4] = {0, 0, 0, 0};
  for (uint32_t i = 0; i < n; i++) lane[i % 4] += x[i] * x[i];
  float inverse = 1.0f / root_single(tree(lane) / (float)n + float_of(attributes[1]));
  for (uint32_t i = range.first; i < range.end; i++) out[i] = stored(x[i] * inverse * gain[i]);
}
