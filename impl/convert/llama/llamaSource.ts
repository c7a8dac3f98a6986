import type { TokenizerData } from '../../tokenizer/tokenizerData.ts'
import { ConvertError } from '../sourceFile.ts'
import { elementsOf, type TensorPlace } from '../weights/tensorPlace.ts'

export interface LlamaConfig {
  readonly vocabulary: number
  readonly blocks: number
  readonly width: number
  readonly feedForward: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  /** Positions that the model was made for. */
  readonly context: number
  /** Of every norm. */
  readonly epsilon: number
  /** Radians a position, one for each pair of a head. */
  readonly frequencies: Float64Array
}

export interface LlamaBlock {
  readonly attentionNorm: TensorPlace
  readonly query: TensorPlace
  readonly key: TensorPlace
  readonly value: TensorPlace
  readonly attentionOutput: TensorPlace
  readonly feedForwardNorm: TensorPlace
  readonly gate: TensorPlace
  readonly up: TensorPlace
  readonly down: TensorPlace
}

/**
 * A LLaMA in a file, whatever the file's format. Rows of `query` and `key` are in the order in which the rotation
 * turns adjacent pairs.
 */
export interface LlamaSource {
  readonly name: string
  /** The file, for errors. */
  readonly file: string
  /** All that the weights stand in. */
  readonly files: readonly string[]
  readonly config: LlamaConfig
  readonly embedding: TensorPlace
  readonly blocks: readonly LlamaBlock[]
  readonly outputNorm: TensorPlace
  /** The embedding itself where the file has no other. */
  readonly output: TensorPlace
  readonly tokenizer: TokenizerData | null
  /** Why there is no tokenizer. */
  readonly tokenizerNote: string | null
  readonly close: () => void
}

/** A file's names of a block's tensors, `#` for the block's number. */
export type BlockNames = Readonly<Record<keyof LlamaBlock, string>>

export interface LlamaNames extends BlockNames {
  readonly embedding: string
  readonly outputNorm: string
  readonly output: string
}

const MOST: Readonly<Record<'blocks' | 'heads' | 'width' | 'vocabulary' | 'context', number>> = {
  blocks: 1024,
  heads: 1024,
  width: 2 ** 14,
  vocabulary: 2 ** 20,
  context: 2 ** 24,
}

/** What contradicts itself in a configuration, or is more than the operators take; undefined where nothing does. */
export const configFault = (config: LlamaConfig): string | undefined => {
  const { blocks, heads, kvHeads, headDim, width, feedForward, vocabulary, context, epsilon } = config
  const whole = { blocks, heads, kvHeads, headDim, width, feedForward, vocabulary, context }
  for (const [name, value] of Object.entries(whole))
    if (!Number.isSafeInteger(value) || value < 1) return `${name} is ${value}`
  for (const [name, most] of Object.entries(MOST))
    if (whole[name as keyof typeof MOST] > most)
      return `${name} is ${whole[name as keyof typeof MOST]}; at most ${most}`
  if (feedForward > MOST.width) return `feedForward is ${feedForward}; at most ${MOST.width}`
  if (heads % kvHeads !== 0) return `${heads} heads on ${kvHeads} key-value heads`
  // The attention operators leave out what is behind the last whole four.
  if (headDim % 4 !== 0 || headDim > 256) return `a head of ${headDim}; a multiple of 4 and at most 256`
  if (heads * headDim > MOST.width) return `${heads} heads of ${headDim}; together at most ${MOST.width}`
  if (!(epsilon > 0 && epsilon < 1)) return `the norms' epsilon is ${epsilon}`
  return undefined
}

/**
 * Finds a LLaMA's tensors by their names, and holds every shape against the configuration.
 *
 * @param tensors all tensors of the file; one that belongs to no LLaMA is refused, since it would mean something
 * @throws ConvertError
 */
export const llamaTensors = (
  file: string,
  config: LlamaConfig,
  names: LlamaNames,
  tensors: ReadonlyMap<string, TensorPlace>,
  ignored: (name: string) => boolean,
): Pick<LlamaSource, 'embedding' | 'blocks' | 'outputNorm' | 'output'> => {
  const { vocabulary, width, feedForward, heads, kvHeads, headDim, blocks } = config
  const unused = new Set(tensors.keys())
  const find = (name: string, ...shape: number[]): TensorPlace => {
    const place = tensors.get(name)
    if (place === undefined) throw new ConvertError(file, `tensor ${name}`, 'is missing')
    if (place.shape.join() !== shape.join())
      throw new ConvertError(
        file,
        `tensor ${name}`,
        `has the shape [${place.shape}] where [${shape}] belongs`,
      )
    unused.delete(name)
    return place
  }
  const found = {
    embedding: find(names.embedding, vocabulary, width),
    blocks: Array.from({ length: blocks }, (_, block): LlamaBlock => {
      const inBlock = (part: keyof LlamaBlock, ...shape: number[]) =>
        find(names[part].replace('#', String(block)), ...shape)
      return {
        attentionNorm: inBlock('attentionNorm', width),
        query: inBlock('query', heads * headDim, width),
        key: inBlock('key', kvHeads * headDim, width),
        value: inBlock('value', kvHeads * headDim, width),
        attentionOutput: inBlock('attentionOutput', width, heads * headDim),
        feedForwardNorm: inBlock('feedForwardNorm', width),
        gate: inBlock('gate', feedForward, width),
        up: inBlock('up', feedForward, width),
        down: inBlock('down', width, feedForward),
      }
    }),
    outputNorm: find(names.outputNorm, width),
    output: find(tensors.has(names.output) ? names.output : names.embedding, vocabulary, width),
  }
  const stranger = [...unused].find((name) => !ignored(name))
  if (stranger !== undefined)
    throw new ConvertError(
      file,
      `tensor ${stranger}`,
      'belongs to no LLaMA of this kind: it cannot be left out',
    )
  return found
}

/** Weights of the whole model. */
export const countWeights = (source: LlamaSource): number => {
  const places = [
    source.embedding,
    source.outputNorm,
    ...source.blocks.flatMap((block) => Object.values(block)),
  ]
  if (source.output !== source.embedding) places.push(source.output)
  return places.reduce((sum, { shape }) => sum + elementsOf(shape), 0)
}
