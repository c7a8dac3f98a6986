#include <stdint.h>

/*
 * matmul.h with uint8 activations.
 *
 * Bounds: |weight * activation| <= 128 * 255 and columns <= 2^14, so |sum| < 2^29: no overflow, always exact.
 */
#define ACTIVATION uint8_t
#define MATMUL matmul_uint8
#include "matmul.h"
