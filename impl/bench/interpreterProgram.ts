/**
 * The large guest: an interpreter of a bytecode with many built-in functions, all of them generated, as a language's
 * runtime has them. Each built-in is a function of its own shape: loops over strings, lists and tables, searches,
 * switches, calls of others. The bytecode calls a few of them often and most of them now and then, so that much code is
 * met, of which little is hot. The text depends on nothing but the constants here.
 */
const BUILTINS = 620
const PROGRAM_WORDS = 6000
const ROUNDS = 400

/** xorshift32, as the guests have it. */
const randomNumbers = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

type Random = (below: number) => number

/** An expression over the variables in scope, of nesting `depth`. */
const expression = (random: Random, depth: number): string => {
  if (depth === 0) {
    const leaf = random(8)
    return leaf < 5
      ? ['a', 'b', 'c', 's', 't'][leaf]!
      : leaf < 7
        ? `${random(1000)}u`
        : 'heap[(a ^ s) & MASK]'
  }
  const [x, y] = [expression(random, depth - 1), expression(random, depth - 1 - random(depth))]
  switch (random(9)) {
    case 0:
      return `(${x} + ${y})`
    case 1:
      return `(${x} - ${y})`
    case 2:
      return `(${x} ^ ${y})`
    case 3:
      return `(${x} & (${y} | 255u))`
    case 4:
      return `(${x} << ${1 + random(15)} | ${y} >> ${1 + random(15)})`
    case 5:
      return `(${x} * ${2 * random(50) + 3}u)`
    case 6:
      return `(${x} < ${y} ? ${expression(random, 0)} : ${expression(random, 0)})`
    case 7:
      return `(${x} / (${y} | 1u))`
    default:
      return `(${x} | ${y})`
  }
}

/** One statement of a built-in; `calls` names those that it may call. */
const statement = (random: Random, calls: readonly string[], depth: number): string => {
  const e = (d = 2): string => expression(random, d)
  const inner = (): string => statement(random, calls, depth - 1)
  switch (random(depth > 0 ? 10 : 4)) {
    case 0:
      return `s = ${e(3)};`
    case 1:
      return `t += ${e()};`
    case 2:
      return `heap[(${e(1)}) & MASK] = ${e(1)};`
    case 3:
      return `bytes[(${e(1)}) & BYTE_MASK] = (uint8_t)(s + ${random(256)});`
    case 4:
      return `if (${e(1)} > ${e(1)}) { ${inner()} } else { ${inner()} }`
    case 5:
      return `for (uint32_t i = 0; i < (${e(0)} & ${7 + 8 * random(2)}u); i++) { a += i ^ s; ${inner()} }`
    case 6:
      return `{ uint32_t i = ${e(0)} & BYTE_MASK; while (bytes[i] > ${random(200) + 20}) i = (i + 1) & BYTE_MASK; t ^= i; }`
    case 7: {
      const cases = Array.from(
        { length: 6 + random(10) },
        (_, k) => `case ${k}: ${statement(random, [], 0)} break;`,
      )
      return `switch (${e(1)} % ${cases.length + 1}) { ${cases.join(' ')} default: t++; }`
    }
    case 8:
      return calls.length === 0 ? `c ^= ${e()};` : `s ^= ${calls[random(calls.length)]}(${e(0)}, ${e(0)}, t);`
    default:
      return `{ uint32_t n = ${e(0)} & MASK; for (int i = 0; i < 6 && n; i++) { s += heap[n]; n = heap[n] & MASK; } }`
  }
}

const builtin = (random: Random, index: number): string => {
  // Only lower numbers are called, so that every call ends.
  const calls = index < 20 ? [] : [0, 1, 2].map(() => `builtin_${random(Math.min(index, 60))}`)
  const body = Array.from({ length: 4 + random(5) }, () => `  ${statement(random, calls, 2)}\n`).join('')
  return `static NOINLINE uint32_t builtin_${index}(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t s = a + ${random(1000)}u, t = b ^ c;
${body}  return s + t;
}
`
}

/** Mostly among the first ones: the square of a uniform number twice over. */
const skewed = (random: Random): number => {
  const u = random(1000) / 1000
  return Math.floor(u ** 4 * BUILTINS)
}

/** Bytecode: operation, two registers, a built-in or a constant. */
const bytecode = (random: Random): string =>
  Array.from({ length: PROGRAM_WORDS }, () => {
    const operation = random(12)
    const fourth = operation < 4 ? skewed(random) : random(1 << 12)
    return `0x${(((operation << 28) | (random(16) << 24) | (random(16) << 20) | fourth) >>> 0).toString(16)}u`
  }).join(',')

/** The text of the program in C. */
export const interpreterProgram = (): string => {
  const random = randomNumbers(2463534242)
  const builtins = Array.from({ length: BUILTINS }, (_, index) => builtin(random, index)).join('\n')
  const table = Array.from({ length: BUILTINS }, (_, index) => `builtin_${index}`).join(', ')
  return `#include "guest.h"
#define NOINLINE __attribute__((noinline))
enum { MASK = 4095, BYTE_MASK = 8191, WORDS = ${PROGRAM_WORDS} };
static uint32_t heap[MASK + 1];
static uint8_t bytes[BYTE_MASK + 1];
${builtins}
typedef uint32_t (*builtin)(uint32_t, uint32_t, uint32_t);
static const builtin table[${BUILTINS}] = {${table}};
static const uint32_t program[WORDS] = {${bytecode(random)}};

NOINLINE static uint32_t execute(uint32_t *r, uint32_t steps) {
  uint32_t pc = 0, stack[64], top = 0;
  while (steps--) {
    uint32_t word = program[pc], x = word >> 24 & 15, y = word >> 20 & 15, k = word & 0xfffff;
    pc = pc + 1 == WORDS ? 0 : pc + 1;
    switch (word >> 28) {
      case 0: case 1: case 2: case 3: r[x] = table[k](r[x], r[y], k); break;
      case 4: r[x] += r[y] + k; break;
      case 5: r[x] = r[x] * r[y] + k; break;
      case 6: r[x] ^= r[y] >> (k & 31); break;
      case 7: if (r[x] > r[y]) pc = (pc + (k & 7)) % WORDS; break;
      case 8: stack[top++ & 63] = r[x]; break;
      case 9: r[x] += stack[--top & 63]; break;
      case 10: r[x] = heap[(r[y] + k) & MASK]; break;
      default: heap[(r[x] + k) & MASK] = r[y]; break;
    }
  }
  return r[0] ^ r[7];
}

int main(void) {
  uint32_t random = 12345, result = 0, registers[16];
  for (int i = 0; i <= MASK; i++) heap[i] = next_random(&random);
  for (int i = 0; i <= BYTE_MASK; i++) bytes[i] = (uint8_t)next_random(&random);
  for (int i = 0; i < 16; i++) registers[i] = next_random(&random);
  for (int round = 0; round < ${ROUNDS}; round++) result = digest(result, execute(registers, WORDS));
  return exit_code(result);
}
`
}
