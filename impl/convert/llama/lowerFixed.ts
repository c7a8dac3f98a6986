import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { GraphPlan, Operand } from '../graphPlan.ts'
import { type GroupedMatrix, planMatrix, planProduct } from '../weights/groupedMatrix.ts'
import { readAll, readRows, rowCount, rowLength, type TensorPlace } from '../weights/tensorPlace.ts'
import type { FractionBits } from './calibrate.ts'
import type { LlamaSource } from './llamaSource.ts'
import { fixedRopeTable } from './rope.ts'

/** Fraction bits of whatever is neither residual nor swiglu. */
export const FRACTION_BITS = 16
const MAX_INT32 = 2 ** 31 - 1
const MAX_CACHE_BITS = 15
/** A cache's numbers have no more fraction bits than this, however small they are. */
const MOST_CACHE_FRACTION = 20
const LOG2_E = Math.LOG2E

const bytesOf = (array: Int32Array): Bytes => new Uint8Array(array.buffer as ArrayBuffer)
const words = (value: bigint): readonly [number, number] => [
  Number(value & 0xffff_ffffn),
  Number((value >> 32n) & 0xffff_ffffn),
]

/** What the operators of one numeric format make of a LLaMA's parts. */
export interface LlamaOperators {
  readonly embed: (token: Operand) => Operand
  readonly norm: (name: string, gain: TensorPlace, x: Operand) => Operand
  /** @param kind where it stands, which decides the format of input and output */
  readonly product: (
    name: string,
    places: readonly TensorPlace[],
    x: Operand,
    kind: 'attention input' | 'attention output' | 'gate up' | 'down' | 'logits',
    residual?: Operand,
  ) => Operand
  readonly rope: (name: string, x: Operand, elements: number, position: Operand) => Operand
  /** A block's caches of keys and values, and what they need to be read. */
  readonly caches: (block: number, name: string) => Caches
  readonly swiglu: (name: string, x: Operand) => Operand
  readonly sample: (logits: Operand, request: Operand, position: Operand) => Operand
  /** Of the logits; null where they are floats. */
  readonly logitsFractionBits: number | null
}

export interface Caches {
  readonly keys: Operand
  readonly values: Operand
  readonly append: (
    name: string,
    which: 'keys' | 'values',
    x: Operand,
    offset: number,
    position: Operand,
  ) => void
  readonly attention: (name: string, query: Operand, position: Operand) => Operand
}

