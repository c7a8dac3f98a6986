#include "kernels.h"

struct range elements_within(const struct tiles *tiles, uint32_t total, struct range part) {
  struct range range = elements_of(tiles, total);
  return (struct range){most(range.first, part.first), least(range.end, part.end)};
}
