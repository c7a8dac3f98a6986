#include "single.h"

float exp_single(float x) {
  if (!(x > -87.0f)) return 0;
  if (x > 0) return 1;
  int32_t n = (int32_t)(x * 1.44269504f - 0.5f);
  float whole = (float)n, r = (x - whole * 0.693359375f) - whole * -2.1219444e-4f;
  float y = 1.3888889e-3f;
  y = y * r + 8.3333333e-3f;
  y = y * r + 4.1666667e-2f;
  y = y * r + 1.6666667e-1f;
  y = y * r + 0.5f;
  y = y * r + 1.0f;
  y = y * r + 1.0f;
  return y * float_of((uint32_t)(n + 127) << 23);
}

#ifdef __riscv
/*
 * Bit by bit: a number is m 2^e with e even and m of 24 or 25 bits, its root that of m 2^24 or so, one bit longer than is
 * kept. A root is never halfway between two numbers, so that bit alone decides.
 */
float root_single(float x) {
  uint32_t bits = bits_of(x);
  if (bits << 1 == 0 || bits == 0x7f800000) return x; /* zeros keep their sign */
  if (bits > 0x7f800000) return float_of(0x7fc00000);
  int32_t exponent = (int32_t)(bits >> 23);
  uint32_t m = bits & 0x7fffff;
  if (exponent > 0) {
    m |= 1u << 23;
  } else { /* subnormal */
    for (exponent = 1; m < 1u << 23; exponent--) m <<= 1;
  }
  exponent -= 127;
  uint64_t square = (uint64_t)m << 25;
  if (exponent & 1) square <<= 1, exponent--;
  uint32_t root = 0;
  for (uint32_t bit = 1u << 24; bit > 0; bit >>= 1)
    if ((uint64_t)(root + bit) * (root + bit) <= square) root += bit;
  return float_of((uint32_t)(exponent / 2 + 126) * (1u << 23) + (root >> 1) + (root & 1));
}
#else
float root_single(float x) { return __builtin_sqrtf(x); }
#endif

float lane_dot(const float *a, const float *b, uint32_t count) {
  float lane[4] = {0, 0, 0, 0};
  for (uint32_t i = 0; i < count; i += 4)
    for (int l = 0; l < 4; l++) lane[l] += a[i + (uint32_t)l] * b[i + (uint32_t)l];
  return tree(lane);
}

float lane_sum(const float *a, uint32_t count) {
  float lane[4] = {0, 0, 0, 0};
  for (uint32_t i = 0; i < count; i++) lane[i % 4] += a[i];
  return tree(lane);
}

float softmax_weights(const float *x, float *weight, uint32_t count) {
  float top = x[0];
  for (uint32_t i = 1; i < count; i++)
    if (x[i] > top) top = x[i];
  for (uint32_t i = 0; i < count; i++) weight[i] = exp_single(x[i] - top);
  return 1.0f / lane_sum(weight, count);
}
