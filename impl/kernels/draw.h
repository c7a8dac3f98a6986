/* Which token a request draws: spec/graph/operators/sequence/draw.ts. */
#ifndef DRAW_H
#define DRAW_H

#include "kernels.h"

enum { MAX_CANDIDATES = 1 << 10 };

/* Scratch memory of a draw. */
struct draw {
  uint32_t count[256];
  uint32_t token[2][MAX_CANDIDATES]; /* by falling logit, the lower token first; the second for sorting */
  uint32_t key[2][MAX_CANDIDATES];   /* their logits, as numbers of the same order */
};

/* Sorts the first n candidates by falling key; equal ones stay in order. */
void sort(struct draw *draw, uint32_t n);

/* The candidate at which the running sum of weights exceeds the request's target. @return its token */
uint32_t drawn(const struct draw *draw, const uint32_t *weight /* [count] */, uint32_t count, const uint32_t *request,
               uint32_t position);

#endif
