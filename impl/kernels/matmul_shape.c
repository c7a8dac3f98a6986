#include "kernels.h"

#define SLOT_BYTES (1u << 29)
#define MAX_COLUMNS (1u << 14)
/* Bytes of one row's multiplier and shift. */
#define SCALE_BYTES 8u

struct matmul_shape matmul_shape(const uint32_t *attributes) {
  uint32_t columns = least(attributes[1], MAX_COLUMNS);
  uint32_t row_bytes = columns > SCALE_BYTES ? columns : SCALE_BYTES;
  return (struct matmul_shape){least(attributes[0], SLOT_BYTES / row_bytes), columns};
}