export const fixedOperators = (
  plan: GraphPlan,
  source: LlamaSource,
  context: number,
  bits: FractionBits,
): LlamaOperators => {
  const { width, heads, kvHeads, headDim, feedForward, vocabulary, epsilon, frequencies } = source.config
  const cacheWidth = kvHeads * headDim
  const embedding = planMatrix(plan, 'embedding', [source.embedding])
  const table = plan.weight('rope', 'int32', [context, headDim / 2, 2])
  plan.fill({
    weights: 0,
    *run(write) {
      write(table, bytesOf(fixedRopeTable(frequencies, context)))
      yield 0
    },
  })

  const norm: LlamaOperators['norm'] = (name, place, x) => {
    const gains = Float64Array.from(readAll(place), (gain) => gain * Math.sqrt(width))
    const gainBits = Math.min(30, 30 - exponentOf(gains))
    const gain = plan.weight(`${name}.gain`, 'int32', [width])
    plan.fill({
      weights: width,
      *run(write) {
        write(
          gain,
          bytesOf(Int32Array.from(gains, (value) => Math.min(Math.round(value * 2 ** gainBits), MAX_INT32))),
        )
        yield width
      },
    })
    const scaled = BigInt(Math.round(epsilon * width * 4 ** bits.residual))
    return plan.node(name, 'rmsnorm', [x, gain], [width, ...words(scaled), 30 + gainBits - FRACTION_BITS])
  }

  const inputBits = {
    'attention input': FRACTION_BITS,
    'attention output': FRACTION_BITS,
    'gate up': FRACTION_BITS,
    down: bits.swiglu,
    logits: FRACTION_BITS,
  }
  const outputBits = {
    'attention input': FRACTION_BITS,
    'attention output': bits.residual,
    'gate up': FRACTION_BITS,
    down: bits.residual,
    logits: FRACTION_BITS,
  }

  return {
    embed: (token) => {
      const row = (name: string, { rows, columns, hasMinima, operands }: GroupedMatrix): Operand =>
        plan.node(name, 'embed', [token, ...operands], [rows, columns, bits.residual, hasMinima ? 1 : 0])
      const { rest } = embedding
      if (rest === undefined) return row('embedding', embedding)
      const parts = [row('embedding.coarse', embedding), row('embedding.rest', rest)]
      return plan.node('embedding', 'add', parts, [embedding.columns])
    },
    norm,
    product: (name, places, x, kind, residual) => {
      const matrix =
        places.length === 1 && places[0] === source.embedding ? embedding : planMatrix(plan, name, places)
      const shift = inputBits[kind] - outputBits[kind]
      return planProduct(plan, name, matrix, x, residual === undefined ? { shift } : { shift, residual })
    },
    rope: (name, x, elements, position) =>
      plan.node(name, 'rope', [x, table, position], [elements, headDim, context]),
    caches: (block, name) => {
      const { attentionNorm, key, value } = source.blocks[block]!
      const gain = readAll(attentionNorm)
      const keyBits = cacheBits(rowNorms(key, gain), width, 2)
      const valueBits = cacheBits(rowNorms(value, gain), width, 1)
      const keys = plan.carry(`${name}.keys`, 'int16', [context, cacheWidth])
      const values = plan.carry(`${name}.values`, 'int16', [context, cacheWidth])
      return {
        keys,
        values,
        append: (node, which, x, offset, position) => {
          const [cache, cacheFraction] = which === 'keys' ? [keys, keyBits] : [values, valueBits]
          plan.node(
            node,
            'append',
            [x, position],
            [cacheWidth, context, offset, FRACTION_BITS - cacheFraction],
            cache,
          )
        },
        attention: (node, query, position) =>
          plan.node(
            node,
            'attention',
            [query, keys, values, position],
            [
              heads,
              heads / kvHeads,
              headDim,
              context,
              Math.round((LOG2_E / Math.sqrt(headDim)) * 2 ** 30),
              30 + FRACTION_BITS + keyBits - 16,
              FRACTION_BITS - valueBits,
            ],
          ),
      }
    },
    swiglu: (name, x) =>
      plan.node(name, 'swiglu', [x], [feedForward, FRACTION_BITS, 2 * FRACTION_BITS - bits.swiglu]),
    sample: (logits, request, position) =>
      plan.node('sample', 'sample', [logits, request, position], [vocabulary, FRACTION_BITS]),
    logitsFractionBits: FRACTION_BITS,
  }
}

/** The least e with all |values| < 2^e; -100 where all are zero. */
const exponentOf = (values: Float64Array): number => {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largest === 0 ? -100 : Math.floor(Math.log2(largest)) + 1
}

/** Euclidean norms of a matrix's rows, each column times its gain. */
const rowNorms = (place: TensorPlace, gain: Float32Array): Float64Array => {
  const [rows, columns] = [rowCount(place), rowLength(place)]
  const norms = new Float64Array(rows)
  const atOnce = Math.max(1, Math.floor(2 ** 20 / columns))
  for (let first = 0; first < rows; first += atOnce) {
    const count = Math.min(atOnce, rows - first)
    const weights = readRows(place, first, count)
    for (let row = 0; row < count; row++) {
      let sum = 0
      for (let column = 0; column < columns; column++)
        sum += (weights[row * columns + column]! * gain[column]!) ** 2
      norms[first + row] = Math.sqrt(sum)
    }
  }
  return norms
}

/**
 * Fraction bits of a cache that cannot saturate. What is appended is a product with a normed row of length at most
 * sqrt(columns): by Cauchy and Schwarz it is at most that times the norm of the matrix's row, or of the `together` rows
 * that a rotation mixes.
 */
const cacheBits = (norms: Float64Array, columns: number, together: 1 | 2): number => {
  const bounds = new Float64Array(norms.length / together)
  norms.forEach((norm, row) => {
    const at = Math.floor(row / together)
    bounds[at] = Math.hypot(bounds[at]!, norm * Math.sqrt(columns))
  })
  return Math.min(MOST_CACHE_FRACTION, MAX_CACHE_BITS - exponentOf(bounds))
}
