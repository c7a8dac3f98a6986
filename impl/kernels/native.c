#include "batch.h"
#include "cache_chunks.h"
#include "grouped_matrix.h"
#include "run_node.h"

/*
 * What a thread of the native executor runs: nodes one after the other, of each its own share of the output, and a
 * barrier where a node reads what another thread may still be writing. Every thread runs the same list.
 */

/* Written by impl/graph/native/plan.ts. */
struct task {
  uint64_t descriptor; /* with tiles of one element */
  uint64_t operand[OPERANDS], output;
  uint64_t operand_stride[OPERANDS], output_stride;
  uint32_t elements;
  uint32_t granule; /* shares start at multiples of it */
  uint32_t waits;   /* whether there is a barrier before it */
  uint32_t unused;
};

struct barrier {
  uint32_t arrived, generation, sleepers;
};

/*
 * A thread that others keep waiting looks on for a while, and then sleeps. To fall asleep and be woken takes longer than a
 * share of a node's work is late on an idle machine: there it looks on for MOST_SPINS, some hundred microseconds. On a busy
 * one it only takes time away from those that it waits for: each time that it had to sleep it is less patient, down to
 * LEAST_SPINS. Where it waits for more than a moment, it hashes.
 */
enum { MOST_SPINS = 100000, LEAST_SPINS = 4000, BRIEF_SPINS = 500, SPINS_OF_HASHES = 500 };

static void wait_for_all(struct barrier *barrier, uint32_t threads, uint32_t *spins, struct hasher *hasher) {
  if (threads == 1) return;
  uint32_t generation = __atomic_load_n(&barrier->generation, __ATOMIC_SEQ_CST);
  if (__atomic_add_fetch(&barrier->arrived, 1, __ATOMIC_SEQ_CST) == threads) {
    __atomic_store_n(&barrier->arrived, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&barrier->generation, generation + 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&barrier->sleepers, __ATOMIC_SEQ_CST) > 0)
      __builtin_wasm_memory_atomic_notify((int *)&barrier->generation, threads);
    return;
  }
  for (uint32_t i = 0; i < *spins; i++) {
    if (__atomic_load_n(&barrier->generation, __ATOMIC_SEQ_CST) != generation) {
      *spins = least(*spins + *spins / 16, MOST_SPINS);
      return;
    }
    if (i > BRIEF_SPINS && hash_some(hasher)) i += SPINS_OF_HASHES;
  }
  *spins = most(*spins / 8, LEAST_SPINS);
  __atomic_add_fetch(&barrier->sleepers, 1, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&barrier->generation, __ATOMIC_SEQ_CST) == generation)
    __builtin_wasm_memory_atomic_wait32((int *)&barrier->generation, (int)generation, -1);
  __atomic_sub_fetch(&barrier->sleepers, 1, __ATOMIC_SEQ_CST);
}

/* Units [first, end) of `units` that are this thread's. */
static struct range share(uint32_t units, uint32_t thread, uint32_t threads) {
  return (struct range){(uint32_t)((uint64_t)units * thread / threads),
                        (uint32_t)((uint64_t)units * (thread + 1) / threads)};
}

static void run_token(const struct task *task, uint32_t token, struct range range, void *scratch) {
  const void *operand[OPERANDS];
  for (int i = 0; i < OPERANDS; i++)
    operand[i] = (const void *)(uintptr_t)(task->operand[i] + token * task->operand_stride[i]);
  run_node((const uint32_t *)(uintptr_t)task->descriptor, operand,
           (void *)(uintptr_t)(task->output + token * task->output_stride), range.first, range.end - range.first,
           scratch);
}

static void run_batch(const struct task *task, uint32_t tokens, struct range range, void *scratch) {
  struct batch batch = {.tokens = tokens,
                        .output = (uint8_t *)(uintptr_t)task->output,
                        .output_stride = task->output_stride};
  for (int i = 0; i < OPERANDS; i++) {
    batch.operand[i] = (const uint8_t *)(uintptr_t)task->operand[i];
    batch.operand_stride[i] = task->operand_stride[i];
  }
  const uint32_t *descriptor = (const uint32_t *)(uintptr_t)task->descriptor;
  if (descriptor[OPERATOR_WORD] == MATMUL_GROUPED)
    matmul_grouped_batch(descriptor + ATTRIBUTES_WORD, &batch, range, scratch);
  else
    matmul_f32_batch(descriptor + ATTRIBUTES_WORD, &batch, range);
}

/*
 * Runs the tasks on `tokens` tokens. Returns when all threads have come to the end.
 *
 * @param scratch SCRATCH_BYTES of this thread's own
 * @param hasher this thread's own
 */
__attribute__((visibility("default"))) void run_tasks(const struct task *tasks /* [count] */, uint32_t count,
                                                      uint32_t tokens, uint32_t thread, uint32_t threads,
                                                      struct barrier *barrier, void *scratch,
                                                      struct hasher *hasher) {
  uint32_t spins = MOST_SPINS;
  for (const struct task *task = tasks; task < tasks + count; task++) {
    if (task->waits) wait_for_all(barrier, threads, &spins, hasher);
    uint32_t units = (task->elements + task->granule - 1) / task->granule;
    uint32_t code = ((const uint32_t *)(uintptr_t)task->descriptor)[OPERATOR_WORD];
    int batched = (code == MATMUL_GROUPED || code == MATMUL_F32) && tokens > 1;
    /* A product's weights are read once for all tokens, so a thread takes its rows for each of them. */
    struct range mine = share(batched ? units : units * tokens, thread, threads);
    if (batched) {
      struct range rows = {mine.first * task->granule, least(mine.end * task->granule, task->elements)};
      if (rows.first < rows.end) run_batch(task, tokens, rows, scratch);
      continue;
    }
    for (uint32_t unit = mine.first; unit < mine.end;) {
      uint32_t token = unit / units, end = least(mine.end, (token + 1) * units);
      struct range range = {(unit - token * units) * task->granule,
                            least((end - token * units) * task->granule, task->elements)};
      run_token(task, token, range, scratch);
      unit = end;
    }
  }
  wait_for_all(barrier, threads, &spins, hasher);
}

/* Hashes chunks of caches that are complete until there is none. */
__attribute__((visibility("default"))) void hash_chunks(struct hasher *hasher) {
  while (hash_some(hasher)) {
  }
}
