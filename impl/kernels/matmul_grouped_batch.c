#include "batch.h"
#include "finish_rows.h"

void matmul_grouped_batch(const uint32_t *attributes, const struct batch *batch, struct range range, void *scratch) {
  uint32_t flags = attributes[3];
  const void *tensors[4] = {batch->operand[1], batch->operand[2], batch->operand[3], batch->operand[4]};
  struct grouped_matrix matrix = grouped_matrix(attributes[0], attributes[1], flags, tensors);
  range.end = least(range.end, matrix.rows);
  struct activations activations[MAX_BATCH + 1];
  uint8_t *free = scratch;
  for (uint32_t token = 0; token < batch->tokens; token++, free += (ACTIVATIONS_BYTES(matrix.columns) + 15) & ~15u) {
    int16_t *a = (int16_t *)(void *)free; /* [columns] */
    int32_t exponent = quantise((const int32_t *)(const void *)(batch->operand[0] + token * batch->operand_stride[0]),
                                a, matrix.columns);
    activations[token] = activations_of(a, matrix.columns, exponent, matrix.minimum != 0, a + matrix.columns);
  }
  activations[batch->tokens] = activations[batch->tokens - 1]; /* the odd one's pair */
  for (uint32_t panel = range.first / PANEL; panel * PANEL < range.end; panel++)
    for (uint32_t token = 0; token < batch->tokens; token += 2) {
      int64_t t[2][PANEL];
      pair_products(&matrix, panel, &activations[token], t);
      uint32_t row = panel * PANEL;
      struct range made = {most(row, range.first), least(row + PANEL, range.end)};
      for (uint32_t i = 0; i < 2 && token + i < batch->tokens; i++) {
        const uint8_t *residual = batch->operand[5] + (token + i) * batch->operand_stride[5];
        finish_rows(&matrix, flags & HAS_RESIDUAL ? (const int32_t *)(const void *)residual : 0,
                    attributes[2] - (uint32_t)activations[token + i].exponent, t[i], row, made,
                    (int32_t *)(void *)(batch->output + (token + i) * batch->output_stride));
      }
    }
}
