import { type Bytes, wordAt } from '../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../spec/commitments/hash.ts'
import type { PhaseName } from '../../spec/tower/model.ts'
import { UnfitGraph } from '../graph/native/fit.ts'
import { requestTensor, type Sampling } from '../inference/languageModel.ts'
import { graphOf } from '../inference/openNative.ts'
import { type Answer, altersElementOf, type ModelRuns } from '../inference/runs.ts'
import { ModelFileError, openModelFile } from '../models/modelFile.ts'
import { type LlamaFacts, type ModelHeader, tensorBytes } from '../models/modelHeader.ts'
import { startProgress } from '../models/progress.ts'
import { type Tokenizer, tokenizerOf } from '../tokenizer/tokenizer.ts'
import { holdModel } from './heldModel.ts'
import { NodeEngine } from './nodeEngine.ts'
import { towerRuns } from './towerRuns.ts'

/** A language model of a file, ready to be asked and disputed. */
export interface OpenedLanguage {
  readonly header: ModelHeader
  readonly facts: LlamaFacts
  readonly tokenizer: Tokenizer | undefined
  readonly engine: NodeEngine
  /** Roots of the pages of its weights, by weight slot. */
  readonly pageRoots: readonly Bytes[]
}

/** What is asked of it. */
export interface LanguageTask {
  /** A text, or the ids themselves. */
  readonly prompt: string | readonly number[]
  /** Tokens of the answer. */
  readonly tokens: number
  readonly sampling: Sampling
}

/** A task that the model cannot be given. */
export interface TaskFault {
  readonly field: 'model' | 'prompt' | 'tokens'
  readonly reason: string
}

const opened = new Map<string, OpenedLanguage | undefined>()

/** From so many bytes on, reading is a matter of more than a few seconds. */
const LONG_BYTES = 2 ** 30

/**
 * Reads a model file to where the engine has it: once, however often it is asked for; a large one with a progress bar.
 *
 * @returns undefined where it holds another kind of model
 * @throws ModelFileError
 */
export const openLanguage = (file: string): OpenedLanguage | undefined => {
  if (!opened.has(file)) opened.set(file, readLanguage(file))
  return opened.get(file)
}

const readLanguage = (file: string): OpenedLanguage | undefined => {
  const open = openModelFile(file)
  try {
    const { header } = open
    if (header.llama === null) return undefined
    const bytes = header.weights.map(tensorBytes)
    const total = bytes.reduce((sum, each) => sum + each, 0)
    const progress = total < LONG_BYTES ? undefined : startProgress(`reading ${header.name}`, total, 'bytes')
    let done = 0
    const weights = bytes.map((byteLength, index) => ({
      byteLength,
      copyTo: (target: Uint8Array) => {
        open.readWeightInto(index, target)
        done += byteLength
        progress?.update(done)
      },
    }))
    const engine = new NodeEngine(graphOf(open), weights)
    const pageRoots = bytes.map((_, index) => open.readPageRoots(index))
    progress?.stop()
    return {
      header,
      facts: header.llama,
      tokenizer: header.tokenizer === null ? undefined : tokenizerOf(header.tokenizer),
      engine,
      pageRoots,
    }
  } catch (error) {
    throw error instanceof UnfitGraph ? new ModelFileError(file, error.message) : error
  } finally {
    open.close()
  }
}

const promptTokensOf = ({ tokenizer }: OpenedLanguage, prompt: LanguageTask['prompt']) =>
  typeof prompt === 'string' ? tokenizer?.encode(prompt) : prompt

/** Why a task cannot be given to a model; undefined where it can. @param phases a run of `graph` is one token alone */
export const languageFault = (
  language: OpenedLanguage,
  phases: readonly PhaseName[],
  { prompt, tokens }: LanguageTask,
): TaskFault | undefined => {
  const { vocabulary, promptCapacity, answerCapacity, context } = language.facts
  const ids = promptTokensOf(language, prompt)
  if (ids === undefined)
    return { field: 'prompt', reason: 'is a text, and the model has no tokenizer; allowed: a list of ids' }
  if (ids.length === 0) return { field: 'prompt', reason: 'has no token; allowed: 1 token and more' }
  if (ids.length > promptCapacity)
    return { field: 'prompt', reason: `has ${ids.length} tokens; allowed: up to ${promptCapacity}` }
  const outside = ids.find((id) => id >= vocabulary)
  if (outside !== undefined)
    return { field: 'prompt', reason: `token ${outside} is outside of the vocabulary of ${vocabulary}` }
  if (tokens > answerCapacity)
    return { field: 'tokens', reason: `is ${tokens}; allowed: 1 to ${answerCapacity}` }
  if (ids.length - 1 + tokens > context)
    return {
      field: 'tokens',
      reason: `is ${tokens}, and with ${ids.length} of the prompt more than the context of ${context}`,
    }
  if (phases[0] === 'loop') return undefined
  const once = `the graph runs once under [${phases.join(', ')}]: without the phase loop`
  if (ids.length !== 1)
    return { field: 'prompt', reason: `has ${ids.length} tokens, and ${once} a prompt has 1 token` }
  return tokens === 1 ? undefined : { field: 'tokens', reason: `is ${tokens}, and ${once} an answer has 1` }
}

/**
 * The runs of a language model on a task under a list of phases.
 *
 * @param task one that `languageFault` finds nothing in
 * @throws StepLimitError where the machine might need too many instructions for a node of the model
 */
export const languageRuns = (
  language: OpenedLanguage,
  phases: readonly PhaseName[],
  task: LanguageTask,
): { readonly runs: ModelRuns; readonly input: Bytes } => {
  const { header, facts, tokenizer, engine, pageRoots } = language
  const { graph } = engine
  const promptTokens = promptTokensOf(language, task.prompt)!
  const weightRoots = header.weights.map(({ root }) => root as unknown as TensorRoot)
  const held = holdModel(graph, weightRoots, phases, header.mostIterations, pageRoots)
  const input = requestTensor(promptTokens, task.sampling, facts)
  const iterations = promptTokens.length - 1 + task.tokens
  const answerOf = (output: Bytes): Answer => {
    const ids = Array.from({ length: task.tokens }, (_, i) => wordAt(output, 4 * i) | 0)
    const end = ids.findIndex((id) => id < 0)
    const tokens = end === -1 ? ids : ids.slice(0, end)
    const pieces = tokenizer?.pieces(tokens) ?? null
    return { tokens, text: pieces?.join('') ?? null, pieces }
  }
  return {
    input,
    runs: {
      graph,
      model: held.model,
      iterations: phases[0] === 'loop' ? iterations : 0,
      conversation: {
        prompt: typeof task.prompt === 'string' ? task.prompt : null,
        promptTokens,
        tokens: task.tokens,
        answerOf,
      },
      ...towerRuns(held, engine, input, iterations),
      altersElement: altersElementOf(graph),
    },
  }
}
