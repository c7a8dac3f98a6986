#include "window.h"

#define MAX_EXTENT (1u << 11)

struct window window_of(const uint32_t *attributes, uint32_t planes) {
  uint32_t extent[11];
  for (int i = 1; i < 11; i++) extent[i] = least(attributes[i], MAX_EXTENT);
  uint32_t largest = most(extent[1] * extent[2], planes * extent[9] * extent[10]);
  uint32_t channels = least(attributes[0], MAX_INT32_ELEMENTS / most(largest, 1));
  return (struct window){channels,  extent[1], extent[2], extent[3], extent[4], extent[5],
                         extent[6], extent[7], extent[8], extent[9], extent[10]};
}

/* The part of [0, kernel) that lands in [0, size) when it starts at `start`. */
static struct range inside(int32_t start, uint32_t kernel, uint32_t size) {
  uint32_t first = start < 0 ? least((uint32_t)-start, kernel) : 0;
  int32_t room = (int32_t)size - start;
  return (struct range){first, room < 0 ? first : most(least((uint32_t)room, kernel), first)};
}

/* Bounds: all extents are at most 2^11, so no product leaves 2^23. */
struct placed_window place_window(const struct window *window, uint32_t i, uint32_t j) {
  int32_t top = (int32_t)(i * window->stride_y) - (int32_t)window->pad_top;
  int32_t left = (int32_t)(j * window->stride_x) - (int32_t)window->pad_left;
  struct range rows = inside(top, window->kernel_height, window->height);
  struct range columns = inside(left, window->kernel_width, window->width);
  return (struct placed_window){rows.first, rows.end, columns.first, columns.end, top, left};
}
