import { type Bytes, concat } from '../../../spec/commitments/bytes.ts'
import { BYTE_CHARACTERS } from '../../tokenizer/byteAlphabet.ts'
import { ggufHead, type WrittenTensor, type WrittenValue } from '../gguf/ggufHead.ts'
import type { SourceFile } from '../sourceFile.ts'
import { Q8_0 } from '../weights/blocks.ts'
import { F32 } from '../weights/scalars.ts'
import { elementsOf } from '../weights/tensorPlace.ts'

interface Shape {
  readonly vocabulary: number
  readonly blocks: number
  readonly width: number
  readonly feedForward: number
  readonly heads: number
  readonly kvHeads: number
  readonly context: number
}

/** Shapes of known models: llama2.c's two, TinyLlama, LLaMA 7B; and one for tests. */
export const SYNTHETIC_SIZES: Readonly<Record<string, Shape>> = {
  tiny: { vocabulary: 288, blocks: 2, width: 64, feedForward: 160, heads: 4, kvHeads: 2, context: 128 },
  '15m': { vocabulary: 32_000, blocks: 6, width: 288, feedForward: 768, heads: 6, kvHeads: 6, context: 256 },
  '110m': {
    vocabulary: 32_000,
    blocks: 12,
    width: 768,
    feedForward: 2048,
    heads: 12,
    kvHeads: 12,
    context: 1024,
  },
  '1.1b': {
    vocabulary: 32_000,
    blocks: 22,
    width: 2048,
    feedForward: 5632,
    heads: 32,
    kvHeads: 4,
    context: 2048,
  },
  '7b': {
    vocabulary: 32_000,
    blocks: 32,
    width: 4096,
    feedForward: 11_008,
    heads: 32,
    kvHeads: 32,
    context: 4096,
  },
}

const CONTROL = ['<unk>', '<s>', '</s>']
const [BEGIN, END] = [1, 2]
const TYPES = { normal: 1, control: 3, unused: 5 } as const

const metadataOf = (size: string, shape: Shape): Record<string, WrittenValue> => {
  const known = [...CONTROL, ...BYTE_CHARACTERS]
  // Other programs take a vocabulary to be as large as its list.
  const tokens = Array.from({ length: shape.vocabulary }, (_, id) => known[id] ?? `<unused ${id}>`)
  const uint32 = (value: number): WrittenValue => ({ kind: 'uint32', value })
  const string = (value: string): WrittenValue => ({ kind: 'string', value })
  return {
    'general.architecture': string('llama'),
    'general.name': string(`synthetic ${size}`),
    'llama.vocab_size': uint32(shape.vocabulary),
    'llama.block_count': uint32(shape.blocks),
    'llama.embedding_length': uint32(shape.width),
    'llama.feed_forward_length': uint32(shape.feedForward),
    'llama.attention.head_count': uint32(shape.heads),
    'llama.attention.head_count_kv': uint32(shape.kvHeads),
    'llama.attention.layer_norm_rms_epsilon': { kind: 'float32', value: 1e-5 },
    'llama.rope.dimension_count': uint32(shape.width / shape.heads),
    'llama.rope.freq_base': { kind: 'float32', value: 10_000 },
    'llama.context_length': uint32(shape.context),
    'tokenizer.ggml.model': string('gpt2'),
    'tokenizer.ggml.pre': string('gpt-2'),
    'tokenizer.ggml.tokens': { kind: 'strings', value: tokens },
    'tokenizer.ggml.token_type': {
      kind: 'int32s',
      value: tokens.map((_, id) =>
        id < CONTROL.length ? TYPES.control : known[id] ? TYPES.normal : TYPES.unused,
      ),
    },
    'tokenizer.ggml.merges': { kind: 'strings', value: [] },
    'tokenizer.ggml.bos_token_id': uint32(BEGIN),
    'tokenizer.ggml.eos_token_id': uint32(END),
    'tokenizer.ggml.add_bos_token': { kind: 'boolean', value: false },
  }
}

