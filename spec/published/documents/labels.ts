import type {
  ClaimState,
  DisputeState,
  Enrollment,
  SealState,
  ServiceState,
  TaskState,
} from '../../service/state.ts'

/** What has states. */
export type Entity = 'task' | 'claim' | 'dispute' | 'seal' | 'enrollment'

/** A state of an entity, in words; `none` before it exists. */
export type Label = string

export const NONE = 'none'

export const taskLabel = (task: TaskState | undefined): Label => {
  if (task?.kind !== 'Settled') return task?.kind ?? NONE
  const words = ['Settled', ...(task.isPaid ? ['paid'] : []), ...(task.isNotified ? ['notified'] : [])]
  return words.join(', ')
}

export const sealLabel = (seal: SealState | undefined): Label => seal?.kind ?? NONE

export const enrollmentLabel = (enrollment: Enrollment | undefined): Label => {
  if (enrollment === undefined) return NONE
  return enrollment.retiredAt === undefined ? 'Watching' : 'Retired'
}

export const claimLabel = (claim: ClaimState | undefined): Label =>
  claim?.kind === 'Pending' && claim.disputes > 0 ? 'Pending, disputed' : (claim?.kind ?? NONE)

export const disputeLabel = (dispute: DisputeState | undefined): Label => {
  if (dispute === undefined) return NONE
  if (dispute.kind === 'Running') return `Running, ${dispute.clocks.turn} to move`
  return dispute.kind === 'Decided' ? `Decided for the ${dispute.winner}` : dispute.kind
}

/** Labels of all entities of a state, by id. */
export const labelsOf = (state: ServiceState): Readonly<Record<Entity, ReadonlyMap<string, Label>>> => ({
  task: new Map([...state.tasks].map(([id, task]) => [id, taskLabel(task)])),
  claim: new Map([...state.claims].map(([id, claim]) => [id, claimLabel(claim)])),
  dispute: new Map([...state.disputes].map(([id, dispute]) => [id, disputeLabel(dispute)])),
  seal: new Map([...state.seals].map(([id, seal]) => [id, sealLabel(seal)])),
  enrollment: new Map([...state.enrollments].map(([id, entry]) => [id, enrollmentLabel(entry)])),
})

export const ENTITIES: readonly Entity[] = ['task', 'claim', 'dispute', 'seal', 'enrollment']
