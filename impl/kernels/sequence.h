/* What a model carries from one token to the next: spec/graph/operators/sequence/. */
#ifndef SEQUENCE_H
#define SEQUENCE_H

#include "kernels.h"

/* Words of a request before the prompt. */
enum { PROMPT_LENGTH_WORD, SEED_LOW_WORD, SEED_HIGH_WORD, TEMPERATURE_WORD, TOP_K_WORD, TOP_P_WORD, REQUEST_WORDS = 8 };

/* Tokens that a request or an answer has room for. */
static inline uint32_t capacity(uint32_t asked) { return least(most(asked, 1), 1u << 20); }

static inline uint32_t prompt_length(const uint32_t *request, uint32_t prompt_capacity) {
  return least(most(request[PROMPT_LENGTH_WORD], 1), prompt_capacity);
}

/* The row of a cache or table that belongs to a position; context >= 1. */
static inline uint32_t row_of(const uint32_t *position, uint32_t context) { return least(position[0], context - 1); }

#endif
