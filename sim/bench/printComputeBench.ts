import { BadInputError } from '../../impl/models/modelCommand.ts'
import { MEASURED_MODELS, measureRates } from '../compute/measureRates.ts'
import { writeRates } from '../compute/rates.ts'
import { isHere } from '../scenario/task.ts'

interface ComputeOptions {
  readonly json?: true
  readonly write?: true
  readonly models?: readonly string[]
}

/** Measures what an inference and a run of each phase take, and prints the rates or makes them the simulations' own. */
export const printComputeBench = ({ json, write, models }: ComputeOptions): void => {
  const unknown = models?.find((model) => !MEASURED_MODELS.includes(model))
  if (unknown !== undefined)
    throw new BadInputError(`unknown model ${JSON.stringify(unknown)}; known: ${MEASURED_MODELS.join(', ')}`)
  const here = (models ?? MEASURED_MODELS).filter((model) => {
    if (isHere(model)) return true
    console.error(`${model} is not here yet: npm run models -- fetch ${model}`)
    return false
  })
  const rates = measureRates(here, (model, phases) => console.error(`${model}: ${phases.join(' > ')}`))
  if (json === true) console.log(JSON.stringify(rates))
  else
    for (const [model, towers] of Object.entries(rates))
      for (const [phases, { inferenceSeconds, recomputeSeconds, disputeSeconds }] of Object.entries(towers))
        console.log(
          `${model} [${phases}]: an inference ${inferenceSeconds} s; a run of each phase ${recomputeSeconds.join(', ')} s; ` +
            `the dearest dispute ${disputeSeconds} s, ${(disputeSeconds / inferenceSeconds).toFixed(2)} inferences`,
        )
  if (write === true) console.error(`written: ${writeRates(rates)}`)
}
