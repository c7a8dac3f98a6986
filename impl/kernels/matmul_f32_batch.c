#include "batch.h"
#include "matrix_f32.h"

/* Tokens that share the loads of a weight: with vectors as many as there are registers for. */
enum { TOKENS_AT_ONCE = 2 };

/* As products_f32, of each token: no sum depends on how many tokens there are. */
static inline void batch_products_f32(const struct matrix_f32 *matrix, uint32_t row,
                                      const float *const x[TOKENS_AT_ONCE] /* [columns] each */,
                                      float sum[TOKENS_AT_ONCE][FLOAT_ROWS]) {
  const float *w = matrix->weight + (uintptr_t)(row / PANEL) * PANEL * matrix->columns + row % PANEL;
  for (int token = 0; token < TOKENS_AT_ONCE; token++)
    for (int i = 0; i < FLOAT_ROWS; i++) sum[token][i] = 0;
  for (uint32_t block = 0; block < matrix->columns; block += GROUP) {
    float part[TOKENS_AT_ONCE][FLOAT_ROWS];
    for (int token = 0; token < TOKENS_AT_ONCE; token++)
      for (int i = 0; i < FLOAT_ROWS; i++) part[token][i] = 0;
    for (uint32_t c = block; c < block + GROUP; c++, w += PANEL)
      for (int token = 0; token < TOKENS_AT_ONCE; token++)
        for (int i = 0; i < FLOAT_ROWS; i++) part[token][i] += w[i] * x[token][c];
    for (int token = 0; token < TOKENS_AT_ONCE; token++)
      for (int i = 0; i < FLOAT_ROWS; i++) sum[token][i] += part[token][i];
  }
}

void matmul_f32_batch(const uint32_t *attributes, const struct batch *batch, struct range range) {
  struct matrix_f32 matrix =
      matrix_f32(attributes[0], attributes[1], (const float *)(const void *)batch->operand[1]);
  int has_residual = attributes[2] & HAS_RESIDUAL;
  range.end = least(range.end, matrix.rows);
  for (uint32_t row = range.first - range.first % FLOAT_ROWS; row < range.end; row += FLOAT_ROWS)
    for (uint32_t first = 0; first < batch->tokens; first += TOKENS_AT_ONCE) {
      const float *x[TOKENS_AT_ONCE];
      float sum[TOKENS_AT_ONCE][FLOAT_ROWS];
      /* Behind the last token it is repeated. */
      for (uint32_t i = 0; i < TOKENS_AT_ONCE; i++)
        x[i] = (const float *)(const void *)(batch->operand[0] +
                                             least(first + i, batch->tokens - 1) * batch->operand_stride[0]);
      batch_products_f32(&matrix, row, x, sum);
      for (uint32_t i = 0; i < TOKENS_AT_ONCE && first + i < batch->tokens; i++) {
        const float *residual =
            (const float *)(const void *)(batch->operand[2] + (first + i) * batch->operand_stride[2]); /* [rows] */
        uint32_t *out = (uint32_t *)(void *)(batch->output + (first + i) * batch->output_stride); /* [rows] */
        for (uint32_t r = most(row, range.first); r < least(row + FLOAT_ROWS, range.end); r++)
          out[r] = stored(has_residual ? sum[i][r - row] + residual[r] : sum[i][r - row]);
      }
    }
}
