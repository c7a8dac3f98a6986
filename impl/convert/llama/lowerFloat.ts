import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { GraphPlan } from '../graphPlan.ts'
import { planFloatMatrix } from '../weights/floatMatrix.ts'
import { readAll } from '../weights/tensorPlace.ts'
import type { LlamaSource } from './llamaSource.ts'
import type { LlamaOperators } from './lowerFixed.ts'
import { floatRopeTable } from './rope.ts'

const HAS_RESIDUAL = 2

/** A single-precision number as an attribute. */
const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0]!
const bytesOf = (array: Float32Array): Bytes =>
  new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength)

/** LLaMA in IEEE single precision: weights as the file has them, nothing is calibrated. */
export const floatOperators = (plan: GraphPlan, source: LlamaSource, context: number): LlamaOperators => {
  const { width, heads, kvHeads, headDim, feedForward, vocabulary, epsilon, frequencies } = source.config
  const cacheWidth = kvHeads * headDim
  const embedding = planFloatMatrix(plan, 'embedding', [source.embedding])
  const table = plan.weight('rope', 'float32', [context, headDim / 2, 2])
  plan.fill({
    weights: 0,
    *run(write) {
      write(table, bytesOf(floatRopeTable(frequencies, context)))
      yield 0
    },
  })
  return {
    embed: (token) =>
      plan.node('embedding', 'embed-f32', [token, embedding.operand], [embedding.rows, embedding.columns]),
    norm: (name, place, x) => {
      const gain = plan.weight(`${name}.gain`, 'float32', [width])
      plan.fill({
        weights: width,
        *run(write) {
          write(gain, bytesOf(readAll(place)))
          yield width
        },
      })
      return plan.node(name, 'rmsnorm-f32', [x, gain], [width, bitsOf(epsilon)])
    },
    product: (name, places, x, _kind, residual) => {
      const matrix =
        places.length === 1 && places[0] === source.embedding
          ? embedding
          : planFloatMatrix(plan, name, places)
      return plan.node(
        name,
        'matmul-f32',
        [x, matrix.operand, residual],
        [matrix.rows, matrix.columns, residual === undefined ? 0 : HAS_RESIDUAL],
      )
    },
    rope: (name, x, elements, position) =>
      plan.node(name, 'rope-f32', [x, table, position], [elements, headDim, context]),
    caches: (_block, name) => {
      const keys = plan.carry(`${name}.keys`, 'float32', [context, cacheWidth])
      const values = plan.carry(`${name}.values`, 'float32', [context, cacheWidth])
      return {
        keys,
        values,
        append: (node, which, x, offset, position) => {
          const cache = which === 'keys' ? keys : values
          plan.node(node, 'append-f32', [x, position], [cacheWidth, context, offset], cache)
        },
        attention: (node, query, position) =>
          plan.node(
            node,
            'attention-f32',
            [query, keys, values, position],
            [heads, heads / kvHeads, headDim, context, bitsOf(1 / Math.sqrt(headDim))],
          ),
      }
    },
    swiglu: (name, x) => plan.node(name, 'swiglu-f32', [x], [feedForward]),
    sample: (logits, request, position) =>
      plan.node('sample', 'sample-f32', [logits, request, position], [vocabulary]),
    logitsFractionBits: null,
  }
}
