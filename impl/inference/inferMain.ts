import { availableParallelism } from 'node:os'
import { InvalidArgumentError, Option } from 'commander'
import { foundAt, writtenAt } from '../files/places.ts'
import { MODEL_FORMATS, modelFileOf, type NumericFormat } from '../models/catalogue.ts'
import { BadInputError, integerFrom, modelCommand, runCommand } from '../models/modelCommand.ts'
import { readNpy, writeNpy } from '../models/npy.ts'
import { startProgress } from '../models/progress.ts'
import { generate } from './generate.ts'
import { LanguageModel } from './languageModel.ts'
import { openNative } from './openNative.ts'
import { runTensors } from './runTensors.ts'

interface Options {
  readonly input?: string
  readonly output?: string
  readonly prompt?: string
  readonly promptIds?: readonly number[]
  readonly chat?: true
  readonly tokens: number
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly seed: bigint
  readonly logits?: string
  readonly format?: NumericFormat
  readonly threads: number
  readonly json?: true
}

const number =
  (what: string, isAllowed: (value: number) => boolean) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !isAllowed(value)) throw new InvalidArgumentError(`allowed: ${what}`)
    return value
  }
const seedOf = (text: string): bigint => {
  if (!/^\d{1,20}$/.test(text) || BigInt(text) >= 2n ** 64n)
    throw new InvalidArgumentError('allowed: an integer from 0 to 2^64 - 1')
  return BigInt(text)
}
const idsOf = (text: string): readonly number[] => {
  if (!/^\d+(,\d+)*$/.test(text)) throw new InvalidArgumentError('allowed: ids with commas between them')
  return text.split(',').map(Number)
}

/** One way to ask at a time: another would be left out. @throws BadInputError */
const checkOneWay = ({ input, output, prompt, promptIds, chat, logits }: Options): void => {
  if (prompt !== undefined && promptIds !== undefined)
    throw new BadInputError('--prompt or --prompt-ids, not both')
  const ofLanguage = { '--prompt': prompt, '--prompt-ids': promptIds, '--chat': chat, '--logits': logits }
  const given = Object.entries(ofLanguage).find(([, value]) => value !== undefined)
  if (given !== undefined && (input !== undefined || output !== undefined))
    throw new BadInputError(
      `${given[0]} is for language models, --input and --output are for models of tensors`,
    )
  if (chat && promptIds !== undefined) throw new BadInputError('--chat wraps a text: give --prompt')
}

/** Which tokens the model is asked about. @throws BadInputError */
const promptOf = (model: LanguageModel, { prompt, promptIds, chat }: Options): readonly number[] => {
  if (promptIds !== undefined) return promptIds
  if (prompt === undefined) throw new BadInputError('give --prompt, --prompt-ids, or --input and --output')
  if (model.tokenizer === undefined) throw new BadInputError('the model has no tokenizer: give --prompt-ids')
  if (!chat) return model.tokenizer.encode(prompt)
  const wrapped = model.tokenizer.chat(prompt)
  if (wrapped === undefined) throw new BadInputError('the model has no chat template')
  return model.tokenizer.encode(wrapped)
}

const inferTokens = async (file: string, options: Options): Promise<void> => {
  const model = await LanguageModel.open(file, options.threads, options)
  try {
    const promptTokens = promptOf(model, options)
    const text = options.promptIds === undefined ? model.tokenizer : undefined
    const decoder = text?.decoder()
    const { temperature, topK, topP, seed } = options
    const result = await generate(
      model,
      promptTokens,
      options.tokens,
      { temperature, topK, topP, seed },
      {
        onToken: (token) => {
          if (!options.json) process.stdout.write(decoder?.push(token) ?? `${token} `)
        },
        onPrompt: (logits) => {
          if (options.logits !== undefined)
            writeNpy(writtenAt(options.logits), { shape: [logits.length], values: logits })
        },
        wantsState: options.json ?? false,
      },
    )
    if (options.json) {
      const { tokens, stateRoot, promptTokensPerSecond, decodeTokensPerSecond } = result
      const printed = text === undefined ? null : text.decode(tokens)
      console.log(
        JSON.stringify({
          promptTokens,
          tokens,
          text: printed,
          stateRoot,
          promptTokensPerSecond,
          decodeTokensPerSecond,
        }),
      )
      return
    }
    process.stdout.write(`${decoder?.end() ?? ''}\n`)
    console.error(
      `${promptTokens.length} prompt tokens, ${result.promptTokensPerSecond.toFixed(1)} a second; ${result.tokens.length} tokens, ${result.decodeTokensPerSecond.toFixed(1)} a second`,
    )
  } finally {
    await model.close()
  }
}

const inferTensors = async (
  file: string,
  { input, output, threads, format, json }: Options,
): Promise<void> => {
  if (input === undefined || output === undefined) throw new BadInputError('--input and --output go together')
  const model = await openNative(file, threads, { format })
  try {
    const batch = readNpy(foundAt(input))
    const progress = startProgress(model.header.name, batch.shape[0] ?? 1, 'samples')
    const started = performance.now()
    const result = await runTensors(model, batch, progress.update)
    progress.stop()
    writeNpy(writtenAt(output), result)
    const samplesPerSecond = (1000 * result.shape[0]!) / (performance.now() - started)
    if (json) console.log(JSON.stringify({ samples: result.shape[0], shape: result.shape, samplesPerSecond }))
  } finally {
    await model.graph.close()
  }
}

await runCommand(
  modelCommand('infer', 'Runs a model natively, with the bits that are disputed')
    .argument('<model>', 'a model’s name or file')
    .option('--input <file>', 'NumPy file, float32, batch first: the input of a model of tensors')
    .option('--output <file>', 'NumPy file to write: its output')
    .option('--prompt <text>', 'text that a language model goes on from')
    .option('--prompt-ids <ids>', 'the same as ids, 1,2,3: needs no tokenizer', idsOf)
    .option('--chat', 'wrap the prompt in the file’s chat template')
    .option('--tokens <n>', 'tokens to generate, at most', integerFrom(1), 32)
    .option(
      '--temperature <t>',
      '0 takes the likeliest token',
      number('a number from 0 on', (t) => t >= 0 && t < 2 ** 16),
      0,
    )
    .option(
      '--top-k <k>',
      'likeliest tokens that take part, at most 1024; 0 is no limit of one’s own',
      number('an integer from 0 on', (k) => Number.isInteger(k) && k >= 0 && k < 2 ** 32),
      0,
    )
    .option(
      '--top-p <p>',
      'share of the probability that takes part; 0 is all',
      number('a number from 0 to 1', (p) => p >= 0 && p <= 1),
      1,
    )
    .addOption(new Option('--seed <n>', 'of the draw, 64 bits').argParser(seedOf).default(0n, '0'))
    .option('--logits <file>', 'NumPy file to write: logits of the prompt’s last position')
    .addOption(new Option('--format <format>', 'which of a name’s files').choices(MODEL_FORMATS))
    .option('--threads <n>', 'threads that compute', integerFrom(1), availableParallelism())
    .option('--json', 'print {promptTokens, tokens, text, stateRoot, …} alone on standard output')
    .action(async (name: string, options: Options) => {
      checkOneWay(options)
      const file = modelFileOf(name, options.format)
      if (options.input !== undefined || options.output !== undefined) await inferTensors(file, options)
      else await inferTokens(file, options)
    }),
)
