import { Argument, Option } from 'commander'
import { SYNTHETIC_SIZES } from '../../impl/convert/llama/synthetic.ts'
import { BadInputError, modelCommand, runCommand } from '../../impl/models/modelCommand.ts'
import type { Summary } from '../outcome.ts'
import { modelOf, resultOf, runStage, STAGES, type Stage, StageFailed, type StageResult } from './stages.ts'

const FAILED = 1

interface Options {
  readonly again?: Stage
  readonly json?: true
}

const say = (stage: Stage, { seconds }: StageResult, wasDone: boolean): void =>
  console.error(`${stage}: ${seconds.toFixed(1)} s${wasDone ? ', done before' : ''}`)

const results = (size: string, again: Stage | undefined): Readonly<Record<Stage, StageResult>> => {
  const from = again === undefined ? STAGES.length : STAGES.indexOf(again)
  const entries = STAGES.map((stage, index) => {
    const known = index < from ? resultOf(size, stage) : undefined
    const result = known ?? runStage(size, stage)
    say(stage, result, known !== undefined)
    return [stage, result] as const
  })
  return Object.fromEntries(entries) as Record<Stage, StageResult>
}

const scale = (size: string, { again, json }: Options): void => {
  const { synth, infer, dispute } = results(size, again)
  const inferred = infer.said as { readonly tokens: readonly number[]; readonly stateRoot: string }
  const { winner, by, moves, gas, seconds, answers } = dispute.said as Summary
  const isSame = JSON.stringify(answers?.true.tokens) === JSON.stringify(inferred.tokens)
  if (!isSame || winner !== 'verifier') process.exitCode = FAILED
  const summary = {
    model: modelOf(size),
    tokens: inferred.tokens,
    stateRoot: inferred.stateRoot,
    isSameInDispute: isSame,
    firstFalse: answers?.firstFalse,
    winner,
    by,
    moves,
    gas: gas?.total,
    seconds: {
      synth: synth.seconds,
      infer: infer.seconds,
      dispute: dispute.seconds,
      settlement: seconds.dispute,
    },
  }
  if (json) console.log(JSON.stringify(summary))
  else {
    const { node, tile, iteration } = summary.firstFalse!
    console.log(
      `${summary.model}: answers ${inferred.tokens.join(' ')}${isSame ? '' : ', and otherwise when it was disputed'}; ` +
        `a lie in iteration ${iteration}, ${node?.name}, tile ${tile}: ${winner} wins by ${by} after ${moves} moves, ${gas?.total} gas`,
    )
    console.log(
      `made in ${synth.seconds.toFixed(0)} s, answered in ${infer.seconds.toFixed(0)} s, disputed in ${dispute.seconds.toFixed(0)} s, ` +
        `${seconds.dispute.toFixed(0)} s of it from the request to the settlement`,
    )
  }
}

await runCommand(
  modelCommand(
    'scale',
    'Makes a LLaMA of a known shape, asks it for two tokens behind two, and disputes a lie in them',
  )
    .addArgument(new Argument('<size>', 'shape').choices(Object.keys(SYNTHETIC_SIZES)))
    .addOption(new Option('--again <stage>', 'do this stage and those behind it anew').choices(STAGES))
    .option('--json', 'print the result as JSON alone on standard output')
    .action((size: string, options: Options) => {
      try {
        scale(size, options)
      } catch (error) {
        throw error instanceof StageFailed ? new BadInputError(error.message) : error
      }
    }),
)
