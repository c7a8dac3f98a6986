/* A matrix of float32[rows/16][columns][16]: spec/graph/operators/float/matmulF32.ts. */
#ifndef MATRIX_F32_H
#define MATRIX_F32_H

#include "grouped_matrix.h"
#include "single.h"

#define MAX_COLUMNS_F32 (1u << 14)

struct matrix_f32 {
  uint32_t rows, columns;
  const float *weight;
};

static inline struct matrix_f32 matrix_f32(uint32_t rows, uint32_t columns, const float *weight) {
  columns = least(columns - columns % GROUP, MAX_COLUMNS_F32);
  rows = least(rows, (1u << 29) / PANEL / most(columns * 4, 4) * PANEL);
  return (struct matrix_f32){rows, columns, weight};
}

/* Rows that are computed at once: with vectors all of a panel. */
#ifdef __wasm_simd128__
enum { FLOAT_ROWS = PANEL };
#else
enum { FLOAT_ROWS = 1 };
#endif

/*
 * Products of rows `row` to `row + FLOAT_ROWS - 1`, row a multiple of FLOAT_ROWS: blocks of 32 columns, each summed in order
 * from zero, their sums in order.
 */
static inline void products_f32(const struct matrix_f32 *matrix, uint32_t row, const float *x /* [columns] */,
                                float sum[FLOAT_ROWS]) {
  const float *w = matrix->weight + (uintptr_t)(row / PANEL) * PANEL * matrix->columns + row % PANEL;
  for (int i = 0; i < FLOAT_ROWS; i++) sum[i] = 0;
  for (uint32_t block = 0; block < matrix->columns; block += GROUP) {
    float part[FLOAT_ROWS];
    for (int i = 0; i < FLOAT_ROWS; i++) part[i] = 0;
    for (uint32_t c = block; c < block + GROUP; c++, w += PANEL)
      for (int i = 0; i < FLOAT_ROWS; i++) part[i] += w[i] * x[c];
    for (int i = 0; i < FLOAT_ROWS; i++) sum[i] += part[i];
  }
}

#endif
