/* y = A x, requantised: int8 matrix of 512 x 784, int8 vector, int32 sums; the output is fed back as input. */
#include "guest.h"

enum { ROWS = 512, COLUMNS = 784, ROUNDS = 150 };

static int8_t matrix[ROWS * COLUMNS];
static int8_t vector[COLUMNS];
static int32_t sums[ROWS];

__attribute__((noinline)) static void multiply(int32_t *y, const int8_t *a, const int8_t *x) {
  for (int row = 0; row < ROWS; row++) {
    int32_t sum = 0;
    for (int column = 0; column < COLUMNS; column++) sum += (int32_t)a[row * COLUMNS + column] * x[column];
    y[row] = sum;
  }
}

/* Scales by 2^-31 * multiplier and clamps to 0 .. 127. */
__attribute__((noinline)) static void requantise(int8_t *x, const int32_t *y, int32_t multiplier) {
  for (int row = 0; row < ROWS; row++) {
    int32_t value = (int32_t)(((int64_t)y[row] * multiplier) >> 31);
    x[row] = (int8_t)(value < 0 ? 0 : value > 127 ? 127 : value);
  }
}

int main(void) {
  uint32_t random = 12345, result = 0;
  for (int i = 0; i < ROWS * COLUMNS; i++) matrix[i] = (int8_t)next_random(&random);
  for (int i = 0; i < COLUMNS; i++) vector[i] = (int8_t)(next_random(&random) & 127);
  for (int round = 0; round < ROUNDS; round++) {
    multiply(sums, matrix, vector);
    requantise(vector, sums, 1 << 20);
    for (int row = 0; row < ROWS; row++) result = digest(result, (uint32_t)sums[row]);
    vector[round % COLUMNS] ^= 1;
  }
  return exit_code(result);
}
