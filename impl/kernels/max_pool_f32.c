#include "single.h"
#include "window.h"

/* From minus infinity on, what is above it; 0 where no element lies under the window. */
static uint32_t pooled(const float *plane, const struct window *window, const struct placed_window *placed,
                       uint32_t unused) {
  (void)unused;
  if (placed->first_row >= placed->end_row || placed->first_column >= placed->end_column) return 0;
  float largest = float_of(0xff800000);
  for (uint32_t row = placed->first_row; row < placed->end_row; row++) {
    const float *line = plane + (uint32_t)(placed->top + (int32_t)row) * window->width;
    for (uint32_t column = placed->first_column; column < placed->end_column; column++) {
      float value = line[placed->left + (int32_t)column];
      if (value > largest) largest = value;
    }
  }
  return stored(largest);
}

#define POOLED float
#define POOL max_pool_f32
#include "pool.h"
