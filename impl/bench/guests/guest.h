/* What the guests of the bench share. Each computes something for long and exits with a digest of it in 8 bits. */
#ifndef GUEST_H
#define GUEST_H

#include <stdint.h>

/* xorshift32 (Marsaglia, "Xorshift RNGs", 2003). */
static inline uint32_t next_random(uint32_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

static inline uint32_t digest(uint32_t before, uint32_t value) { return before * 31 + value; }

/* The exit code: nonzero bits of all four bytes count. */
static inline int exit_code(uint32_t value) {
  value ^= value >> 16;
  return (int)((value ^ value >> 8) & 0xff);
}

#endif
