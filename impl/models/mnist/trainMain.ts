import { join, relative } from 'node:path'
import { Command } from 'commander'
import { measureAccuracy } from '../accuracy.ts'
import { writeModelFile } from '../modelWriter.ts'
import { startProgress } from '../progress.ts'
import { testDigits, trainingDigits } from './data.ts'
import { filePlan, quantise } from './quantise.ts'
import { PLAN, train } from './train.ts'

const BAD_INPUT = 2

/** Trains mnist-mlp, quantises it, writes the model file that ships and says how good it is. */
const NAME = 'mnist-mlp'
const FILE = join(import.meta.dirname, '..', `${NAME}.opml`)

new Command('train')
  .description(
    `Trains ${NAME}, quantises it and writes ${relative(process.cwd(), FILE)} anew, bit for bit the same; takes minutes`,
  )
  .addHelpText('after', '\nExit codes: 0 done, 2 bad input.')
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
  .parse()

const digits = trainingDigits()
const total = PLAN.epochs * Math.floor(digits.count / PLAN.batch)
const progress = startProgress('training', total, 'batches')
const network = train(digits, PLAN, ({ done, loss }) => progress.update(done, `loss ${loss.toFixed(4)}`))
progress.stop()

const model = quantise(NAME, network, digits)
writeModelFile(FILE, filePlan(model), model.weights)

const test = testDigits()
const testing = startProgress('testing', test.count, 'images')
const { correct, images } = measureAccuracy(model, test, test.count, testing.update)
testing.stop()
console.log(`${FILE}: ${correct} of ${images} test images right, ${((100 * correct) / images).toFixed(2)}%`)
