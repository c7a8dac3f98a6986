#include "grouped_matrix.h"

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

/*
 * row_products.c with vectors: a lane is a row, so a panel of sixteen rows is four vectors. A dot product of a pair of
 * columns is one instruction a vector; a group's sums are multiplied with sixteen scales and added in 64 bits.
 *
 * The panels come from several parts of the matrix in turn, a group each: a processor that loads ahead follows so many
 * streams, and reads memory at its limit. The minima lie in one stream and are added up before, for all rows: beside four
 * of weights and four of scales they would be four more, of which each is over before it is followed.
 */
#define MANY_STREAMS 4

struct sums {
  v128_t low[4], high[4]; /* int64: rows 4n, 4n + 1 and 4n + 2, 4n + 3 */
};

static inline __attribute__((always_inline)) void add_products(struct sums *sums, int n, v128_t products, v128_t factor) {
  sums->low[n] = wasm_i64x2_add(sums->low[n], wasm_i64x2_extmul_low_i32x4(products, factor));
  sums->high[n] = wasm_i64x2_add(sums->high[n], wasm_i64x2_extmul_high_i32x4(products, factor));
}

static inline __attribute__((always_inline)) void load_sums(struct sums *sums, const int64_t *t /* [PANEL] */) {
#pragma clang loop unroll(full)
  for (int n = 0; n < 4; n++) {
    sums->low[n] = wasm_v128_load(t + 4 * n);
    sums->high[n] = wasm_v128_load(t + 4 * n + 2);
  }
}

static inline __attribute__((always_inline)) void store_sums(const struct sums *sums, int64_t *t /* [PANEL] */) {
#pragma clang loop unroll(full)
  for (int n = 0; n < 4; n++) {
    wasm_v128_store(t + 4 * n, sums->low[n]);
    wasm_v128_store(t + 4 * n + 2, sums->high[n]);
  }
}

/* The minima's part of t, zeros where there are none. */
static void minima_products(const struct grouped_matrix *matrix, uint32_t panel, uint32_t panels,
                            const struct activations *activations, int64_t *t /* [panels][PANEL] */) {
  uint32_t pairs = (matrix->columns / GROUP + 1) / 2, bits = (uint32_t)activations->sums_exponent + 4;
  const int16_t *minimum = matrix->minimum ? matrix->minimum + (uintptr_t)panel * pairs * PANEL * 2 : 0;
  for (uint32_t i = 0; i < panels; i++, t += PANEL) {
    struct sums sums;
#pragma clang loop unroll(full)
    for (int n = 0; n < 4; n++) sums.low[n] = sums.high[n] = wasm_i64x2_splat(0);
    for (uint32_t pair = 0; minimum && pair < pairs; pair++, minimum += 2 * PANEL) {
      v128_t both = wasm_v128_load32_splat(activations->sums + 2 * pair);
#pragma clang loop unroll(full)
      for (int n = 0; n < 4; n++) {
        v128_t product = wasm_i32x4_dot_i16x8(wasm_v128_load(minimum + 8 * n), both);
        sums.low[n] = wasm_i64x2_add(sums.low[n], wasm_i64x2_extend_low_i32x4(product));
        sums.high[n] = wasm_i64x2_add(sums.high[n], wasm_i64x2_extend_high_i32x4(product));
      }
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < 4; n++) {
      sums.low[n] = wasm_i64x2_shl(sums.low[n], bits);
      sums.high[n] = wasm_i64x2_shl(sums.high[n], bits);
    }
    store_sums(&sums, t);
  }
}

