/* Which kernel a node asks for. A program has the operators of the families that it is built with. */
#ifndef RUN_NODE_H
#define RUN_NODE_H

#include "kernels.h"

/* 0, or 1 where the program has no such operator: then the output is as it was. */
static int run_node(const uint32_t *descriptor, const void *const operand[OPERANDS], void *output,
                    uint32_t first_tile, uint32_t tile_count, void *scratch) {
  const uint32_t *attributes = descriptor + ATTRIBUTES_WORD;
  const struct tiles tiles = {first_tile, tile_count, descriptor[TILE_ELEMENTS_WORD]};
  (void)scratch;
  switch (descriptor[OPERATOR_WORD]) {
#ifdef INTEGER_OPERATORS
    case MATMUL_UINT8: matmul_uint8(attributes, operand, output, &tiles); return 0;
    case MATMUL_INT16: matmul_int16(attributes, operand, output, &tiles); return 0;
    case BIAS: bias(attributes, operand, output, &tiles); return 0;
    case RELU: relu(attributes, operand, output, &tiles); return 0;
#endif
#if defined INTEGER_OPERATORS || defined VISION_OPERATORS
    case ARGMAX: argmax(attributes, operand, output, &tiles); return 0;
#endif
#if defined LANGUAGE_OPERATORS || defined VISION_OPERATORS
    case MATMUL_GROUPED: matmul_grouped(attributes, operand, output, &tiles, scratch); return 0;
    case ADD: add(attributes, operand, output, &tiles); return 0;
#endif
#ifdef LANGUAGE_OPERATORS
    case EMBED: embed(attributes, operand, output, &tiles); return 0;
    case RMSNORM: rmsnorm(attributes, operand, output, &tiles); return 0;
    case ROPE: rope(attributes, operand, output, &tiles); return 0;
    case APPEND: append(attributes, operand, output, &tiles); return 0;
    case ATTENTION: attention(attributes, operand, output, &tiles, scratch); return 0;
    case SWIGLU: swiglu(attributes, operand, output, &tiles); return 0;
    case SAMPLE: sample(attributes, operand, output, &tiles, scratch); return 0;
#endif
#if defined LANGUAGE_OPERATORS || defined LANGUAGE_F32_OPERATORS
    case CURRENT_TOKEN: current_token(attributes, operand, output, &tiles); return 0;
    case WRITE_TOKEN: write_token(attributes, operand, output, &tiles); return 0;
    case ADVANCE: advance(attributes, operand, output, &tiles); return 0;
#endif
#ifdef VISION_OPERATORS
    case CONV2D: conv2d(attributes, operand, output, &tiles, scratch); return 0;
    case MAX_POOL: max_pool(attributes, operand, output, &tiles); return 0;
    case AVERAGE_POOL: average_pool(attributes, operand, output, &tiles); return 0;
    case RECTIFY: rectify(attributes, operand, output, &tiles); return 0;
    case MULTIPLY: multiply(attributes, operand, output, &tiles); return 0;
    case SOFTMAX: softmax(attributes, operand, output, &tiles); return 0;
#endif
#if defined VISION_OPERATORS || defined VISION_F32_OPERATORS
    case GATHER: gather(attributes, operand, output, &tiles); return 0;
#endif
#ifdef LANGUAGE_F32_OPERATORS
    case EMBED_F32: embed_f32(attributes, operand, output, &tiles); return 0;
    case RMSNORM_F32: rmsnorm_f32(attributes, operand, output, &tiles); return 0;
    case ROPE_F32: rope_f32(attributes, operand, output, &tiles); return 0;
    case APPEND_F32: append_f32(attributes, operand, output, &tiles); return 0;
    case ATTENTION_F32: attention_f32(attributes, operand, output, &tiles, scratch); return 0;
    case SWIGLU_F32: swiglu_f32(attributes, operand, output, &tiles); return 0;
    case SAMPLE_F32: sample_f32(attributes, operand, output, &tiles, scratch); return 0;
#endif
#if defined LANGUAGE_F32_OPERATORS || defined VISION_F32_OPERATORS
    case MATMUL_F32: matmul_f32(attributes, operand, output, &tiles); return 0;
    case ADD_F32: add_f32(attributes, operand, output, &tiles); return 0;
#endif
#ifdef VISION_F32_OPERATORS
    case ARGMAX_F32: argmax_f32(attributes, operand, output, &tiles); return 0;
    case CONV2D_F32: conv2d_f32(attributes, operand, output, &tiles, scratch); return 0;
    case MAX_POOL_F32: max_pool_f32(attributes, operand, output, &tiles); return 0;
    case AVERAGE_POOL_F32: average_pool_f32(attributes, operand, output, &tiles); return 0;
    case RECTIFY_F32: rectify_f32(attributes, operand, output, &tiles); return 0;
    case MULTIPLY_F32: multiply_f32(attributes, operand, output, &tiles); return 0;
    case SOFTMAX_F32: softmax_f32(attributes, operand, output, &tiles, scratch); return 0;
#endif
    default: return 1;
  }
}

#endif
