import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import { buildLlamaCpp, llamaLogits } from '../bench/infer/llamaCpp.ts'
import { PeerError } from '../bench/infer/peerFolder.ts'
import { openLlama } from '../convert/convert.ts'
import { llamaReference } from '../convert/llama/reference.ts'
import { foundAt } from '../files/places.ts'
import { MODEL_FORMATS, modelFileOf, type NumericFormat } from '../models/catalogue.ts'
import { fetchedFile } from '../models/fetchModel.ts'
import { BadInputError, integerFrom, modelCommand, readTextFile, runCommand } from '../models/modelCommand.ts'
import { startProgress } from '../models/progress.ts'
import { printDeviations } from './deviations.ts'
import { FIDELITY_PROMPTS, type Fidelity, measureFidelity } from './fidelity.ts'
import { LanguageModel } from './languageModel.ts'

interface Options {
  readonly source?: string
  readonly text?: string
  readonly tokens: number
  readonly format?: NumericFormat
  readonly llamaCpp?: true
  readonly threads: number
  readonly json?: true
}

/** A text's tokens, and the text that they are. */
interface Sequence {
  readonly text: string
  readonly tokens: readonly number[]
}

const sequencesOf = (model: LanguageModel, { text, tokens }: Options): readonly Sequence[] => {
  const { tokenizer, facts } = model
  const most = Math.min(tokens, facts.promptCapacity, facts.context)
  if (tokenizer === undefined) {
    const ids = Array.from({ length: Math.min(most, 32) }, (_, i) => (i * 7919 + 1) % facts.vocabulary)
    return [{ text: '', tokens: ids }]
  }
  if (text === undefined)
    return FIDELITY_PROMPTS.map((prompt) => ({ text: prompt, tokens: tokenizer.encode(prompt) })).filter(
      ({ tokens: ids }) => ids.length > 0,
    )
  const ids = tokenizer.encode(readTextFile(foundAt(text))).slice(0, most)
  return [{ text: tokenizer.decode(ids), tokens: ids }]
}

/** @throws BadInputError where llama.cpp cannot be had, or the model has no tokenizer to ask it with */
const peerLogits = async (
  file: string,
  model: LanguageModel,
  sequences: readonly Sequence[],
  threads: number,
): Promise<readonly (readonly Float32Array[])[]> => {
  if (model.tokenizer === undefined) throw new BadInputError('--llama-cpp needs a model with a tokenizer')
  try {
    await buildLlamaCpp()
    return await llamaLogits(file, sequences, model.facts.vocabulary, threads)
  } catch (error) {
    if (error instanceof PeerError) throw new BadInputError(`llama.cpp cannot be asked: ${error.message}`)
    throw error
  }
}

const print = (fidelity: Fidelity): void => {
  const { positions, meanDivergence, worstDivergence, sameBest, sure, sureAndDifferent } = fidelity
  const change = 100 * (fidelity.perplexity / fidelity.referencePerplexity - 1)
  console.log(`${positions} positions against double precision over the same file`)
  console.log(
    `divergence of the next token: mean ${meanDivergence.toExponential(2)}, worst ${worstDivergence.toExponential(2)} nats`,
  )
  console.log(`largest difference of a logit: ${fidelity.largestLogitDifference.toExponential(2)}`)
  if (fidelity.largestPeerDifference !== undefined)
    console.log(
      `largest difference of a logit from llama.cpp in single precision: ${fidelity.largestPeerDifference.toExponential(2)}`,
    )
  console.log(
    `likeliest token the same: ${(100 * sameBest).toFixed(2)}%; of ${sure} sure ones ${sureAndDifferent} differ`,
  )
  console.log(
    `perplexity ${fidelity.perplexity.toFixed(4)}, ${change.toFixed(4)}% from ${fidelity.referencePerplexity.toFixed(4)}`,
  )
  printDeviations(fidelity.operators)
}

const run = async (name: string, options: Options): Promise<void> => {
  const file = options.source === undefined ? fetchedFile(name) : foundAt(options.source)
  const source = openLlama(file)
  const model = await LanguageModel.open(modelFileOf(name, options.format), options.threads, options)
  try {
    const sequences = sequencesOf(model, options)
    const peer = options.llamaCpp ? await peerLogits(file, model, sequences, options.threads) : undefined
    const tokens = sequences.map((sequence) => sequence.tokens)
    const total = tokens.reduce((sum, { length }) => sum + length, 0)
    const progress = startProgress('fidelity', total, 'positions')
    const fidelity = await measureFidelity(model, llamaReference(source), tokens, progress.update, peer)
    progress.stop()
    if (options.json) console.log(JSON.stringify(fidelity))
    else print(fidelity)
  } finally {
    await model.close()
    source.close()
  }
}

await runCommand(
  modelCommand(
    'fidelity',
    'How far a converted language model is from double precision, end to end and by operator',
  )
    .argument('<model>', 'a model’s name or file')
    .option(
      '--source <file>',
      'what it was converted from (default: the file that was fetched under its name)',
    )
    .option('--text <file>', 'a text to read, instead of some prompts')
    .option('--tokens <n>', 'tokens of the text, at most', integerFrom(2), 512)
    .addOption(new Option('--format <format>', 'which of a name’s files').choices(MODEL_FORMATS))
    .option('--llama-cpp', 'llama.cpp too, on a copy in single precision; it is built once, in minutes')
    .option('--threads <n>', 'threads that compute', integerFrom(1), availableParallelism())
    .option('--json', 'print one object alone on standard output')
    .action(run),
)
