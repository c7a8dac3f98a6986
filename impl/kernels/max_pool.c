#include "window.h"

/* The largest element under the window, 0 where there is none. */
static int32_t pooled(const int32_t *plane, const struct window *window, const struct placed_window *placed,
                      uint32_t unused) {
  (void)unused;
  if (placed->first_row >= placed->end_row || placed->first_column >= placed->end_column) return 0;
  int32_t largest = INT32_MIN;
  for (uint32_t row = placed->first_row; row < placed->end_row; row++) {
    const int32_t *line = plane + (uint32_t)(placed->top + (int32_t)row) * window->width;
    for (uint32_t column = placed->first_column; column < placed->end_column; column++) {
      int32_t value = line[placed->left + (int32_t)column];
      if (value > largest) largest = value;
    }
  }
  return largest;
}

#define POOLED int32_t
#define POOL max_pool
#include "pool.h"
