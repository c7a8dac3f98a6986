#include "order_f32.h"
#include "sequence.h"
#include "single.h"

#define KEY_OF(bits) order_of(bits)
#include "largest.h"
#include "fixed_point.h"

#define MAX_LOGITS (1u << 20)

/* 2^-t in Q24, t = floor((top - logit) inverse): 0 for the largest itself, the most there is where that is no number below 2^32 */
static uint32_t weight_of(uint32_t order, uint32_t top, float inverse) {
  if (order == top) return exp2_neg(0) >> 7;
  float t = (float_of(bits_at(top)) - float_of(bits_at(order))) * inverse;
  return exp2_neg(t < 4294967296.0f ? (uint32_t)t : UINT32_MAX) >> 7;
}

/*
 * out[0] = a token drawn as the request asks
 *
 * Attributes: logits. Operands: logits float32[n], request, position int32[1]. Output: int32[1].
 */
void sample_f32(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                const struct tiles *tiles, void *scratch) {
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  const uint32_t *request = operand[1];
  uint32_t inverse = request[TEMPERATURE_WORD], token = 0;
  struct draw *draw = scratch;
  uint32_t count = largest(draw, operand[0], least(attributes[0], MAX_LOGITS), inverse == 0 ? 1 : request[TOP_K_WORD]);
  if (count > 0 && inverse == 0) token = draw->token[0][0];
  if (count > 0 && inverse != 0) {
    uint32_t *weight = draw->key[1]; /* [count] */
    for (uint32_t i = 0; i < count; i++) weight[i] = weight_of(draw->key[0][i], draw->key[0][0], (float)inverse);
    token = drawn(draw, weight, count, request, *(const uint32_t *)operand[2]);
  }
  *(ONCE uint32_t *)output = token;
}
