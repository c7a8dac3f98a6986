import { basename } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { modelCommand, runCommand } from '../models/modelCommand.ts'
import type { ModelHeader } from '../models/modelHeader.ts'
import { startProgress } from '../models/progress.ts'
import { convertLlama, hashOf, openLlama } from './convert.ts'
import { openSource } from './sourceFile.ts'

const FORMATS: readonly ModelHeader['format'][] = ['fixed']

const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('allowed: a positive integer')
  return value
}

interface Options {
  readonly format: ModelHeader['format']
  readonly context?: number
  readonly promptCapacity?: number
  readonly answerCapacity?: number
  readonly json?: true
}

await runCommand(
  modelCommand(
    'convert',
    'Converts a model into a model file, in a numeric format that is the same on every machine',
  )
    .argument('<in>', 'a GGUF file of LLaMA architecture, or a folder with config.json and model.safetensors')
    .argument('<out>', 'the model file to write')
    .addOption(new Option('--format <format>', 'numbers between nodes').choices(FORMATS).default('fixed'))
    .option('--context <n>', 'positions of the caches (default: the model’s, at most 8192)', positive)
    .option('--prompt-capacity <n>', 'tokens of a prompt, at most (default: 1024)', positive)
    .option('--answer-capacity <n>', 'tokens of an answer, at most (default: 256)', positive)
    .option('--json', 'print what was converted as one object on standard output')
    .action((input: string, output: string, { json, ...options }: Options) => {
      const started = performance.now()
      const source = openLlama(input)
      const file = openSource(source.file)
      const hashing = startProgress('hashing', file.size, 'bytes')
      const sha256 = hashOf(file, hashing.update)
      hashing.stop()
      file.close()
      let progress: ReturnType<typeof startProgress> | undefined
      const conversion = convertLlama(
        source,
        output,
        options,
        { source: basename(input), sha256 },
        (stage, done, total) => {
          progress ??= startProgress(stage, total, 'weights')
          progress.update(done)
        },
      )
      progress?.stop()
      source.close()
      const seconds = (performance.now() - started) / 1000
      if (json) console.log(JSON.stringify({ ...conversion, output, format: options.format, seconds }))
      else {
        const { name, nodes, weights, fractionBits, tokenizerNote } = conversion
        console.log(`${output}: ${name}, ${nodes} nodes, ${weights} weights, ${seconds.toFixed(1)} s`)
        if (fractionBits !== undefined)
          console.log(
            `fraction bits: residual ${fractionBits.residual}, swiglu ${fractionBits.swiglu}, else 16`,
          )
        if (tokenizerNote !== null) console.log(`no tokenizer: ${tokenizerNote}`)
      }
    }),
)
