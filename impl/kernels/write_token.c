#include "sequence.h"

enum { MAX_END_TOKENS = 16 };
#define PADDING 0xffffffffu

/* Whether nothing but padding follows a token. */
static int is_last(uint32_t token, const uint32_t *ends /* [count] */, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (ends[i] == token) return 1;
  return token == PADDING;
}

/*
 * out[i] = token, or padding (-1) where out[i - 1] is an end token or padding; i = position + 1 - tokens of the prompt,
 * if that is an element of the answer
 *
 * Attributes: prompt capacity, answer capacity, number of end tokens, end tokens. Operands: token int32[1], request,
 * position int32[1], answer (as it was). Output, in place: int32[answer capacity].
 *
 * Bounds: i is compared modulo 2^32 with a capacity of at most 2^20; inside the prompt it is 2^32 less something.
 */
void write_token(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                 const struct tiles *tiles) {
  const uint32_t *request = operand[1];
  const uint32_t *answer = operand[3]; /* [answer capacity] */
  uint32_t position = *(const uint32_t *)operand[2];
  uint32_t length = prompt_length(request, capacity(attributes[0]));
  if (position < length - 1) return;
  uint32_t i = position - (length - 1);
  struct range range = elements_of(tiles, capacity(attributes[1]));
  if (i < range.first || i >= range.end) return;
  int ended = i > 0 && is_last(answer[i - 1], attributes + 3, least(attributes[2], MAX_END_TOKENS));
  ((ONCE uint32_t *)output)[i] = ended ? PADDING : *(const uint32_t *)operand[0];
}
