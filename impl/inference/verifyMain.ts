import { Command, InvalidArgumentError } from 'commander'
import { startStepBatch } from '../chain/stepBatch.ts'
import { type Comparison, compareRuns } from '../conformance/threeWay.ts'
import { MnistFileError } from '../models/mnist/data.ts'
import { ModelFileError } from '../models/modelFile.ts'
import { startProgress } from '../models/progress.ts'
import { VmTrace } from '../vm/trace.ts'
import { wholeRun } from './mnistSteps.ts'

const DISAGREED = 1
const BAD_INPUT = 2

const TEST_IMAGES = 10_000

const integerFrom = (least: number, most: number) => (text: string) => {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
    throw new InvalidArgumentError(`allowed: an integer from ${least} to ${most}`)
  return value
}

interface Options {
  readonly image: number
  readonly from: number
  readonly count?: number
  readonly json?: true
}

/** Numbers from `first` to `end` - 1. */
function* numbers(first: number, end: number): Generator<number> {
  for (let n = first; n < end; n++) yield n
}

class BadRange extends Error {}

const print = (
  { json, image, from }: Options,
  length: number,
  seconds: number,
  { steps, disagreements, examples }: Comparison,
): void => {
  if (json) {
    console.log(
      JSON.stringify({ model: 'mnist-mlp', image, length, from, steps, disagreements, seconds, examples }),
    )
    return
  }
  for (const { step, state, spec, engine, contract } of examples)
    console.log(
      `state ${state} step ${step}: spec ${spec}, engine ${engine}, contract ${contract ?? 'not asked'}`,
    )
  console.log(
    `mnist-mlp, image ${image}: ${steps} of ${length} instructions compared in spec, engine and contract, ` +
      `${disagreements} disagreements, ${seconds.toFixed(1)} s`,
  )
}

const run = async (options: Options): Promise<void> => {
  const given = wholeRun(options.image)
  const { length } = new VmTrace(given)
  const { from, count = length - from } = options
  if (from >= length) throw new BadRange(`--from ${from} is outside the run: 0 to ${length - 1} are allowed`)
  const end = Math.min(length, from + count)
  // A Ctrl-C may simply end this process: the chain ends with it.
  const contract = await startStepBatch()
  const progress = startProgress('comparing', end - from, 'instructions')
  const started = performance.now()
  try {
    const steps = numbers(from, end)
    const runs = [{ name: 'mnist-mlp', given, steps }]
    const compared = await compareRuns(runs, contract, progress.update).finally(progress.stop)
    print(options, length, (performance.now() - started) / 1000, compared)
    if (compared.disagreements > 0) process.exitCode = DISAGREED
  } finally {
    await contract.stop()
  }
}

try {
  await new Command('verify:steps')
    .description(
      'Compares the state root after every instruction of MNIST in the machine: specification, engine and contract',
    )
    .option('--image <n>', 'index of the test image', integerFrom(0, TEST_IMAGES - 1), 0)
    .option('--from <n>', 'first instruction, numbered from 0', integerFrom(0, 2 ** 48), 0)
    .option('--count <n>', 'how many instructions; all to the end where absent', integerFrom(1, 2 ** 48))
    .option('--json', 'print the result as JSON alone on standard output')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))
    .action(run)
    .parseAsync()
} catch (error) {
  const expected = [BadRange, ModelFileError, MnistFileError]
  if (!expected.some((kind) => error instanceof kind)) throw error
  console.error(`error: ${(error as Error).message}`)
  process.exitCode = BAD_INPUT
}
