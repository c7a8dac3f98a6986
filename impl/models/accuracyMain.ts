import { InvalidArgumentError, Option } from 'commander'
import { measureAccuracy } from './accuracy.ts'
import { loadModel, MODEL_FORMATS, MODEL_NAMES, type NumericFormat } from './catalogue.ts'
import { testDigits } from './mnist/data.ts'
import { modelCommand, runCommand } from './modelCommand.ts'
import { startProgress } from './progress.ts'

const TEST_IMAGES = 10_000

const imageCount = (text: string): number => {
  const images = Number(text)
  if (!Number.isInteger(images) || images < 1 || images > TEST_IMAGES)
    throw new InvalidArgumentError(`allowed: an integer from 1 to ${TEST_IMAGES}`)
  return images
}

interface Options {
  readonly images: number
  readonly format?: NumericFormat
  readonly json?: true
}

const run = async (name: string, { images, format, json }: Options): Promise<void> => {
  const model = loadModel(name, format)
  const progress = startProgress(name, images, 'images')
  const result = await measureAccuracy(model, testDigits(), images, progress.update)
  progress.stop()
  if (json) console.log(JSON.stringify(result))
  else
    console.log(
      `${name}: ${result.correct} of ${result.images} images, ${(100 * result.accuracy).toFixed(2)}%`,
    )
}

await runCommand(
  modelCommand(
    'accuracy',
    'Measures a model on the MNIST test images, natively, with the bits that are disputed',
  )
    .argument('<model>', `one of: ${MODEL_NAMES.join(', ')}`)
    .option('--images <n>', 'only the first n test images', imageCount, TEST_IMAGES)
    .addOption(new Option('--format <format>', 'which of the model’s files').choices(MODEL_FORMATS))
    .option('--json', 'print {model, images, correct, accuracy} alone on standard output')
    .action(run),
)
