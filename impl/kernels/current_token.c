#include "sequence.h"

/*
 * out[0] = position < n ? prompt[position] : answer[min(position - n, capacity - 1)]      n tokens of the prompt
 *
 * Attributes: prompt capacity, answer capacity. Operands: request, answer int32[answer capacity], position int32[1].
 * Output: int32[1].
 *
 * Bounds: both indices are below the capacities.
 */
void current_token(const uint32_t *attributes, const void *const operand[OPERANDS], void *output,
                   const struct tiles *tiles) {
  struct range range = elements_of(tiles, 1);
  if (range.first == range.end) return;
  const uint32_t *request = operand[0];
  const uint32_t *answer = operand[1];
  uint32_t position = *(const uint32_t *)operand[2];
  uint32_t length = prompt_length(request, capacity(attributes[0]));
  *(ONCE uint32_t *)output = position < length ? request[REQUEST_WORDS + position]
                                               : answer[least(position - length, capacity(attributes[1]) - 1)];
}
