/*
 * Arithmetic that the kernels of the f32 format share: spec/graph/operators/float/single.ts. IEEE single precision; in the
 * machine the compiler's soft-float library is exactly that. Nothing may be fused or reordered: -ffp-contract=off, and no
 * option that allows it.
 */
#ifndef SINGLE_H
#define SINGLE_H

#include "kernels.h"

static inline uint32_t bits_of(float value) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  return bits;
}

static inline float float_of(uint32_t bits) {
  float value;
  __builtin_memcpy(&value, &bits, sizeof value);
  return value;
}

/* The bits that are stored: one pattern for every NaN. */
static inline uint32_t stored(float value) {
  uint32_t bits = bits_of(value);
  return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc00000 : bits;
}

/* (l0 + l2) + (l1 + l3) */
static inline float tree(const float lane[4]) { return (lane[0] + lane[2]) + (lane[1] + lane[3]); }

/* e^x for x <= 0; 0 where x is not above -87 */
float exp_single(float x);

/* The square root, correctly rounded; a NaN below zero. */
float root_single(float x);

/* sum over i of a[i] b[i] in four lanes, count a multiple of four */
float lane_dot(const float *a /* [count] */, const float *b /* [count] */, uint32_t count);

/* sum over i of a[i] in four lanes */
float lane_sum(const float *a /* [count] */, uint32_t count);

/* 1 / sum of e^(x[i] - max x), those in `weight`; the largest is the first that no later one exceeds. count >= 1 */
float softmax_weights(const float *x /* [count] */, float *weight /* [count] */, uint32_t count);

#endif