/* Adds to t, of panels `panel`, `panel + apart`, ..., so many as there are streams. t is that of the first one's rows. */
static inline __attribute__((always_inline)) void panel_products(const int streams, const struct grouped_matrix *matrix,
                                                                 uint32_t panel, uint32_t apart, const int16_t *a,
                                                                 int64_t *t) {
  uint32_t columns = matrix->columns, groups = columns / GROUP;
  const int8_t *w[MANY_STREAMS];
  const int16_t *s[MANY_STREAMS];
  struct sums sums[MANY_STREAMS];
#pragma clang loop unroll(full)
  for (int i = 0; i < streams; i++) {
    uint32_t at = panel + (uint32_t)i * apart;
    w[i] = matrix->weight + (uintptr_t)at * PANEL * columns;
    s[i] = matrix->scale + (uintptr_t)at * groups * PANEL;
    load_sums(&sums[i], t + (uint32_t)i * apart * PANEL);
  }
  for (uint32_t group = 0; group < groups; group++, a += GROUP) {
#pragma clang loop unroll(full)
    for (int i = 0; i < streams; i++) {
      const int8_t *p = w[i];
      const int16_t *pair = a;
      v128_t c[4] = {wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0), wasm_i32x4_splat(0)};
      /* A pair of columns a round: of several, their addresses would be more than there are registers. */
#pragma clang loop unroll(disable)
      for (int j = 0; j < GROUP / 2; j++, p += 2 * PANEL, pair += 2) {
        v128_t both = wasm_v128_load32_splat(pair);
#pragma clang loop unroll(full)
        for (int n = 0; n < 4; n++)
          c[n] = wasm_i32x4_add(c[n], wasm_i32x4_dot_i16x8(wasm_i16x8_load8x8(p + 8 * n), both));
      }
      w[i] = p;
#pragma clang loop unroll(full)
      for (int n = 0; n < 4; n++) add_products(&sums[i], n, c[n], wasm_i32x4_load16x4(s[i] + 4 * n));
      s[i] += PANEL;
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < streams; i++) store_sums(&sums[i], t + (uint32_t)i * apart * PANEL);
}

void row_products(const struct grouped_matrix *matrix, uint32_t row, uint32_t rows,
                  const struct activations *activations, int64_t *t) {
  uint32_t panel = row / PANEL, panels = rows / PANEL, part = panels / MANY_STREAMS;
  minima_products(matrix, panel, panels, activations, t);
  for (uint32_t i = 0; i < part; i++)
    panel_products(MANY_STREAMS, matrix, panel + i, part, activations->values, t + i * PANEL);
  for (uint32_t i = part * MANY_STREAMS; i < panels; i++)
    panel_products(1, matrix, panel + i, 0, activations->values, t + i * PANEL);
}

void pair_products(const struct grouped_matrix *matrix, uint32_t panel, const struct activations activations[2],
                   int64_t t[2][PANEL]) {
  uint32_t columns = matrix->columns, groups = columns / GROUP;
  const int8_t *w = matrix->weight + (uintptr_t)panel * PANEL * columns;
  const int16_t *s = matrix->scale + (uintptr_t)panel * groups * PANEL;
  struct sums sums[2];
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) {
    minima_products(matrix, panel, 1, &activations[i], t[i]);
    load_sums(&sums[i], t[i]);
  }
  const int16_t *a = activations[0].values, *b = activations[1].values;
  for (uint32_t group = 0; group < groups; group++, s += PANEL) {
    v128_t c[2][4];
#pragma clang loop unroll(full)
    for (int n = 0; n < 4; n++) c[0][n] = c[1][n] = wasm_i32x4_splat(0);
#pragma clang loop unroll(disable)
    for (int j = 0; j < GROUP / 2; j += 2, w += 4 * PANEL, a += 4, b += 4) {
#pragma clang loop unroll(full)
      for (int u = 0; u < 2; u++) {
        v128_t first = wasm_v128_load32_splat(a + 2 * u), second = wasm_v128_load32_splat(b + 2 * u);
#pragma clang loop unroll(full)
        for (int n = 0; n < 4; n++) {
          v128_t weights = wasm_i16x8_load8x8(w + 2 * PANEL * u + 8 * n);
          c[0][n] = wasm_i32x4_add(c[0][n], wasm_i32x4_dot_i16x8(weights, first));
          c[1][n] = wasm_i32x4_add(c[1][n], wasm_i32x4_dot_i16x8(weights, second));
        }
      }
    }
#pragma clang loop unroll(full)
    for (int n = 0; n < 4; n++) {
      v128_t scale = wasm_i32x4_load16x4(s + 4 * n);
      add_products(&sums[0], n, c[0][n], scale);
      add_products(&sums[1], n, c[1][n], scale);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 2; i++) store_sums(&sums[i], t[i]);
}
#endif
