import { readAll, readRows, rowCount, rowLength, type TensorPlace } from '../weights/tensorPlace.ts'
import { countWeights, type LlamaSource } from './llamaSource.ts'

/**
 * LLaMA in double precision over the file's weights, as plainly as it can be said: what every other way of computing
 * it is measured against.
 *
 *   h = embedding[token]
 *   each block:  h += W_o attention(rope(W_q n), rope(W_k n), W_v n)       n = norm(h)
 *                h += W_down (silu(W_gate m) W_up m)                        m = norm(h)
 *   logits = W_output norm(h)
 *
 *   norm(x)_i = g_i x_i / sqrt(mean(x^2) + epsilon);  silu(x) = x / (1 + e^-x)
 *   attention: softmax over all positions up to one's own of q k / sqrt(dim), times v; several query heads share a head
 *   of keys and values
 */
export interface Reference {
  /** A new sequence, without tokens. */
  readonly start: () => Sequence
  /**
   * Feeds each sequence its next tokens, all of them through a block before the next block is read.
   *
   * @param wanted positions of the fed tokens whose logits are computed: the last of each sequence, or all
   * @returns logits of each sequence's wanted positions, in order
   */
  readonly feed: (
    sequences: readonly Sequence[],
    tokens: readonly (readonly number[])[],
    wanted: 'last' | 'all' | 'none',
    observe?: Observe,
  ) => Float64Array[][]
}

/** Told each value as it is computed: its name, one row a position fed, sequence by sequence. */
export type Observe = (name: ValueName, block: number, rows: readonly Float64Array[]) => void
export type ValueName =
  | 'embedding'
  | 'attention norm'
  | 'query key value'
  | 'rope'
  | 'attention'
  | 'attention output'
  | 'feed-forward norm'
  | 'gate up'
  | 'swiglu'
  | 'feed-forward output'
  | 'output norm'
  | 'logits'

export interface Sequence {
  /** Tokens fed so far. */
  length: number
  /** Rows of each block's keys (turned) and values. */
  readonly keys: Float64Array[][]
  readonly values: Float64Array[][]
}

/** Weights that are kept once they have been decoded; a larger model is read anew each time. */
const KEPT_WEIGHTS = 2 ** 28
const ROWS_AT_ONCE = 64

