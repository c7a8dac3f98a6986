import { basename } from 'node:path'
import { Option } from 'commander'
import { foundAt, writtenAt } from '../files/places.ts'
import { type Comparison, printDeviations } from '../inference/deviations.ts'
import { MODEL_FORMATS } from '../models/catalogue.ts'
import { BadInputError, integerFrom, modelCommand, runCommand } from '../models/modelCommand.ts'
import type { ModelHeader } from '../models/modelHeader.ts'
import { checkTarget } from '../models/modelWriter.ts'
import { startProgress, startStages } from '../models/progress.ts'
import { type Conversion, convertLlama, hashOf, openLlama } from './convert.ts'
import { type LlamaFidelity, measureLlamaFidelity } from './llama/llamaFidelity.ts'
import { convertOnnx, type OnnxConversion } from './onnx/convertOnnx.ts'
import type { OnnxFidelity } from './onnx/onnxFidelity.ts'
import { readOnnx } from './onnx/onnxFile.ts'
import { openSource } from './sourceFile.ts'

interface Options {
  readonly format: ModelHeader['format']
  readonly context?: number
  readonly promptCapacity?: number
  readonly answerCapacity?: number
  readonly json?: true
}

interface LlamaConversion extends Conversion {
  readonly fidelity: LlamaFidelity
}

const isOnnx = (input: string): boolean => input.toLowerCase().endsWith('.onnx')

const provenanceOf = (input: string, files: readonly string[]): ModelHeader['provenance'] => {
  const sources = files.map(openSource)
  const bytes = sources.reduce((sum, { size }) => sum + size, 0)
  const hashing = startProgress('hashing', bytes, 'bytes')
  const sha256 = hashOf(sources, hashing.update)
  hashing.stop()
  for (const source of sources) source.close()
  return { source: basename(input), sha256 }
}

const fromOnnx = async (
  input: string,
  output: string,
  { format, context, promptCapacity, answerCapacity }: Options,
): Promise<OnnxConversion> => {
  if (context !== undefined || promptCapacity !== undefined || answerCapacity !== undefined)
    throw new BadInputError('--context and capacities are for language models')
  const source = openSource(input)
  try {
    const stages = startStages('done')
    const provenance = provenanceOf(input, [input])
    const conversion = await convertOnnx(readOnnx(source), output, format, provenance, stages.update)
    stages.stop()
    return conversion
  } finally {
    source.close()
  }
}

const fromLlama = async (input: string, output: string, options: Options): Promise<LlamaConversion> => {
  const source = openLlama(input)
  try {
    const provenance = provenanceOf(input, source.files)
    const stages = startStages('weights')
    const conversion = await convertLlama(source, output, options, provenance, stages.update)
    stages.stop()
    return { ...conversion, fidelity: measureLlamaFidelity(source, output) }
  } finally {
    source.close()
  }
}

/** What the comparisons are about. */
const printSample = (fidelity: LlamaFidelity | OnnxFidelity): void => {
  if (!('outputNode' in fidelity)) return
  const { samples, blocks, allBlocks, outputNode } = fidelity
  const part = blocks === allBlocks ? 'all' : `the first ${blocks} of ${allBlocks}`
  console.log(`compared on ${samples} tokens, ${part} blocks; output is ${outputNode}`)
}

const print = ({ against, operators, output }: Comparison): void => {
  const { mean, worst, largestDifference, sameLargest } = output
  console.log(
    `output against ${against}: relative deviation ${mean.toExponential(2)}, worst ${worst.toExponential(2)}; ` +
      `largest difference ${largestDifference.toExponential(2)}; largest element the same in ${(100 * sameLargest).toFixed(1)}%`,
  )
  printDeviations(operators)
}

await runCommand(
  modelCommand(
    'convert',
    'Converts a model into a model file, in a numeric format that is the same on every machine',
  )
    .argument(
      '<in>',
      'an ONNX file; a GGUF file of LLaMA architecture; a folder with config.json and model.safetensors, or several and their index',
    )
    .argument('<out>', 'the model file to write')
    .addOption(
      new Option('--format <format>', 'numbers between nodes').choices(MODEL_FORMATS).default('fixed'),
    )
    .option('--context <n>', 'positions of the caches (default: the model’s, at most 8192)', integerFrom(1))
    .option('--prompt-capacity <n>', 'tokens of a prompt, at most (default: 1024)', integerFrom(1))
    .option('--answer-capacity <n>', 'tokens of an answer, at most (default: 256)', integerFrom(1))
    .option('--json', 'print what was converted as one object on standard output')
    .action(async (source: string, target: string, { json, ...options }: Options) => {
      const started = performance.now()
      const [input, output] = [foundAt(source), writtenAt(target)]
      checkTarget(output)
      const conversion = isOnnx(input)
        ? await fromOnnx(input, output, options)
        : await fromLlama(input, output, options)
      const seconds = (performance.now() - started) / 1000
      if (json) console.log(JSON.stringify({ ...conversion, output, format: options.format, seconds }))
      else {
        const { name, nodes, weights, fractionBits, tokenizerNote } = conversion
        console.log(`${output}: ${name}, ${nodes} nodes, ${weights} weights, ${seconds.toFixed(1)} s`)
        const bits = Object.entries(fractionBits ?? {}).map(([of, count]) => `${of} ${count}`)
        if (bits.length > 0) console.log(`fraction bits: ${bits.join(', ')}`)
        if (tokenizerNote !== null) console.log(`no tokenizer: ${tokenizerNote}`)
        printSample(conversion.fidelity)
        for (const each of conversion.fidelity.comparisons) print(each)
      }
    }),
)
