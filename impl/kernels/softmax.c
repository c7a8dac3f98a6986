#include "fixed_point.h"
#include "kernels.h"

#define MAX_COLUMNS (1u << 16)
/* round(log2(e) 2^30) */
#define LOG2_E 1549082005u

/* 2^-t in Q24, t = (top - x) log2(e) in Q16 */
static uint32_t weight_of(int32_t x, int32_t top, uint32_t shift) {
  uint64_t t = ((uint64_t)((uint32_t)top - (uint32_t)x) * LOG2_E) >> shift;
  return exp2_neg(t > UINT32_MAX ? UINT32_MAX : (uint32_t)t) >> 7;
}

/*
 * p[i] = 2^-t[i], t[i] = (max x - x[i]) log2(e)      P = sum of p      B = bits(P)
 * R = min(floor(2^61 / floor(P 2^(31 - B))), 2^31 - 1)      out[i] = saturate(p[i] R / 2^(30 + B - outFraction))
 *
 * Attributes: rows, columns, fraction, outFraction. Operand: x int32[rows][columns]. Output: int32[rows][columns].
 *
 * Bounds: max x - x < 2^32, times log2(e) < 2^63; P < 2^40; p R < 2^55.
 */
void softmax(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
             const struct tiles *tiles) {
  uint32_t columns = least(attributes[1], MAX_COLUMNS);
  if (columns == 0) return;
  struct range range = elements_of(tiles, least(attributes[0], MAX_INT32_ELEMENTS / columns) * columns);
  uint32_t shift = 14 + least(attributes[2], 30);
  ONCE int32_t *out = output; /* [rows][columns] */
  for (uint32_t start = range.first - range.first % columns; start < range.end; start += columns) {
    const int32_t *x = (const int32_t *)operand[0] + start; /* [columns] */
    int32_t top = x[0];
    for (uint32_t i = 1; i < columns; i++)
      if (x[i] > top) top = x[i];
    uint64_t total = 0;
    for (uint32_t i = 0; i < columns; i++) total += weight_of(x[i], top, shift);
    int32_t bits = bit_length64(total);
    int32_t inverse = reciprocal((uint32_t)(bits > 31 ? total >> (bits - 31) : total << (31 - bits)));
    int32_t out_shift = (int32_t)(30 + (uint32_t)bits - attributes[3]);
    for (uint32_t i = most(start, range.first) - start; i < least(start + columns, range.end) - start; i++)
      out[start + i] = shift_saturate((int64_t)weight_of(x[i], top, shift) * inverse, out_shift);
  }
}
