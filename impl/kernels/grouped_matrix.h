/*
 * A matrix of int8 weights in groups of 32 columns: spec/graph/operators/fixed/groupedMatrix.ts.
 *
 *   weight(r, c) = (w[r][c] S[r][g] + 16 M[r][g]) / 2^E[r]      g = floor(c / 32)
 *   w  int8  [rows/16][columns/2][16][2]        S  int16 [rows/16][columns/32][16]
 *   E  int8  [rows/16][16]                      M  int16 [rows/16][ceil(columns/64)][16][2]
 */
#ifndef GROUPED_MATRIX_H
#define GROUPED_MATRIX_H

#include "kernels.h"

enum { GROUP = 32, PANEL = 16 };
enum { HAS_MINIMA = 1, HAS_RESIDUAL = 2 };

struct grouped_matrix {
  uint32_t rows, columns;
  const int8_t *weight;
  const int16_t *scale;
  const int8_t *exponent;
  const int16_t *minimum; /* null without minima */
};

/* @param tensor w, S, E, M; M is not looked at without HAS_MINIMA in the flags */
struct grouped_matrix grouped_matrix(uint32_t rows, uint32_t columns, uint32_t flags, const void *const tensor[4]);

/* A row of activations and the sums of its groups, both quantised, with their exponents. */
struct activations {
  const int16_t *values; /* [columns] */
  const int16_t *sums;   /* [columns/32, rounded up to an even number]; not there without minima */
  int32_t exponent, sums_exponent;
};

/* Bytes of scratch memory that so many columns need. */
#define ACTIVATIONS_BYTES(columns) (2 * (columns) + (columns) / 4 + 64)

/* The sums of `a` beside it. @param exponent of `a` @param scratch for the sums, behind the values, aligned to 16 */
struct activations activations_of(const int16_t *a /* [columns] */, uint32_t columns, int32_t exponent, int minima,
                                  void *scratch);

/*
 * Products are made of so many rows at once at most, starting at a multiple of ROWS_ALIGNED: four that share the loads
 * of their activations or, with vectors, many panels of sixteen, in an order that reads several parts of the matrix in
 * turn.
 */
#ifdef __wasm_simd128__
enum { ROWS_ALIGNED = PANEL, ROWS_AT_ONCE = 1024 };
#else
enum { ROWS_ALIGNED = 4, ROWS_AT_ONCE = 4 };
#endif

/* t of `rows` rows from `row` on, both multiples of ROWS_ALIGNED: exact, below 2^52 in magnitude. */
void row_products(const struct grouped_matrix *matrix, uint32_t row, uint32_t rows,
                  const struct activations *activations, int64_t *t /* [rows] */);

#ifndef __riscv
/* t of the sixteen rows of a panel for two rows of activations: a load of a weight serves both. */
void pair_products(const struct grouped_matrix *matrix, uint32_t panel, const struct activations activations[2],
                   int64_t t[2][PANEL]);
#endif

#endif
