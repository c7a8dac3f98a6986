#include "single.h"
#include "window.h"

/*
 * The sum, in order, over the count, 0 where that is 0.
 *
 * @param covers whether all that the window covers is counted, or the elements inside the image alone
 */
static uint32_t pooled(const float *plane, const struct window *window, const struct placed_window *placed,
                       uint32_t covers) {
  float sum = 0;
  for (uint32_t row = placed->first_row; row < placed->end_row; row++) {
    const float *line = plane + (uint32_t)(placed->top + (int32_t)row) * window->width;
    for (uint32_t column = placed->first_column; column < placed->end_column; column++)
      sum += line[placed->left + (int32_t)column];
  }
  uint32_t inside = (placed->end_row - placed->first_row) * (placed->end_column - placed->first_column);
  uint32_t count = covers ? window->kernel_height * window->kernel_width : inside;
  return count == 0 ? 0 : stored(sum / (float)count);
}

#define POOLED float
#define POOL average_pool_f32
#include "pool.h"
