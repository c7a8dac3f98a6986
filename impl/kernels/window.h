/* A window that slides over the planes of an image: spec/graph/operators/fixed/window.ts. */
#ifndef WINDOW_H
#define WINDOW_H

#include "kernels.h"

struct window {
  uint32_t channels, height, width, kernel_height, kernel_width, stride_y, stride_x, pad_top, pad_left, out_height,
      out_width;
};

/* Where the window lies at output (i, j): rows and columns inside the image, counted in the window and in the image. */
struct placed_window {
  uint32_t first_row, end_row, first_column, end_column; /* in the window */
  int32_t top, left;                                     /* of the window in the image */
};

/* Attributes 0 to 10, clamped. @param planes of the output a channel, 0 where they are clamped by themselves */
struct window window_of(const uint32_t *attributes, uint32_t planes);

struct placed_window place_window(const struct window *window, uint32_t i, uint32_t j);

#endif
