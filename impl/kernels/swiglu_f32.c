#include "single.h"

/*
 * e = e^-|g|      out[i] = (g ((g < 0 ? e : 1) / (1 + e))) u
 *
 * Attributes: n. Operand: gate float32[n], behind it up float32[n]. Output: float32[n].
 */
void swiglu_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles) {
  uint32_t n = least(attributes[0], MAX_INT32_ELEMENTS / 2);
  struct range range = elements_of(tiles, n);
  const float *gate = operand[0], *up = gate + n; /* [n] */
  ONCE uint32_t *out = output;                    /* [n] */
  for (uint32_t i = range.first; i < range.end; i++) {
    float g = gate[i], e = exp_single(float_of(bits_of(g) | 0x80000000));
    float sigmoid = (g < 0 ? e : 1.0f) / (1.0f + e);
    out[i] = stored(g * sigmoid * up[i]);
  }
}
