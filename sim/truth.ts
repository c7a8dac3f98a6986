import type { InferenceRun } from '../impl/inference/runs.ts'
import { type Bytes, toHex } from '../spec/commitments/bytes.ts'
import type { StateRoot } from '../spec/commitments/hash.ts'
import type { Claim } from '../spec/service/task.ts'
import type { Trace } from '../spec/tower/tower.ts'
import type { Journal } from './journal.ts'

/** What the runner knows and the chain does not: whether the claim was true. */
export interface Truth {
  /** Null where no claim came about, as is what was claimed. */
  readonly claimIsTrue: boolean | null
  /** Output tensors, as hex. */
  readonly output: { readonly claimed: string | null; readonly true: string }
  /** Undefined where the claim is true, or there is none. */
  readonly firstFalse: FirstFalse | undefined
  /** See `trueRoots`. */
  readonly rootsAt: TrueRoots
}

/**
 * The true roots of one phase's run.
 *
 * @param at where in the true run it lies: a step for each phase above, coarsest first @param steps of the run, from 0
 * @returns undefined where the true run has no such step, and so no run below it
 */
export type TrueRoots = (at: readonly number[], steps: readonly number[]) => readonly StateRoot[] | undefined

const runBelow = (trace: Trace, step: number): Trace | undefined =>
  trace.kind === 'last' || step >= trace.length ? undefined : trace.descend(step).below

export const trueRoots =
  (honest: Trace): TrueRoots =>
  (at, steps) =>
    at.reduce<Trace | undefined>((run, step) => run && runBelow(run, step), honest)?.rootsAt(steps)

/** The step whose post-state is the claim's first false one. */
export interface FirstFalse {
  /** A step for each phase, coarsest first. */
  readonly at: readonly number[]
  /** Of the instruction, on its true pre-state; undefined where the two runs differ in no single instruction. */
  readonly stepWitness: Bytes | undefined
}

/**
 * The first step after which two runs differ that begin alike and end otherwise; undefined where they do not. The lies
 * of strategies last: once a state is false all later ones are, which is what makes halving right.
 */
const firstDifference = (claimed: Trace, honest: Trace): number | undefined => {
  const differsAt = (step: number): boolean => claimed.rootsAt([step])[0] !== honest.rootsAt([step])[0]
  let [agreed, differs] = [0, Math.max(claimed.length, honest.length)]
  if (differsAt(agreed) || !differsAt(differs)) return undefined
  while (differs - agreed > 1) {
    const middle = Math.floor((agreed + differs) / 2)
    if (differsAt(middle)) differs = middle
    else agreed = middle
  }
  return agreed
}

/** Where a false run first is false, phase by phase down to the instruction. */
export const firstFalseOf = (claimed: Trace, honest: Trace): FirstFalse => {
  const step = firstDifference(claimed, honest)
  if (step === undefined) return { at: [], stepWitness: undefined }
  if (claimed.kind === 'last' || honest.kind === 'last')
    return { at: [step], stepWitness: honest.kind === 'last' ? honest.stepWitness(step) : undefined }
  const below = firstFalseOf(claimed.descend(step).below, honest.descend(step).below)
  return { ...below, at: [step, ...below.at] }
}

/** The output as the server showed it. */
const claimedOutput = (journal: Journal): Bytes | undefined =>
  journal.flatMap(({ call, outcome }) =>
    (call.kind === 'Claim' || call.kind === 'Reveal') && outcome === 'accepted' ? [call.output] : [],
  )[0]

/**
 * @param claim the server's; undefined where none came about
 * @param played the run that the server claims from @param honest the true one
 */
export const truthOf = (
  claim: Claim | undefined,
  journal: Journal,
  played: InferenceRun,
  honest: InferenceRun,
): Truth => {
  const output = claimedOutput(journal)
  const { endRoot, length } = honest.prepared
  const claimIsTrue = claim === undefined ? null : claim.endRoot === endRoot && claim.length === length
  return {
    claimIsTrue,
    output: {
      claimed: claim === undefined || output === undefined ? null : toHex(output),
      true: toHex(honest.prepared.output),
    },
    firstFalse: claimIsTrue === false ? firstFalseOf(played.trace, honest.trace) : undefined,
    rootsAt: trueRoots(honest.trace),
  }
}
