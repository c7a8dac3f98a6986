/* y = A x in IEEE single precision, by the compiler's software: 128 x 128, the output fed back as input. */
#include "guest.h"

enum { SIZE = 128, ROUNDS = 330 };

static float matrix[SIZE * SIZE];
static float x[SIZE];
static float y[SIZE];

__attribute__((noinline)) static void multiply(float *out, const float *a, const float *in) {
  for (int row = 0; row < SIZE; row++) {
    float sum = 0;
    for (int column = 0; column < SIZE; column++) sum += a[row * SIZE + column] * in[column];
    out[row] = sum;
  }
}

int main(void) {
  uint32_t random = 12345, result = 0;
  for (int i = 0; i < SIZE * SIZE; i++)
    matrix[i] = (float)((int32_t)(next_random(&random) & 0xffff) - 32768) * (1.0f / (1 << 19));
  for (int i = 0; i < SIZE; i++) x[i] = (float)(next_random(&random) & 255) * (1.0f / 256);
  for (int round = 0; round < ROUNDS; round++) {
    multiply(y, matrix, x);
    for (int i = 0; i < SIZE; i++) {
      union { float value; uint32_t bits; } out = {y[i]};
      result = digest(result, out.bits);
      x[i] = y[i] < 0 ? 0.5f - y[i] : y[i] + 0.01f;
      if (x[i] > 4.0f) x[i] = 0.25f;
    }
  }
  return exit_code(result);
}
