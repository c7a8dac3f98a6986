#include "draw.h"
#include "sequence.h"

/* Sorts by falling key; equal ones stay in order. Merges runs of 1, 2, 4, ... from one half of the scratch to the other. */
void sort(struct draw *draw, uint32_t n) {
  uint32_t from = 0;
  for (uint32_t run = 1; run < n; run *= 2, from ^= 1) {
    const uint32_t *key = draw->key[from], *token = draw->token[from];
    uint32_t *sorted_key = draw->key[from ^ 1], *sorted_token = draw->token[from ^ 1];
    for (uint32_t start = 0; start < n; start += 2 * run) {
      uint32_t a = start, a_end = least(start + run, n), b = a_end, end = least(start + 2 * run, n);
      for (uint32_t i = start; i < end; i++) {
        uint32_t next = b == end || (a < a_end && key[a] >= key[b]) ? a++ : b++;
        sorted_key[i] = key[next];
        sorted_token[i] = token[next];
      }
    }
  }
  if (from == 0) return;
  for (uint32_t i = 0; i < n; i++) {
    draw->key[0][i] = draw->key[1][i];
    draw->token[0][i] = draw->token[1][i];
  }
}

/* splitmix64: a bijection of 64-bit numbers, its upper half. */
static uint32_t random_word(uint64_t seed, uint32_t position) {
  uint64_t z = seed + ((uint64_t)position + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return (uint32_t)((z ^ (z >> 31)) >> 32);
}

/* Bounds: weights are at most 2^24, their sums at most 2^34; a product with 2^32 is taken in two halves. */
uint32_t drawn(const struct draw *draw, const uint32_t *weight, uint32_t count, const uint32_t *request,
               uint32_t position) {
  uint64_t sum = 0, need;
  for (uint32_t i = 0; i < count; i++) sum += weight[i];
  uint32_t top_p = request[TOP_P_WORD];
  need = top_p == 0 || top_p >= 1u << 16 ? sum : (sum * top_p + 65535) >> 16;
  sum = 0;
  for (uint32_t i = 0; sum < need; i++) sum += weight[i];
  uint64_t random = random_word(((uint64_t)request[SEED_HIGH_WORD] << 32) | request[SEED_LOW_WORD], position);
  uint64_t target = random * (sum >> 32) + ((random * (uint32_t)sum) >> 32);
  uint32_t i = 0;
  for (sum = weight[0]; sum <= target; sum += weight[++i]) continue;
  return draw->token[0][i];
}
