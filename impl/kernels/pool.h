/*
 * The body of a pool: included by each with POOL, the kernel's name, and POOLED, its elements' type, after `pooled`,
 * which makes the bits of an element of the output of those of a plane that lie under the window.
 *
 * Attributes: window, then the kernel's own. Operand: x [channels][height][width]. Output: [channels][outHeight][outWidth],
 * elements of POOLED, of 32 bits.
 */
void POOL(const uint32_t *attributes, const void *const operand[OPERANDS], void *output, const struct tiles *tiles) {
  struct window window = window_of(attributes, 1);
  uint32_t positions = window.out_height * window.out_width;
  struct range range = elements_of(tiles, window.channels * positions);
  const POOLED *x = operand[0]; /* [channels][height][width] */
  ONCE uint32_t *out = output;  /* [channels][outHeight][outWidth] */
  for (uint32_t at = range.first; at < range.end; at++) {
    uint32_t position = at % positions;
    struct placed_window placed = place_window(&window, position / window.out_width, position % window.out_width);
    out[at] = (uint32_t)pooled(x + at / positions * window.height * window.width, &window, &placed, attributes[11]);
  }
}
