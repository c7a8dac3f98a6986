#include <stdint.h>

/*
 * matmul.h with int16 activations.
 *
 * Bounds: |weight * activation| <= 2^22 fits an int; the sum is exact for weights within +-127, activations of 15 bits
 * and up to 516 columns.
 */
#define ACTIVATION int16_t
#define MATMUL matmul_int16
#include "matmul.h"
