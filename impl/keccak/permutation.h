/*
 * keccak-256 of two messages of 64 bytes at once, one in each half of a SIMD register: what every inner node of a
 * Merkle tree is. A message is one block of the sponge, so each costs one permutation. And of any other single block.
 *
 * Keccak-f[1600] as in FIPS 202, section 3.2, lane (x, y) of the state at index x + 5 y; the padding is that of the
 * original Keccak, as Ethereum has it.
 */
#ifndef PERMUTATION_H
#define PERMUTATION_H

#include <stdint.h>

#define HASH_BYTES 32
/* What a block of the sponge takes in. */
#define RATE_WORDS 17

/* The same lane of the two states. */
typedef uint64_t lanes __attribute__((vector_size(16)));
typedef uint8_t lane_bytes __attribute__((vector_size(16)));

/* The state must stay in registers and locals: a loop over it that is left over would put it into memory. */
#define UNROLLED _Pragma("clang loop unroll(full)")
#define INLINED static inline __attribute__((always_inline))

#define ROUNDS 24

static const uint64_t ROUND_CONSTANTS[ROUNDS] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

/* By how many bits rho rotates lane (x, y). */
static const uint32_t ROTATIONS[25] = {
    0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14,
};

INLINED lanes both(uint64_t value) {
  return (lanes){value, value};
}

INLINED lanes rotate_left(lanes value, uint32_t bits) {
  const lane_bytes bytes = (lane_bytes)value;
  switch (bits) {
    case 0:
      return value;
    /* Whole bytes: one instruction instead of three. */
    case 8:
      return (lanes)__builtin_shufflevector(bytes, bytes, 7, 0, 1, 2, 3, 4, 5, 6, 15, 8, 9, 10, 11, 12, 13, 14);
    case 56:
      return (lanes)__builtin_shufflevector(bytes, bytes, 1, 2, 3, 4, 5, 6, 7, 0, 9, 10, 11, 12, 13, 14, 15, 8);
    default:
      return (value << bits) | (value >> (64 - bits));
  }
}

INLINED void permute_round(lanes state[25], uint64_t constant) {
  lanes column[5], moved[25];
  UNROLLED for (int x = 0; x < 5; x++) {
    column[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20];
  }
  UNROLLED for (int x = 0; x < 5; x++) {
    const lanes theta = column[(x + 4) % 5] ^ rotate_left(column[(x + 1) % 5], 1);
    UNROLLED for (int y = 0; y < 5; y++) {
      const int at = x + 5 * y;
      moved[y + 5 * ((2 * x + 3 * y) % 5)] = rotate_left(state[at] ^ theta, ROTATIONS[at]);
    }
  }
  UNROLLED for (int row = 0; row < 25; row += 5) {
    UNROLLED for (int x = 0; x < 5; x++) {
      state[row + x] = moved[row + x] ^ (~moved[row + (x + 1) % 5] & moved[row + (x + 2) % 5]);
    }
  }
  state[0] ^= both(constant);
}

/* Hashes the 64 bytes at `first` and those at `second`, 8-byte words both, into 32 bytes each. */
static __attribute__((noinline)) void hash_two(const uint64_t *first, const uint64_t *second,
                                               uint64_t *first_hash, uint64_t *second_hash) {
  lanes state[25];
  UNROLLED for (int i = 0; i < 25; i++) {
    state[i] = i < 8 ? (lanes){first[i], second[i]} : both(0);
  }
  state[8] = both(1);
  state[16] = both(0x8000000000000000);
  /* Apart from the loop, the first round leaves out what zeros make of themselves, the last what nobody reads. */
  permute_round(state, ROUND_CONSTANTS[0]);
  /* Two rounds a turn: a twentieth less, since the state goes back where the loop has it half as often. */
  _Pragma("clang loop unroll(disable)") for (int i = 1; i < ROUNDS - 1; i += 2) {
    permute_round(state, ROUND_CONSTANTS[i]);
    permute_round(state, ROUND_CONSTANTS[i + 1]);
  }
  permute_round(state, ROUND_CONSTANTS[ROUNDS - 1]);
  UNROLLED for (int i = 0; i < 4; i++) {
    first_hash[i] = state[i][0];
    second_hash[i] = state[i][1];
  }
}

/* Hashes the padded block of 17 words at `block`, 8-byte words, into 32 bytes: any message of up to 135 bytes. */
static __attribute__((noinline, unused)) void hash_one(const uint64_t *block, uint64_t *hash) {
  lanes state[25];
  UNROLLED for (int i = 0; i < 25; i++) {
    state[i] = both(i < RATE_WORDS ? block[i] : 0);
  }
  _Pragma("clang loop unroll(disable)") for (int i = 0; i < ROUNDS; i++) {
    permute_round(state, ROUND_CONSTANTS[i]);
  }
  UNROLLED for (int i = 0; i < 4; i++) {
    hash[i] = state[i][0];
  }
}

#endif