const tensorsOf = ({ vocabulary, blocks, width, feedForward, heads, kvHeads }: Shape): WrittenTensor[] => {
  const matrix = (name: string, rows: number, columns: number): WrittenTensor => ({
    name: `${name}.weight`,
    shape: [rows, columns],
    format: Q8_0,
  })
  const norm = (name: string): WrittenTensor => ({ name: `${name}.weight`, shape: [width], format: F32 })
  const kvWidth = (width / heads) * kvHeads
  return [
    matrix('token_embd', vocabulary, width),
    ...Array.from({ length: blocks }, (_, block) => [
      norm(`blk.${block}.attn_norm`),
      matrix(`blk.${block}.attn_q`, width, width),
      matrix(`blk.${block}.attn_k`, kvWidth, width),
      matrix(`blk.${block}.attn_v`, kvWidth, width),
      matrix(`blk.${block}.attn_output`, width, width),
      norm(`blk.${block}.ffn_norm`),
      matrix(`blk.${block}.ffn_gate`, feedForward, width),
      matrix(`blk.${block}.ffn_up`, feedForward, width),
      matrix(`blk.${block}.ffn_down`, width, feedForward),
    ]).flat(),
    norm('output_norm'),
    matrix('output', vocabulary, width),
  ]
}

/** A 32-bit mix of a counter: MurmurHash3's finaliser. */
const mix = (value: number): number => {
  let mixed = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

const GROUP = 32
const WORDS = GROUP / 4
/** Standard deviation of a uniformly drawn int8. */
const INT8_DEVIATION = 73.9

/** A power of two as an f16; from 2^-14 to 2^15. */
const halfPower = (exponent: number): number => (exponent + 15) << 10

/** The blocks `first` to `end` - 1 of a matrix: the scale keeps a product as large as what is multiplied. */
const matrixBlocks = (seed: number, columns: number, first: number, end: number): Bytes => {
  const scale = halfPower(-Math.round(Math.log2(INT8_DEVIATION * Math.sqrt(columns))))
  const bytes = new Uint8Array((end - first) * Q8_0.blockBytes)
  for (let block = first; block < end; block++) {
    const at = (block - first) * Q8_0.blockBytes
    bytes[at] = scale & 255
    bytes[at + 1] = scale >> 8
    for (let word = 0; word < WORDS; word++) {
      const drawn = mix(seed + (block * WORDS + word) * 0x9e37_79b9)
      const to = at + 2 + 4 * word
      bytes[to] = drawn
      bytes[to + 1] = drawn >>> 8
      bytes[to + 2] = drawn >>> 16
      bytes[to + 3] = drawn >>> 24
    }
  }
  return bytes
}

/** Gains from 0.75 to 1.25. */
const gains = (seed: number, first: number, end: number): Bytes =>
  new Uint8Array(
    Float32Array.from({ length: end - first }, (_, i) => 0.75 + mix(seed + first + i) / 2 ** 33).buffer,
  )

/**
 * A LLaMA of a known shape with random weights, as a GGUF file (Q8_0) that nobody has written: every part of it is
 * computed when it is read. The same seed gives the same bytes on every machine.
 */
export const syntheticLlama = (size: string, seed: number): SourceFile => {
  const shape = SYNTHETIC_SIZES[size]!
  const tensors = tensorsOf(shape)
  const head = ggufHead(metadataOf(size, shape), tensors)
  const starts = [0, ...head.offsets, head.size]

  /** Bytes `from` to `to` - 1 of tensor `index`. */
  const tensorPart = (index: number, from: number, to: number): Bytes => {
    const { format, shape: dimensions } = tensors[index]!
    const [first, end] = [Math.floor(from / format.blockBytes), Math.ceil(to / format.blockBytes)]
    const tensorSeed = mix(seed * 0x01_0001 + index)
    const bytes =
      format === F32
        ? gains(tensorSeed, first, end)
        : matrixBlocks(tensorSeed, dimensions.at(-1)!, first, end)
    return bytes.subarray(from - first * format.blockBytes, to - first * format.blockBytes)
  }

  /** As `tensorPart`, with the zeros that stand between tensors. */
  const padded = (index: number, from: number, to: number): Bytes => {
    const { format, shape: dimensions } = tensors[index]!
    const size = (elementsOf(dimensions) / format.blockElements) * format.blockBytes
    if (to <= size) return tensorPart(index, from, to)
    const bytes = new Uint8Array(to - from)
    if (from < size) bytes.set(tensorPart(index, from, size))
    return bytes
  }

  return {
    name: `synthetic ${size}, seed ${seed}`,
    size: head.size,
    read: (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > head.size)
        throw new RangeError(`${length} bytes at ${offset} of ${head.size}`)
      const parts: Bytes[] = []
      for (let at = offset; at < offset + length; ) {
        const part = starts.findLastIndex((start) => start <= at)
        const end = Math.min(starts[part + 1]!, offset + length)
        parts.push(
          part === 0 ? head.bytes.slice(at, end) : padded(part - 1, at - starts[part]!, end - starts[part]!),
        )
        at = end
      }
      return parts.length === 1 ? parts[0]! : concat(...parts)
    },
    close: () => {},
  }
}
