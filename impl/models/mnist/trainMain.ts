import { join, relative } from 'node:path'
import { Argument } from 'commander'
import { writeLowered } from '../../convert/graphPlan.ts'
import { measureAccuracy } from '../accuracy.ts'
import { modelCommand, runCommand } from '../modelCommand.ts'
import { readModelFile } from '../modelFile.ts'
import { writeModelFile } from '../modelWriter.ts'
import { startProgress } from '../progress.ts'
import { CNN } from './cnn.ts'
import { type Digits, testDigits, trainingDigits } from './data.ts'
import { lowerCnn } from './lowerCnn.ts'
import { MLP } from './mlp.ts'
import { filePlan, quantise } from './quantise.ts'
import { type Architecture, CNN_PLAN, MLP_PLAN, type Parameters, type TrainingPlan, train } from './train.ts'

const FOLDER = join(import.meta.dirname, '..')

const trainWith = <Network extends Parameters>(
  architecture: Architecture<Network>,
  digits: Digits,
  plan: TrainingPlan,
): Network => {
  const total = plan.epochs * Math.floor(digits.count / plan.batch)
  const progress = startProgress('training', total, 'batches')
  const network = train(architecture, digits, plan, ({ done, loss }) =>
    progress.update(done, `loss ${loss.toFixed(4)}`),
  )
  progress.stop()
  return network
}

/** How each model that ships is made. @returns its files */
const MODELS: Readonly<Record<string, (name: string, digits: Digits) => Promise<readonly string[]>>> = {
  'mnist-mlp': async (name, digits) => {
    const model = quantise(name, trainWith(MLP, digits, MLP_PLAN), digits)
    const file = join(FOLDER, `${name}.opml`)
    writeModelFile(file, filePlan(model), model.weights)
    return [file]
  },
  // In f32 too: as it was trained, so that what the fixed format costs can be seen.
  'mnist-cnn': async (name, digits) => {
    const network = trainWith(CNN, digits, CNN_PLAN)
    const files = [join(FOLDER, `${name}.opml`), join(FOLDER, `${name}.f32.opml`)]
    for (const [i, format] of (['fixed', 'f32'] as const).entries()) {
      const { plan, fills } = lowerCnn(name, network, format)
      await writeLowered(files[i]!, plan, fills, () => {})
    }
    return files
  },
}

const run = async (only: string | undefined): Promise<void> => {
  const [digits, test] = [trainingDigits(), testDigits()]
  for (const name of only === undefined ? Object.keys(MODELS) : [only])
    for (const file of await MODELS[name]!(name, digits)) {
      const testing = startProgress('testing', test.count, 'images')
      const { correct, images } = await measureAccuracy(readModelFile(file), test, test.count, testing.update)
      testing.stop()
      console.log(
        `${relative(process.cwd(), file)}: ${correct} of ${images} test images right, ${((100 * correct) / images).toFixed(2)}%`,
      )
    }
}

await runCommand(
  modelCommand(
    'train',
    'Trains the models that ship on the MNIST digits and writes their files anew, bit for bit the same; takes minutes',
  )
    .addArgument(new Argument('[model]', 'one of them (default: all)').choices(Object.keys(MODELS)))
    .addHelpText('after', '\nExit codes: 0 done, 2 bad input, 130 interrupted.')
    .action(run),
)