export const llamaReference = (source: LlamaSource): Reference => {
  const { config } = source
  const { blocks, heads, kvHeads, headDim, vocabulary } = config
  const kept = countWeights(source) <= KEPT_WEIGHTS ? new Map<TensorPlace, Float32Array>() : undefined

  const weightRows = (place: TensorPlace, first: number, rows: number): Float32Array => {
    if (kept === undefined) return readRows(place, first, rows)
    let all = kept.get(place)
    if (all === undefined) {
      all = readAll(place)
      kept.set(place, all)
    }
    const columns = rowLength(place)
    return all.subarray(first * columns, (first + rows) * columns)
  }

  const product = (place: TensorPlace, xs: readonly Float64Array[]): Float64Array[] => {
    const rows = rowCount(place)
    const ys = xs.map(() => new Float64Array(rows))
    for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
      const count = Math.min(ROWS_AT_ONCE, rows - first)
      const weights = weightRows(place, first, count)
      // Rows by fours and inputs in the outer loop: a part of the matrix stays in the cache for all of them.
      for (let i = 0; i < xs.length; i++) multiplyRows(weights, xs[i]!, ys[i]!, first, count)
    }
    return ys
  }

  const norm = (place: TensorPlace, xs: readonly Float64Array[]): Float64Array[] => {
    const gain = weightRows(place, 0, 1)
    return xs.map((x) => {
      const scale =
        1 / Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length + config.epsilon)
      return x.map((value, i) => value * scale * gain[i]!)
    })
  }

  /** Turns adjacent pairs of every head of a row. */
  const turn = (row: Float64Array, position: number): Float64Array => {
    const turned = new Float64Array(row.length)
    for (let i = 0; i < row.length; i += 2) {
      const angle = position * config.frequencies[(i % headDim) / 2]!
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)]
      turned[i] = row[i]! * cosine - row[i + 1]! * sine
      turned[i + 1] = row[i]! * sine + row[i + 1]! * cosine
    }
    return turned
  }

  const attend = (
    query: Float64Array,
    keys: readonly Float64Array[],
    values: readonly Float64Array[],
    length: number,
  ) => {
    const output = new Float64Array(heads * headDim)
    const weights = new Float64Array(length)
    for (let head = 0; head < heads; head++) {
      const [at, from] = [head * headDim, Math.floor(head / (heads / kvHeads)) * headDim]
      let [most, total] = [Number.NEGATIVE_INFINITY, 0]
      for (let j = 0; j < length; j++) {
        let score = 0
        for (let i = 0; i < headDim; i++) score += query[at + i]! * keys[j]![from + i]!
        weights[j] = score / Math.sqrt(headDim)
        most = Math.max(most, weights[j]!)
      }
      for (let j = 0; j < length; j++) {
        weights[j] = Math.exp(weights[j]! - most)
        total += weights[j]!
      }
      for (let j = 0; j < length; j++)
        for (let i = 0; i < headDim; i++) output[at + i]! += (weights[j]! / total) * values[j]![from + i]!
    }
    return output
  }

  const embed = (token: number): Float64Array =>
    Float64Array.from(weightRows(source.embedding, Math.min(token, vocabulary - 1), 1))

  const sum = (xs: readonly Float64Array[], ys: readonly Float64Array[]): Float64Array[] =>
    xs.map((x, i) => x.map((value, k) => value + ys[i]![k]!))

  return {
    start: () => ({
      length: 0,
      keys: Array.from({ length: blocks }, () => []),
      values: Array.from({ length: blocks }, () => []),
    }),
    feed: (sequences, tokens, wanted, observe = () => {}) => {
      const places = tokens.flatMap((list, i) =>
        list.map((token, offset) => ({
          token,
          sequence: sequences[i]!,
          position: sequences[i]!.length + offset,
        })),
      )
      let states = places.map(({ token }) => embed(token))
      observe('embedding', -1, states)
      source.blocks.forEach((block, number) => {
        const normed = norm(block.attentionNorm, states)
        observe('attention norm', number, normed)
        const queries = product(block.query, normed)
        const keys = product(block.key, normed)
        const values = product(block.value, normed)
        observe(
          'query key value',
          number,
          queries.map((query, i) => joined(query, keys[i]!, values[i]!)),
        )
        const turned = queries.map((query, i) => turn(query, places[i]!.position))
        const turnedKeys = keys.map((key, i) => turn(key, places[i]!.position))
        observe(
          'rope',
          number,
          turned.map((query, i) => joined(query, turnedKeys[i]!)),
        )
        places.forEach(({ sequence }, i) => {
          sequence.keys[number]!.push(turnedKeys[i]!)
          sequence.values[number]!.push(values[i]!)
        })
        const attended = turned.map((query, i) => {
          const { sequence, position } = places[i]!
          return attend(query, sequence.keys[number]!, sequence.values[number]!, position + 1)
        })
        observe('attention', number, attended)
        states = sum(states, product(block.attentionOutput, attended))
        observe('attention output', number, states)
        const fed = norm(block.feedForwardNorm, states)
        observe('feed-forward norm', number, fed)
        const gates = product(block.gate, fed)
        const ups = product(block.up, fed)
        observe(
          'gate up',
          number,
          gates.map((gate, i) => joined(gate, ups[i]!)),
        )
        const hidden = gates.map((gate, i) => gate.map((g, k) => (g / (1 + Math.exp(-g))) * ups[i]![k]!))
        observe('swiglu', number, hidden)
        states = sum(states, product(block.down, hidden))
        observe('feed-forward output', number, states)
      })
      tokens.forEach((list, i) => {
        sequences[i]!.length += list.length
      })
      if (wanted === 'none') return tokens.map(() => [])

      const last = places.map((_, i) => wanted === 'all' || places[i + 1]?.sequence !== places[i]!.sequence)
      const ends = norm(
        source.outputNorm,
        states.filter((_, i) => last[i]),
      )
      observe('output norm', -1, ends)
      const logits = product(source.output, ends)
      observe('logits', -1, logits)
      let taken = 0
      return tokens.map((list) => {
        const count = list.length === 0 ? 0 : wanted === 'all' ? list.length : 1
        taken += count
        return logits.slice(taken - count, taken)
      })
    },
  }
}

/** Some rows of a matrix times x, into y from `first` on. */
const multiplyRows = (
  weights: Float32Array,
  x: Float64Array,
  y: Float64Array,
  first: number,
  rows: number,
): void => {
  const columns = x.length
  let row = 0
  for (; row + 4 <= rows; row += 4) {
    const at = row * columns
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let i = 0; i < columns; i++) {
      const value = x[i]!
      a += weights[at + i]! * value
      b += weights[at + columns + i]! * value
      c += weights[at + 2 * columns + i]! * value
      d += weights[at + 3 * columns + i]! * value
    }
    y[first + row] = a
    y[first + row + 1] = b
    y[first + row + 2] = c
    y[first + row + 3] = d
  }
  for (; row < rows; row++) {
    let sum = 0
    for (let i = 0; i < columns; i++) sum += weights[row * columns + i]! * x[i]!
    y[first + row] = sum
  }
}

const joined = (...rows: readonly Float64Array[]): Float64Array =>
  Float64Array.from(rows.flatMap((row) => [...row]))
