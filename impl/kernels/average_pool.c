#include "window.h"

/* floor(numerator / denominator), denominator below 2^31: bit by bit, as RV32IM has no division of 64 bits. */
static int64_t floor_quotient(int64_t numerator, uint32_t denominator) {
  uint64_t value = numerator < 0 ? ~(uint64_t)numerator : (uint64_t)numerator, quotient = 0, remainder = 0;
  for (int bit = 63; bit >= 0; bit--) {
    remainder = remainder << 1 | ((value >> bit) & 1);
    quotient <<= 1;
    if (remainder >= denominator) remainder -= denominator, quotient |= 1;
  }
  return (int64_t)(numerator < 0 ? ~quotient : quotient);
}

/*
 * The mean of the elements under the window, halves towards plus infinity: floor((2 sum + count) / (2 count)), 0 where
 * the count is 0.
 *
 * Bounds: at most 2^22 elements, so the sum is below 2^53.
 *
 * @param covers whether all that the window covers is counted, or the elements inside the image alone
 */
static int32_t pooled(const int32_t *plane, const struct window *window, const struct placed_window *placed,
                      uint32_t covers) {
  int64_t sum = 0;
  for (uint32_t row = placed->first_row; row < placed->end_row; row++) {
    const int32_t *line = plane + (uint32_t)(placed->top + (int32_t)row) * window->width;
    for (uint32_t column = placed->first_column; column < placed->end_column; column++)
      sum += line[placed->left + (int32_t)column];
  }
  uint32_t inside = (placed->end_row - placed->first_row) * (placed->end_column - placed->first_column);
  uint32_t count = covers ? window->kernel_height * window->kernel_width : inside;
  return count == 0 ? 0 : (int32_t)floor_quotient(2 * sum + count, 2 * count);
}

#define POOLED int32_t
#define POOL average_pool
#include "pool.h"
