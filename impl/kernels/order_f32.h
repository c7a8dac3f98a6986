/* The order of all float32: NaN below all numbers, -0 below 0. spec/graph/operators/float/sampleF32.ts. */
#ifndef ORDER_F32_H
#define ORDER_F32_H

#include <stdint.h>

static inline uint32_t order_of(uint32_t bits) {
  if ((bits & 0x7fffffff) > 0x7f800000) return 0;
  return bits >> 31 ? ~bits : bits | 0x80000000;
}

/* The bits that have this place. */
static inline uint32_t bits_at(uint32_t order) { return order >> 31 ? order & 0x7fffffff : ~order; }

#endif
