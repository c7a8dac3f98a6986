/* Quicksort of 2^16 random words, short pieces by insertion (Hoare, "Quicksort", 1962). */
#include "guest.h"

enum { COUNT = 1 << 16, ROUNDS = 25, SHORT = 12 };

static uint32_t values[COUNT];

__attribute__((noinline)) static void sort(uint32_t *low, uint32_t *high) {
  while (high - low > SHORT) {
    uint32_t pivot = low[(high - low) >> 1], *left = low, *right = high - 1;
    do {
      while (*left < pivot) left++;
      while (pivot < *right) right--;
      if (left <= right) {
        uint32_t swapped = *left;
        *left++ = *right;
        *right-- = swapped;
      }
    } while (left <= right);
    /* The shorter piece by a call, so that the stack stays small. */
    if (right - low < high - 1 - left) {
      sort(low, right + 1);
      low = left;
    } else {
      sort(left, high);
      high = right + 1;
    }
  }
  for (uint32_t *i = low + 1; i < high; i++) {
    uint32_t value = *i, *hole = i;
    for (; hole > low && hole[-1] > value; hole--) *hole = hole[-1];
    *hole = value;
  }
}

int main(void) {
  uint32_t random = 12345, result = 0;
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < COUNT; i++) values[i] = next_random(&random);
    sort(values, values + COUNT);
    for (int i = 1; i < COUNT; i++)
      if (values[i - 1] > values[i]) return 255;
    for (int i = 0; i < COUNT; i += 97) result = digest(result, values[i]);
  }
  return exit_code(result);
}
