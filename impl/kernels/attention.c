#include "fixed_point.h"
#include "attend.h"
#include "sequence.h"

#define MAX_HEADS (1u << 10)
#define MAX_DIM 256u
#define MAX_CONTEXT (1u << 16)
#define MAX_INT16_ELEMENTS (1u << 28)

/* The query in few enough bits that its product with any int16 stays in int32. @return its exponent */
static int32_t shorten(const int32_t *query /* [dim] */, int16_t *a /* [dim] */, uint32_t dim) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < dim; i++) sum += magnitude(query[i]);
  int32_t e = magnitude_bits(query, dim) - 14;
  if (e < 0) e = 0;
  while ((sum >> e) + dim > 65535) e++;
  for (uint32_t i = 0; i < dim; i++) a[i] = (int16_t)shift_round(query[i], e);
  return e;
}

/*
 * e = least with bits(max |q|) <= 14 + e and floor(sum |q| / 2^e) + dim <= 65535;    a = q / 2^e, rounded
 * s[j] = saturate((a . k[j]) multiplier / 2^(scoreShift - e))
 * p[j] = 2^(s[j] - max s) in Q24      P = sum of p      B = bits(P)      R = min(floor(2^61 / floor(P 2^(31 - B))), 2^31 - 1)
 * out[d] = saturate(round((sum of p[j] v[j][d]) / 2^(B - 16)) R / 2^(46 - outShift))
 *
 * Attributes: heads, heads that share a key and value head, dim, context, multiplier, scoreShift, outShift. Operands: q
 * int32[heads][dim], k and v int16[context][width], width = ceil(heads / shared) dim, position int32[1].
 * Output: int32[heads][dim].
 *
 * Bounds: |a| <= 2^14, sum |a| <= 65535: |a . k| < 2^31; p < 2^24, at most 2^16 tokens: P < 2^40, |sum of p v| <= 2^55,
 * at most 2^31 after its shift; R < 2^31.
 *
 * Scratch: a query, then 8 bytes a token.
 */
void attention(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
               const struct tiles *tiles, void *scratch) {
  uint32_t heads = least(attributes[0], MAX_HEADS), shared = least(most(attributes[1], 1), MAX_HEADS);
  uint32_t dim = least(attributes[2], MAX_DIM) & ~3u, width = (heads + shared - 1) / shared * dim;
  struct range range = elements_of(tiles, heads * dim);
  if (range.first == range.end) return;
  uint32_t context = least(most(attributes[3], 1), least(MAX_CONTEXT, MAX_INT16_ELEMENTS / width));
  uint32_t tokens = row_of(operand[3], context) + 1;
  int32_t multiplier = (int32_t)attributes[4], out_shift = (int32_t)(46 - attributes[6]);
  ONCE int32_t *out = output;                                 /* [heads][dim] */
  int16_t *a = scratch;                                       /* [dim] */
  int32_t *score = (int32_t *)(void *)(a + MAX_DIM);          /* [tokens] */
  int64_t sum[MAX_DIM];

  for (uint32_t head = range.first / dim; head * dim < range.end; head++) {
    uint32_t column = head / shared * dim;
    int32_t e = shorten((const int32_t *)operand[0] + head * dim, a, dim);
    const int16_t *key = (const int16_t *)operand[1] + column, *value = (const int16_t *)operand[2] + column;
    dot_products(a, key, score, dim, width, tokens);
    int32_t top = scale_scores(score, tokens, multiplier, (int32_t)(attributes[5] - (uint32_t)e));
    uint64_t total = score_weights(score, tokens, top);
    int32_t total_bits = bit_length64(total);
    int32_t inverse =
        reciprocal((uint32_t)(total_bits > 31 ? total >> (total_bits - 31) : total << (31 - total_bits)));
    weighted_sums(score, value, sum, dim, width, tokens);
    uint32_t base = head * dim;
    for (uint32_t d = most(base, range.first) - base; d < least(base + dim, range.end) - base; d++)
      out[base + d] = shift_saturate(shift_round(sum[d], total_bits - 16) * inverse, out_shift);
  }
}
