/* The two products of attention, exactly: bounds in attention.c. */
#ifndef ATTEND_H
#define ATTEND_H

#include <stdint.h>

/* out[j] = sum over i of a[i] key[j][i], rows of the cache `width` apart; dim a multiple of four. */
void dot_products(const int16_t *a /* [dim] */, const int16_t *key /* [tokens][width] */, int32_t *out /* [tokens] */,
                  uint32_t dim, uint32_t width, uint32_t tokens);

/* out[d] = sum over j of weight[j] value[j][d], 0 <= weight < 2^24. */
void weighted_sums(const int32_t *weight /* [tokens] */, const int16_t *value /* [tokens][width] */,
                   int64_t *out /* [dim] */, uint32_t dim, uint32_t width, uint32_t tokens);

#endif
