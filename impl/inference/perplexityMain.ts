import { availableParallelism } from 'node:os'
import { Option } from 'commander'
import { foundAt } from '../files/places.ts'
import { MODEL_FORMATS, modelFileOf, type NumericFormat } from '../models/catalogue.ts'
import { BadInputError, integerFrom, modelCommand, readTextFile, runCommand } from '../models/modelCommand.ts'
import { startProgress } from '../models/progress.ts'
import { LanguageModel } from './languageModel.ts'
import { measurePerplexity } from './perplexity.ts'

interface Options {
  readonly text?: string
  readonly context: number
  readonly format?: NumericFormat
  readonly threads: number
  readonly json?: true
}

const run = async (name: string, { text, context, format, threads, json }: Options): Promise<void> => {
  if (text === undefined) throw new BadInputError('--text FILE is missing')
  const content = readTextFile(foundAt(text))
  const model = await LanguageModel.open(modelFileOf(name, format), threads, { format })
  try {
    const { promptCapacity, context: most } = model.facts
    if (context > Math.min(promptCapacity, most))
      throw new BadInputError(`--context ${context}; ${name} takes at most ${Math.min(promptCapacity, most)}`)
    if (model.tokenizer === undefined) throw new BadInputError(`${name} has no tokenizer`)
    const ids = model.tokenizer.encode(content)
    const progress = startProgress(
      'perplexity',
      Math.max(1, Math.floor(ids.length / context)) * context,
      'tokens',
    )
    const result = await measurePerplexity(model, ids, context, progress.update)
    progress.stop()
    console.log(
      json ? JSON.stringify(result) : `${name}: ${result.perplexity.toFixed(4)} over ${result.tokens} tokens`,
    )
  } finally {
    await model.close()
  }
}

await runCommand(
  modelCommand(
    'perplexity',
    'Perplexity of a language model on a text, chunks and positions as llama.cpp has them',
  )
    .argument('<model>', 'a model’s name or file')
    .option('--text <file>', 'the text, UTF-8; needed')
    .option('--context <n>', 'tokens of a chunk', integerFrom(4), 512)
    .addOption(new Option('--format <format>', 'which of a name’s files').choices(MODEL_FORMATS))
    .option('--threads <n>', 'threads that compute', integerFrom(1), availableParallelism())
    .option('--json', 'print {tokens, perplexity} alone on standard output')
    .action(run),
)
