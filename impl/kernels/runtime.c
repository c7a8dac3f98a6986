#include "run_node.h"

/*
 * The guest: runs what stands on its job page and returns its exit code, 0, or 1 for an operator that it does not
 * know (then the output is as it was).
 *
 *   operator code != 0   one node: operand i in slot 1 + i, output in slot 7; of it the tiles of the job's range
 *   operator code 0      a whole graph (k = 1): input in slot 1, image in slot 2, values in slot 3, output in slot 7
 */
enum { WHOLE_GRAPH = 0 };
enum { OPERAND_SLOT = 1, IMAGE_SLOT = 2, UNSET_SLOT = 6, OUTPUT_SLOT = 7 };

#define SLOT_ADDRESS(slot) ((uint32_t)(slot) << 29)

/* The job page, as the linker script places it: a descriptor, then the range of tiles. */
extern const uint32_t job_descriptor[DESCRIPTOR_WORDS];
extern const uint32_t job_range[2];

/* Memory that kernels write and read back, in the lower half of slot 0, which no exit looks at. */
extern uint8_t job_scratch[SCRATCH_BYTES];

/*
 * The image of a whole graph, in words from the bottom of its slot (impl/models/oneImage.ts writes it):
 *
 *   0       node count
 *   1       value slots, a power of two
 *   2       weight slots, a power of two
 *   3       zero
 *   4..     address of each value: slot 1 for the input, slot 7 for the output, else in slot 3
 *   ..      address of each weight, in this image
 *   ..      descriptors, 128 words each
 *   ..      weights
 */
enum { NODE_COUNT_WORD, VALUE_SLOTS_WORD, WEIGHT_SLOTS_WORD, ADDRESSES_WORD = 4 };

/* A reference's kind is in its two highest bits: 1 a value, 2 a weight, else an operand that is all zero. */
static uint32_t operand_address(uint32_t reference, const uint32_t *value, uint32_t value_slots,
                                const uint32_t *weight, uint32_t weight_slots) {
  switch (reference >> 30) {
    case 1: return value[reference & (value_slots - 1)];
    case 2: return weight[reference & (weight_slots - 1)];
    default: return SLOT_ADDRESS(UNSET_SLOT);
  }
}

static int run_graph(const uint32_t *image) {
  uint32_t value_slots = image[VALUE_SLOTS_WORD];
  uint32_t weight_slots = image[WEIGHT_SLOTS_WORD];
  const uint32_t *value = image + ADDRESSES_WORD;
  const uint32_t *weight = value + value_slots;
  const uint32_t *descriptor = weight + weight_slots;
  for (uint32_t node = 0; node < image[NODE_COUNT_WORD]; node++, descriptor += DESCRIPTOR_WORDS) {
    const void *operand[OPERANDS];
    for (int i = 0; i < OPERANDS; i++)
      operand[i] = (const void *)operand_address(descriptor[i], value, value_slots, weight, weight_slots);
    void *output = (void *)value[descriptor[OUTPUT_WORD] & (value_slots - 1)];
    uint32_t tile_count = descriptor[TILE_COUNT_WORD];
    if (run_node(descriptor, operand, output, 0, tile_count == 0 ? 1 : tile_count, job_scratch) != 0) return 1;
  }
  return 0;
}

int main(void) {
  if (job_descriptor[OPERATOR_WORD] == WHOLE_GRAPH) return run_graph((const uint32_t *)SLOT_ADDRESS(IMAGE_SLOT));
  const void *operand[OPERANDS];
  for (int i = 0; i < OPERANDS; i++) operand[i] = (const void *)SLOT_ADDRESS(OPERAND_SLOT + i);
  return run_node(job_descriptor, operand, (void *)SLOT_ADDRESS(OUTPUT_SLOT), job_range[0], job_range[1], job_scratch);
}
