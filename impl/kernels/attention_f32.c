#include "sequence.h"
#include "single.h"

#define MAX_HEADS (1u << 10)
#define MAX_DIM 256u
#define MAX_CONTEXT (1u << 16)
#define MAX_CACHE_ELEMENTS (1u << 27)

/*
 * s[j] = (q . k[j]) scale      p[j] = e^(s[j] - max s)      out[d] = (sum of p[j] v[j][d]) (1 / sum of p)
 *
 * Attributes: heads, heads that share a key and value head, dim, context, scale (bits of a float32). Operands: q
 * float32[heads][dim], k and v float32[context][width], position int32[1]. Output: float32[heads][dim].
 *
 * Scratch: 4 bytes a token.
 */
void attention_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                   const struct tiles *tiles, void *scratch) {
  uint32_t heads = least(attributes[0], MAX_HEADS), shared = least(most(attributes[1], 1), MAX_HEADS);
  uint32_t dim = least(attributes[2], MAX_DIM) & ~3u, width = (heads + shared - 1) / shared * dim;
  struct range range = elements_of(tiles, heads * dim);
  if (range.first == range.end) return;
  uint32_t context = least(most(attributes[3], 1), least(MAX_CONTEXT, MAX_CACHE_ELEMENTS / width));
  uint32_t tokens = row_of(operand[3], context) + 1;
  float scale = float_of(attributes[4]), *weight = scratch, sum[MAX_DIM];
  ONCE uint32_t *out = output; /* [heads][dim] */
  for (uint32_t head = range.first / dim; head * dim < range.end; head++) {
    const float *query = (const float *)operand[0] + head * dim;
    const float *key = (const float *)operand[1] + head / shared * dim;
    const float *value = (const float *)operand[2] + head / shared * dim;
    for (uint32_t j = 0; j < tokens; j++, key += width) weight[j] = lane_dot(query, key, dim) * scale;
    float inverse = softmax_weights(weight, weight, tokens);
    for (uint32_t d = 0; d < dim; d++) sum[d] = 0;
    for (uint32_t j = 0; j < tokens; j++, value += width)
      for (uint32_t d = 0; d < dim; d++) sum[d] += weight[j] * value[d];
    uint32_t base = head * dim;
    for (uint32_t d = most(base, range.first) - base; d < least(base + dim, range.end) - base; d++)
      out[base + d] = stored(sum[d] * inverse);
  }
}
