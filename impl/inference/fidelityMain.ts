import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import { openLlama } from '../convert/convert.ts'
import { llamaReference } from '../convert/llama/reference.ts'
import { foundAt } from '../files/places.ts'
import { MODEL_FORMATS, modelFileOf, type NumericFormat } from '../models/catalogue.ts'
import { fetchedFile } from '../models/fetchModel.ts'
import { integerFrom, modelCommand, readTextFile, runCommand } from '../models/modelCommand.ts'
import { startProgress } from '../models/progress.ts'
import { printDeviations } from './deviations.ts'
import { type Fidelity, measureFidelity } from './fidelity.ts'
import { LanguageModel } from './languageModel.ts'

/** Short and long, in several languages and kinds; single tokens have the largest values. */
const PROMPTS = [
  'The capital of France is',
  'A',
  '\n',
  '1',
  'Once upon a time there was a small robot who',
  'def fibonacci(n):\n    if n < 2:\n        return n\n    return',
  'Die Donau fließt durch',
  'Q: What is 17 plus 25?\nA:',
  'In 1969, Neil Armstrong became the first person to walk on the Moon. The mission was called',
]

interface Options {
  readonly source?: string
  readonly text?: string
  readonly tokens: number
  readonly format?: NumericFormat
  readonly threads: number
  readonly json?: true
}

const sequencesOf = (model: LanguageModel, { text, tokens }: Options): readonly (readonly number[])[] => {
  const { tokenizer, facts } = model
  const most = Math.min(tokens, facts.promptCapacity, facts.context)
  if (tokenizer === undefined)
    return [Array.from({ length: Math.min(most, 32) }, (_, i) => (i * 7919 + 1) % facts.vocabulary)]
  if (text === undefined)
    return PROMPTS.map((prompt) => tokenizer.encode(prompt)).filter((ids) => ids.length > 0)
  return [tokenizer.encode(readTextFile(foundAt(text))).slice(0, most)]
}

const print = (fidelity: Fidelity): void => {
  const { positions, meanDivergence, worstDivergence, sameBest, sure, sureAndDifferent } = fidelity
  const change = 100 * (fidelity.perplexity / fidelity.referencePerplexity - 1)
  console.log(`${positions} positions against double precision over the same file`)
  console.log(
    `divergence of the next token: mean ${meanDivergence.toExponential(2)}, worst ${worstDivergence.toExponential(2)} nats`,
  )
  console.log(`largest difference of a logit: ${fidelity.largestLogitDifference.toExponential(2)}`)
  console.log(
    `likeliest token the same: ${(100 * sameBest).toFixed(2)}%; of ${sure} sure ones ${sureAndDifferent} differ`,
  )
  console.log(
    `perplexity ${fidelity.perplexity.toFixed(4)}, ${change.toFixed(4)}% from ${fidelity.referencePerplexity.toFixed(4)}`,
  )
  printDeviations(fidelity.operators)
}

const run = async (name: string, options: Options): Promise<void> => {
  const source = openLlama(options.source === undefined ? fetchedFile(name) : foundAt(options.source))
  const model = await LanguageModel.open(modelFileOf(name, options.format), options.threads, options)
  try {
    const sequences = sequencesOf(model, options)
    const total = sequences.reduce((sum, { length }) => sum + length, 0)
    const progress = startProgress('fidelity', total, 'positions')
    const fidelity = await measureFidelity(model, llamaReference(source), sequences, progress.update)
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
    .option('--threads <n>', 'threads that compute', integerFrom(1), availableParallelism())
    .option('--json', 'print one object alone on standard output')
    .action(run),
)
