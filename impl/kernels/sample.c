#include "fixed_point.h"
#include "sequence.h"

#define MAX_LOGITS (1u << 20)
/* Two's complement with the sign bit turned over is ordered as an unsigned number is. */
#define KEY_OF(bits) ((bits) ^ 0x80000000u)
#include "largest.h"

/*
 * out[0] = a token drawn as the request asks; the weight of a logit is 2^-t in Q24,
 * t = min(floor((max - logit) inverse temperature / 2^fraction), 2^32 - 1)
 *
 * Attributes: logits, fraction. Operands: logits int32[n], request, position int32[1]. Output: int32[1].
 *
 * Bounds: a difference and a temperature are below 2^32.
 */
void sample(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
            const struct tiles *tiles, void *scratch) {
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  uint32_t n = least(attributes[0], MAX_LOGITS), fraction = least(attributes[1], 31);
  const uint32_t *logit = operand[0], *request = operand[1]; /* [n] */
  uint32_t inverse = request[TEMPERATURE_WORD], token = 0;
  struct draw *draw = scratch;
  uint32_t count = largest(draw, logit, n, inverse == 0 ? 1 : request[TOP_K_WORD]);
  if (count > 0 && inverse == 0) token = draw->token[0][0];
  if (count > 0 && inverse != 0) {
    uint32_t top = draw->key[0][0], *weight = draw->key[1]; /* [count] */
    for (uint32_t i = 0; i < count; i++) {
      uint64_t t = ((uint64_t)(top - draw->key[0][i]) * inverse) >> fraction;
      weight[i] = exp2_neg(t > UINT32_MAX ? UINT32_MAX : (uint32_t)t) >> 7;
    }
    token = drawn(draw, weight, count, request, *(const uint32_t *)operand[2]);
  }
  *(ONCE uint32_t *)output = token;
}
