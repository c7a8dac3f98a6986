#include "matrix_f32.h"
#include "window.h"

enum { MAX_KERNEL = 64 };

/* The image's elements under the window; zero outside of it and behind the last. */
static void gather_patch(const struct window *window, uint32_t position, const float *x, float *patch /* [columns] */,
                         uint32_t columns) {
  struct placed_window placed = place_window(window, position / window->out_width, position % window->out_width);
  uint32_t plane = window->height * window->width;
  float *out = patch;
  for (uint32_t channel = 0; channel < window->channels; channel++, x += plane)
    for (uint32_t row = 0; row < window->kernel_height; row++)
      for (uint32_t column = 0; column < window->kernel_width; column++) {
        int inside = row >= placed.first_row && row < placed.end_row && column >= placed.first_column &&
                     column < placed.end_column;
        *out++ = inside ? x[(uint32_t)(placed.top + (int32_t)row) * window->width +
                            (uint32_t)(placed.left + (int32_t)column)]
                        : 0;
      }
  while (out < patch + columns) *out++ = 0;
}

/*
 * out[c][i][j] = w[c] . patch + bias[c]
 *
 * Attributes: window, output channels, flags (2 bias). Operands: x float32[channels][height][width], w float32[output
 * channels / 16][columns][16], bias float32[output channels]. Output: float32[output channels][outHeight][outWidth].
 */
void conv2d_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles, void *scratch) {
  struct window window = window_of(attributes, 0);
  window.kernel_height = least(window.kernel_height, MAX_KERNEL);
  window.kernel_width = least(window.kernel_width, MAX_KERNEL);
  uint32_t area = window.kernel_height * window.kernel_width, positions = window.out_height * window.out_width;
  if (positions == 0) return;
  window.channels = least(window.channels, MAX_COLUMNS_F32 / most(area, 1));
  uint32_t columns = (window.channels * area + GROUP - 1) / GROUP * GROUP;
  struct matrix_f32 matrix = matrix_f32(least(attributes[11], MAX_INT32_ELEMENTS / positions), columns, operand[1]);
  struct range range = elements_of(tiles, matrix.rows * positions);
  const float *bias = attributes[12] & HAS_RESIDUAL ? operand[2] : 0; /* [output channels] */
  ONCE uint32_t *out = output;                                        /* [output channels][positions] */
  float *patch = scratch;                                             /* [columns] */
  for (uint32_t position = 0; position < positions; position++) {
    uint32_t first = range.first <= position ? 0 : (range.first - position + positions - 1) / positions;
    uint32_t end = range.end <= position ? 0 : (range.end - position + positions - 1) / positions;
    if (first >= end) continue;
    gather_patch(&window, position, operand[0], patch, columns);
    for (uint32_t row = first - first % FLOAT_ROWS; row < end; row += FLOAT_ROWS) {
      float sum[FLOAT_ROWS];
      products_f32(&matrix, row, patch, sum);
      for (uint32_t r = most(row, first); r < least(row + FLOAT_ROWS, end); r++)
        out[r * positions + position] = stored(bias ? sum[r - row] + bias[r] : sum[r - row]);
    }
  }
}
