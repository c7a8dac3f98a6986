import { Command, InvalidArgumentError } from 'commander'
import { measureAccuracy } from './accuracy.ts'
import { loadModel, MODEL_NAMES, UnknownModelError } from './catalogue.ts'
import { MnistFileError, testDigits } from './mnist/data.ts'
import { ModelFileError } from './modelFile.ts'
import { startProgress } from './progress.ts'

const BAD_INPUT = 2
const TEST_IMAGES = 10_000

const imageCount = (text: string): number => {
  const images = Number(text)
  if (!Number.isInteger(images) || images < 1 || images > TEST_IMAGES)
    throw new InvalidArgumentError(`allowed: an integer from 1 to ${TEST_IMAGES}`)
  return images
}

interface Options {
  readonly images: number
  readonly json?: true
}

const run = (name: string, { images, json }: Options): void => {
  const model = loadModel(name)
  const progress = startProgress(name, images, 'images')
  const result = measureAccuracy(model, testDigits(), images, progress.update)
  progress.stop()
  if (json) console.log(JSON.stringify(result))
  else
    console.log(
      `${name}: ${result.correct} of ${result.images} images, ${(100 * result.accuracy).toFixed(2)}%`,
    )
}

try {
  new Command('accuracy')
    .description('Measures a model on the MNIST test images, through the integer engine')
    .argument('<model>', `one of: ${MODEL_NAMES.join(', ')}`)
    .option('--images <n>', 'only the first n test images', imageCount, TEST_IMAGES)
    .option('--json', 'print {model, images, correct, accuracy} alone on standard output')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
    .action(run)
    .parse()
} catch (error) {
  const expected = [UnknownModelError, ModelFileError, MnistFileError]
  if (!expected.some((kind) => error instanceof kind)) throw error
  console.error(`error: ${(error as Error).message}`)
  process.exitCode = BAD_INPUT
}
