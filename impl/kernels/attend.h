/* The two products of attention, exactly: bounds in attention.c. */
#ifndef ATTEND_H
#define ATTEND_H

#include <stdint.h>

/* out[j] = sum over i of a[i] key[j][i], rows of the cache `width` apart; dim a multiple of four. */
void dot_products(const int16_t *a /* [dim] */, const int16_t *key /* [tokens][width] */, int32_t *out /* [tokens] */,
                  uint32_t dim, uint32_t width, uint32_t tokens);

/* score[j] = saturate(score[j] multiplier / 2^bits). @return the largest */
int32_t scale_scores(int32_t *score /* [tokens] */, uint32_t tokens, int32_t multiplier, int32_t bits);

/* score[j] = 2^(score[j] - top) in Q24. @return their sum */
uint64_t score_weights(int32_t *score /* [tokens] */, uint32_t tokens, int32_t top);

/* out[d] = sum over j of weight[j] value[j][d], 0 <= weight < 2^24. The weights, and one word behind them, are used up. */
void weighted_sums(int32_t *weight /* [tokens] */, const int16_t *value /* [tokens][width] */,
                   int64_t *out /* [dim] */, uint32_t dim, uint32_t width, uint32_t tokens);

#endif
