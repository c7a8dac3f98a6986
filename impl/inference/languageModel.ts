import { type Bytes, bigEndian, wordAt } from '../../spec/commitments/bytes.ts'
import { keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import type { GraphNode } from '../../spec/graph/graphModel.ts'
import { REQUEST_WORDS } from '../../spec/graph/operators/sequence/request.ts'
import { valuesTree } from '../../spec/tower/phases/graphState.ts'
import type { NativeGraph } from '../graph/native/nativeGraph.ts'
import { BadInputError } from '../models/modelCommand.ts'
import { type LlamaFacts, type ModelHeader, tensorBytes } from '../models/modelHeader.ts'
import { type Tokenizer, tokenizerOf } from '../tokenizer/tokenizer.ts'
import { type NativeModel, type OpenOptions, openNative } from './openNative.ts'

/** How the tokens of an answer are chosen. */
export interface Sampling {
  /** 0 takes the likeliest. */
  readonly temperature: number
  /** Likeliest tokens that take part; 0 is no limit. */
  readonly topK: number
  /** Share of the probability that takes part, from 0 to 1; 0 is all. */
  readonly topP: number
  /** 64 bits. */
  readonly seed: bigint
}

export const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 0, seed: 0n }

/** A share in Q16 as a request has it, where 0 is no limit: however small it is, it is one. */
const shareOf = (topP: number): number => (topP === 0 ? 0 : Math.max(1, Math.round(topP * 2 ** 16)))

/** The input of a model that answers token by token: `spec/graph/operators/sequence/request.ts`. */
export const requestTensor = (
  prompt: readonly number[],
  { temperature, topK, topP, seed }: Sampling,
  { promptCapacity }: Pick<LlamaFacts, 'promptCapacity'>,
): Bytes => {
  const words = new Uint32Array(REQUEST_WORDS + promptCapacity)
  const inverse = temperature === 0 ? 0 : Math.round((Math.LOG2E / temperature) * 2 ** 16)
  words.set([
    prompt.length,
    Number(seed & 0xffff_ffffn),
    Number((seed >> 32n) & 0xffff_ffffn),
    Math.min(inverse, 2 ** 32 - 1),
    topK,
    shareOf(topP),
  ])
  words.set(prompt, REQUEST_WORDS)
  return new Uint8Array(words.buffer)
}

/**
 * A language model on the native engine. An iteration computes one token; those of a prompt are computed many at a
 * time, with the same bits.
 */
export class LanguageModel {
  readonly header: ModelHeader
  readonly nodes: readonly GraphNode[]
  readonly facts: LlamaFacts
  readonly tokenizer: Tokenizer | undefined
  private readonly graph: NativeGraph

  private constructor({ header, nodes, graph }: NativeModel, facts: LlamaFacts) {
    this.header = header
    this.nodes = nodes
    this.facts = facts
    this.graph = graph
    this.tokenizer = header.tokenizer === null ? undefined : tokenizerOf(header.tokenizer)
  }

  /** @throws ModelFileError; BadInputError where the file holds another kind of model, or another format than asked for */
  static async open(file: string, threads: number, options?: OpenOptions): Promise<LanguageModel> {
    const native = await openNative(file, threads, options)
    const { header, graph } = native
    if (header.llama !== null) return new LanguageModel(native, header.llama)
    await graph.close()
    throw new BadInputError(`${header.name} is no language model: give it --input and --output`)
  }

  close(): Promise<void> {
    return this.graph.close()
  }

  /** Puts a request where a run starts. @throws BadInputError where the model cannot be asked that */
  start(prompt: readonly number[], sampling: Sampling): void {
    const { promptCapacity, vocabulary } = this.facts
    if (prompt.length === 0) throw new BadInputError('the prompt is empty')
    if (prompt.length > promptCapacity)
      throw new BadInputError(`the prompt has ${prompt.length} tokens; at most ${promptCapacity}`)
    const outside = prompt.find((token) => token >= vocabulary)
    if (outside !== undefined)
      throw new BadInputError(`token ${outside} is outside of the vocabulary of ${vocabulary}`)
    this.graph.start(requestTensor(prompt, sampling, this.facts))
  }

  /** Changes how long the prompt is that stands in the request: only tokens that were not computed yet may differ. */
  setPrompt(prompt: readonly number[]): void {
    this.graph.setValue(this.header.inputSlot, requestTensor(prompt, GREEDY, this.facts))
  }

  /** Computes the tokens of the prompt but the last. */
  async readPrompt(): Promise<void> {
    await this.graph.runPrompt()
  }

  /** Computes one token more. */
  async iterate(): Promise<void> {
    await this.graph.run(1)
  }

  /** Iterations done: the position of the token that comes next. */
  get position(): number {
    return wordAt(this.graph.value(this.facts.positionSlot), 0)
  }

  /** Logits of the last position that was computed. */
  logits(): Float32Array {
    const { logitsSlot, logitsFractionBits, vocabulary } = this.facts
    const bytes = this.graph.value(logitsSlot)
    if (logitsFractionBits === null) return new Float32Array(bytes.buffer, bytes.byteOffset, vocabulary)
    const scale = 2 ** -logitsFractionBits
    return Float32Array.from(
      new Int32Array(bytes.buffer, bytes.byteOffset, vocabulary),
      (logit) => logit * scale,
    )
  }

  /** Element `index` of the answer; negative behind an end token. */
  answer(index: number): number {
    return wordAt(this.graph.value(this.facts.answerSlot), 4 * index) | 0
  }

  /** What stands in a value slot. */
  value(slot: number): Bytes {
    return this.graph.value(slot)
  }

  /** The state after the iterations that were done, as the loop phase commits it. */
  async stateRoot(): Promise<StateRoot> {
    const { position } = this
    const { context } = this.facts
    const roots = await this.graph.roots(
      this.header.carry.map((tensor) => {
        const { length } = this.graph.placed.room(tensor.slot)
        // Rows of a cache behind the position are zero still.
        const isCache = tensor.shape[0] === context
        const bytes = isCache ? (tensorBytes(tensor) / context) * Math.min(position, context) : length
        return { slot: tensor.slot, bytes }
      }),
    )
    return keccak(bigEndian(position, 4), valuesTree(roots, this.header.valueHeight - 1).root)
  }
}
