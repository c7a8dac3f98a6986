import type { Answer, ModelRuns } from '../impl/inference/runs.ts'
import { type Bytes, fromHex, type Hex } from '../spec/commitments/bytes.ts'
import { answerToken } from './stepNames.ts'
import type { FirstFalse, Truth } from './truth.ts'

/** What a language model was asked and what was claimed that it says, for people. */
export interface Answers {
  /** Null where it was asked in ids alone. */
  readonly prompt: string | null
  readonly promptTokens: readonly number[]
  /** Null where no claim came about. */
  readonly claimed: Answer | null
  readonly true: Answer
  /** What the contract that asked was told; null where none asked, or was told. */
  readonly calledBack: Answer | null
  /** The first token of the answer, from 0 on, in which the two differ; null where none does. */
  readonly partAt: number | null
  /** Where the claim first is false; null where it is true, or there is none. */
  readonly firstFalse: FalsePlace | null
}

/** A place in the run of a language model. Null for a phase that the tower does not have. */
export interface FalsePlace {
  /** From 0 on. */
  readonly iteration: number | null
  /** The token of the answer that the iteration comes to, from 0 on; null within the prompt. */
  readonly token: number | null
  readonly node: { readonly index: number; readonly name: string } | null
  readonly tile: number | null
  readonly instruction: number | null
}

const placeOf = ({ model, graph, conversation }: ModelRuns, { at }: FirstFalse): FalsePlace => {
  const step = (phase: (typeof model.phases)[number]): number | null =>
    at[model.phases.indexOf(phase)] ?? null
  const [iteration, node] = [step('loop'), step('graph')]
  const token = iteration === null ? 1 : answerToken(iteration, conversation!.promptTokens.length)
  return {
    iteration,
    token: token < 1 ? null : token - 1,
    node: node === null ? null : { index: node, name: graph.nodes[node]!.name },
    tile: step('tile'),
    instruction: step('vm'),
  }
}

const firstDifference = (a: readonly number[], b: readonly number[]): number | null => {
  const index = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_, i) => a[i] !== b[i])
  return index === -1 ? null : index
}

/**
 * Undefined where the model does not answer in tokens.
 *
 * @param told the output that a contract was called back with
 */
export const answersOf = (
  runs: ModelRuns,
  { output, firstFalse }: Pick<Truth, 'output' | 'firstFalse'>,
  told: Bytes | undefined,
): Answers | undefined => {
  if (runs.conversation === undefined) return undefined
  const { prompt, promptTokens, answerOf } = runs.conversation
  const trueAnswer = answerOf(fromHex(output.true as Hex))
  const claimed = output.claimed === null ? null : answerOf(fromHex(output.claimed as Hex))
  return {
    prompt,
    promptTokens,
    claimed,
    true: trueAnswer,
    calledBack: told === undefined ? null : answerOf(told),
    partAt: claimed === null ? null : firstDifference(claimed.tokens, trueAnswer.tokens),
    firstFalse: firstFalse === undefined ? null : placeOf(runs, firstFalse),
  }
}
