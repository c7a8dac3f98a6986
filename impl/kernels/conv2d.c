#include "finish_rows.h"
#include "window.h"

enum { MAX_KERNEL = 64 };
#define MAX_COLUMNS (1u << 14)

/* The image's elements under the window, quantised; zero outside of it and behind the last. */
static void gather_patch(const struct window *window, uint32_t position, const int32_t *x, int32_t exponent,
                         int16_t *patch /* [columns] */, uint32_t columns) {
  struct placed_window placed = place_window(window, position / window->out_width, position % window->out_width);
  uint32_t plane = window->height * window->width;
  int16_t *out = patch;
  for (uint32_t channel = 0; channel < window->channels; channel++, x += plane)
    for (uint32_t row = 0; row < window->kernel_height; row++)
      for (uint32_t column = 0; column < window->kernel_width; column++) {
        int32_t value = 0;
        if (row >= placed.first_row && row < placed.end_row && column >= placed.first_column &&
            column < placed.end_column)
          value = x[(uint32_t)(placed.top + (int32_t)row) * window->width + (uint32_t)(placed.left + (int32_t)column)];
        *out++ = quantised(value, exponent);
      }
  while (out < patch + columns) *out++ = 0;
}

/*
 * out[c][i][j] = saturate(bias[c] + saturate(t / 2^(E[c] - e + shift)))      (a, e) = quantise(x), t of row c and a patch
 *
 * Attributes: window, output channels, shift, flags (1 minima, 2 bias). Operands: x int32[channels][height][width], w, S,
 * E, M, bias int32[output channels]. Output: int32[output channels][outHeight][outWidth].
 *
 * A position of the output after the other: its patch serves all channels.
 *
 * Bounds: as in matmul_grouped.c.
 */
void conv2d(const uint32_t *attributes, const void *const operand[OPERANDS], void *output, const struct tiles *tiles,
            void *scratch) {
  struct window window = window_of(attributes, 0);
  window.kernel_height = least(window.kernel_height, MAX_KERNEL);
  window.kernel_width = least(window.kernel_width, MAX_KERNEL);
  uint32_t area = window.kernel_height * window.kernel_width, positions = window.out_height * window.out_width;
  if (positions == 0) return;
  window.channels = least(window.channels, MAX_COLUMNS / most(area, 1));
  uint32_t columns = (window.channels * area + GROUP - 1) / GROUP * GROUP, flags = attributes[13];
  uint32_t out_channels = least(attributes[11], MAX_INT32_ELEMENTS / positions);
  struct grouped_matrix matrix = grouped_matrix(out_channels, columns, flags, operand + 1);
  struct range range = elements_of(tiles, matrix.rows * positions);
  if (range.first >= range.end) return;

  const int32_t *x = operand[0];                               /* [channels][height][width] */
  const int32_t *bias = flags & HAS_RESIDUAL ? operand[5] : 0; /* [output channels] */
  ONCE int32_t *out = output;                                  /* [output channels][positions] */
  int16_t *patch = scratch;                                    /* [columns] */
  int32_t exponent = quantised_exponent(x, window.channels * window.height * window.width);
  uint32_t shift = attributes[12] - (uint32_t)exponent;
  int64_t t[ROWS_AT_ONCE];
  for (uint32_t position = 0; position < positions; position++) {
    /* Channels whose element at this position is in the range. */
    uint32_t first = range.first <= position ? 0 : (range.first - position + positions - 1) / positions;
    uint32_t end = range.end <= position ? 0 : (range.end - position + positions - 1) / positions;
    if (first >= end) continue;
    gather_patch(&window, position, x, exponent, patch, columns);
    struct activations activations = activations_of(patch, columns, exponent, matrix.minimum != 0, patch + columns);
    for (uint32_t row = first - first % ROWS_ALIGNED; row < end; row += ROWS_AT_ONCE) {
      uint32_t rows = least(ROWS_AT_ONCE, (end - row + ROWS_ALIGNED - 1) / ROWS_ALIGNED * ROWS_ALIGNED);
      row_products(&matrix, row, rows, &activations, t);
      for (uint32_t r = most(row, first); r < least(row + rows, end); r++)
        out[r * positions + position] = finished_row(&matrix, bias, shift, t[r - row], r);
    }
  }
}
