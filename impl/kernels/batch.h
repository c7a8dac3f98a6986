/* A node on several tokens at once, as the native executor runs a prompt. */
#ifndef BATCH_H
#define BATCH_H

#include "kernels.h"

enum { MAX_BATCH = 64 };

struct batch {
  uint32_t tokens; /* at most MAX_BATCH */
  /* Operands and output of the first token, and bytes from one token's to the next one's: 0 where all share a tensor. */
  const uint8_t *operand[OPERANDS];
  uint64_t operand_stride[OPERANDS];
  uint8_t *output;
  uint64_t output_stride;
};

/* matmul_grouped.c on every token of the batch, rows of the range: a panel is read once for all. */
void matmul_grouped_batch(const uint32_t *attributes, const struct batch *batch, struct range range, void *scratch);

/* The same of matmul_f32.c. */
void matmul_f32_batch(const uint32_t *attributes, const struct batch *batch, struct range range);

#endif
