#include "grouped_matrix.h"
#include "fixed_point.h"

#define SLOT_BYTES (1u << 29)
#define MAX_COLUMNS (1u << 14)

struct grouped_matrix grouped_matrix(uint32_t rows, uint32_t columns, uint32_t flags, const void *const tensor[4]) {
  columns = least(columns - columns % GROUP, MAX_COLUMNS);
  rows = least(rows, SLOT_BYTES / PANEL / most(columns, 4) * PANEL);
  return (struct grouped_matrix){
      rows, columns, tensor[0], tensor[1], tensor[2], flags & HAS_MINIMA ? tensor[3] : 0};
}

struct activations activations_of(const int16_t *a, uint32_t columns, int32_t exponent, int minima, void *scratch) {
  struct activations activations = {a, scratch, exponent, 0};
  if (!minima) return activations;
  uint32_t groups = columns / GROUP;
  int16_t *quantised = scratch;                           /* [groups, rounded up to an even number] */
  int32_t *sums = (int32_t *)(quantised + (groups | 1) + 1); /* [groups] */
  for (uint32_t group = 0; group < groups; group++, a += GROUP) {
    int32_t sum = 0;
    for (int i = 0; i < GROUP; i++) sum += a[i];
    sums[group] = sum;
  }
  activations.sums_exponent = quantise(sums, quantised, groups);
  if (groups % 2 != 0) quantised[groups] = 0;
  return activations;
}
