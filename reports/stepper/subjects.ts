import type { Id } from '../../spec/commitments/hash.ts'
import { claimLabel, disputeLabel, NONE, taskLabel } from '../../spec/published/documents/labels.ts'
import type { Row } from '../chronicle.ts'
import type { Told } from '../told.ts'

/** The things whose states a stepper shows. */
export const SUBJECTS = ['task', 'claim', 'dispute'] as const
export type Subject = (typeof SUBJECTS)[number]

/** What a call is about: the ids of a task, a claim on it and a dispute about that, as far as there are any. */
export type Concern = Readonly<Partial<Record<Subject, Id>>>

const claimOf = ({ entry: { call }, before, after, dispute }: Row): Id | undefined => {
  if ('claimId' in call) return call.claimId
  if (dispute !== undefined) return (after.disputes.get(dispute) ?? before.disputes.get(dispute))?.claim
  return [...after.claims.keys()].find((id) => !before.claims.has(id))
}

const taskOf = ({ entry: { call }, before, after }: Row, claim: Id | undefined): Id | undefined => {
  if ('taskId' in call) return call.taskId
  if (claim !== undefined) return after.claims.get(claim)?.claim.taskId
  return [...after.tasks.keys()].find((id) => !before.tasks.has(id))
}

/** What each call is about; one that is about less than the call before it leaves the rest as it was. */
export const concerns = (rows: readonly Row[], { task }: Pick<Told, 'task'>): readonly Concern[] => {
  const found: Concern[] = []
  for (const row of rows) {
    const claim = claimOf(row)
    const own: Concern = {
      ...{ task: taskOf(row, claim) ?? found.at(-1)?.task ?? task },
      ...(claim && { claim }),
      ...(row.dispute && { dispute: row.dispute }),
    }
    const before = found.at(-1)
    const isOther = claim !== undefined && claim !== before?.claim
    found.push(isOther ? own : { ...before, ...own })
  }
  return found
}

/** The calls that a dispute's story is made of: the request, what was said about the claim, the dispute's own. */
export const rowsAbout = (rows: readonly Row[], dispute: Id): readonly Row[] => {
  const { claims, disputes } = rows.at(-1)!.after
  const { claim } = disputes.get(dispute)!
  const task = claims.get(claim)!.claim.taskId
  return rows.filter((row) => {
    if (row.dispute !== undefined) return row.dispute === dispute
    const about = claimOf(row)
    return about === undefined
      ? row.entry.call.kind === 'Request' && taskOf(row, about) === task
      : about === claim
  })
}

/** The state of each thing that a call is about, behind it, in the words of the specification's documents. */
export const labelsBehind = (
  { after }: Row,
  { task, claim, dispute }: Concern,
): Readonly<Record<Subject, string>> => ({
  task: task === undefined ? NONE : taskLabel(after.tasks.get(task)),
  claim: claim === undefined ? NONE : claimLabel(after.claims.get(claim)),
  dispute: dispute === undefined ? NONE : disputeLabel(after.disputes.get(dispute)),
})
