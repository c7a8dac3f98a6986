/*
 * out[r] = rescale(sum over c of weight[r][c] * activation[c], multiplier[r], shift[r])
 *
 * Attributes: rows, columns. Operands: weight int8[rows][columns], activation [columns], scale int32[rows][2]
 * (multiplier, then shift). Output: int32[rows].
 *
 * The body of a kernel, for activations of one type: included by each with ACTIVATION, the type, and MATMUL, the
 * kernel's name. The sum is modulo 2^32 by definition, unsigned here; when it is exact, each kernel says.
 */
#include "kernels.h"

/* Columns a round: a load, a load, a product and a sum each, so that the loop itself costs little beside them. */
enum { UNROLL = 16 };

static int32_t dot(const int8_t *weight /* [columns] */, const ACTIVATION *activation /* [columns] */,
                   uint32_t columns) {
  uint32_t sum = 0;
  for (; columns >= UNROLL; columns -= UNROLL, weight += UNROLL, activation += UNROLL) {
#pragma GCC unroll 16
    for (int i = 0; i < UNROLL; i++) sum += (uint32_t)(weight[i] * activation[i]);
  }
  for (; columns > 0; columns--) sum += (uint32_t)(*weight++ * *activation++);
  return (int32_t)sum;
}

void MATMUL(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles) {
  struct matmul_shape shape = matmul_shape(attributes);
  struct range range = elements_of(tiles, shape.rows);
  const int8_t *weight = (const int8_t *)operand[0] + range.first * shape.columns; /* [rows][columns] */
  const ACTIVATION *activation = operand[1];                                       /* [columns] */
  const int32_t *scale = (const int32_t *)operand[2] + 2 * range.first;            /* [rows][2] */
  volatile int32_t *out = output;                                                  /* [rows] */
  for (uint32_t row = range.first; row < range.end; row++, weight += shape.columns, scale += 2)
    out[row] = rescale(dot(weight, activation, shape.columns), scale[0], (uint32_t)scale[1]);
}
