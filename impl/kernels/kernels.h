/*
 * Operators, as the machine runs them: no libc, no globals, no allocation; the caller owns
 * all buffers. spec/graph/operators/ says what each computes, and tests hold the two together bit for bit.
 *
 * Every output element is stored by one aligned store of its own width and never read back (hence volatile in the
 * machine, ONCE where the same source is compiled for vectors too), so the last store to an element is the only one.
 *
 * Some kernels take scratch memory as well: SCRATCH_BYTES of it, aligned to 16 bytes, of any content.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

enum {
  MATMUL_UINT8 = 1,
  MATMUL_INT16 = 2,
  BIAS = 3,
  RELU = 4,
  ARGMAX = 5,
  CURRENT_TOKEN = 6,
  EMBED = 7,
  RMSNORM = 8,
  MATMUL_GROUPED = 9,
  ROPE = 10,
  APPEND = 11,
  ATTENTION = 12,
  SWIGLU = 13,
  ADD = 14,
  SAMPLE = 15,
  WRITE_TOKEN = 16,
  ADVANCE = 17,
  CONV2D = 18,
  MAX_POOL = 19,
  AVERAGE_POOL = 20,
  RECTIFY = 21,
  MULTIPLY = 22,
  SOFTMAX = 23,
  GATHER = 24,
  EMBED_F32 = 32,
  RMSNORM_F32 = 33,
  MATMUL_F32 = 34,
  ROPE_F32 = 35,
  APPEND_F32 = 36,
  ATTENTION_F32 = 37,
  SWIGLU_F32 = 38,
  SAMPLE_F32 = 39,
  ADD_F32 = 40,
  MULTIPLY_F32 = 41,
  RECTIFY_F32 = 42,
  CONV2D_F32 = 43,
  MAX_POOL_F32 = 44,
  AVERAGE_POOL_F32 = 45,
  SOFTMAX_F32 = 46,
  ARGMAX_F32 = 47
};

/* Layout of a descriptor in words: spec/graph/descriptor.ts. */
enum {
  OPERANDS = 6,
  OUTPUT_WORD = 6,
  TILE_COUNT_WORD = 7,
  OPERATOR_WORD = 8,
  TILE_ELEMENTS_WORD = 9,
  ATTRIBUTES_WORD = 10,
  DESCRIPTOR_WORDS = 128
};

#ifdef __riscv
#define ONCE volatile
#else
#define ONCE
#endif

#define SCRATCH_BYTES (1u << 24)

/* The most int32 elements that a slot of 512 MiB holds. */
#define MAX_INT32_ELEMENTS (1u << 27)

struct tiles {
  uint32_t first, count, elements_each;
};

struct range {
  uint32_t first, end;
};

/* Elements of the tiles, cut off at `total`. */
struct range elements_of(const struct tiles *tiles, uint32_t total);

/* Those of them that lie in `part`; empty ranges end where they start, or before. */
struct range elements_within(const struct tiles *tiles, uint32_t total, struct range part);

/* clamp(floor((value * multiplier + floor(2^shift / 2)) / 2^shift)); shift counts as 62 where it is larger. */
int32_t rescale(int32_t value, int32_t multiplier, uint32_t shift);

struct matmul_shape {
  uint32_t rows, columns;
};

/* Rows and columns, clamped so that weights and scales fit their slots. */
struct matmul_shape matmul_shape(const uint32_t *attributes);

static inline uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t most(uint32_t a, uint32_t b) { return a > b ? a : b; }

void matmul_uint8(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                  const struct tiles *tiles);
void matmul_int16(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                  const struct tiles *tiles);
void bias(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void relu(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void argmax(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles);
void current_token(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void embed(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void rmsnorm(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void matmul_grouped(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void rope(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void append(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void attention(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void swiglu(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void add(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void sample(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void write_token(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void advance(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void conv2d(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void max_pool(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void average_pool(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void rectify(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void multiply(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void softmax(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void gather(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void embed_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void rmsnorm_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void matmul_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void rope_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void append_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void attention_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void swiglu_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void sample_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void add_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void multiply_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void rectify_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void conv2d_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void max_pool_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void average_pool_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);
void softmax_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles, void *scratch);
void argmax_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
          const struct tiles *tiles);

#endif
