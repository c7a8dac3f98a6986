import type { RunRecord } from './record.ts'
import { segmentPath } from './stepNames.ts'
import { witnessedStep } from './witnessedStep.ts'

/** What happened to a claim that the protocol exists to prevent; undefined where it did not. */
export const alarmOf = ({ outcome, truth }: Pick<RunRecord, 'outcome' | 'truth'>): string | undefined => {
  if (truth.claimIsTrue === false && outcome.claim === 'final') return 'a false claim has become final'
  if (truth.claimIsTrue === true && outcome.claim === 'refuted') return 'a true claim has been refuted'
  return undefined
}

/** Where the claim first is false, from the coarsest phase down; the last is the instruction. */
export const firstFalsePath = ({
  truth,
  model,
  graph,
}: Pick<RunRecord, 'truth' | 'model' | 'graph'>): readonly string[] => {
  const { at, stepWitness } = truth.firstFalse ?? { at: [], stepWitness: undefined }
  const path = segmentPath({ at, length: 1 }, { model, graph })
  if (stepWitness === undefined) return path
  return [...path.slice(0, -1), `${path.at(-1)}: ${witnessedStep(model.program, stepWitness).assembly}`]
}

/** Whether the claim was true, and where it first was false. */
export const truthSentence = (record: Pick<RunRecord, 'truth' | 'model' | 'graph'>): string => {
  const { claimIsTrue, output } = record.truth
  if (claimIsTrue === null) return 'there was no claim to be true or false'
  if (claimIsTrue) return 'the claim was true'
  const path = firstFalsePath(record)
  const where = path.length === 0 ? '' : `, first after ${path.join(' › ')}`
  const same = output.claimed === output.true ? '; the output that it showed is the true one' : ''
  return `the claim was FALSE${where}${same}`
}
