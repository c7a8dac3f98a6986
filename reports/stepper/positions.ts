import { encodeCall } from '../../impl/chain/encodeCall.ts'
import type { Id, StateRoot } from '../../spec/commitments/hash.ts'
import { deadline, initialSeconds, type Party, type Seconds } from '../../spec/game/clocks.ts'
import { cutPoints } from '../../spec/game/position.ts'
import type { DisputeState, ServiceState } from '../../spec/service/state.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Row } from '../chronicle.ts'
import { stakesOf } from '../stakes.ts'
import type { Told } from '../told.ts'
import { nameOf } from '../wording.ts'
import { type Concern, concerns, labelsBehind, type Subject } from './subjects.ts'

/** One side's chess clock. */
export interface ClockFace {
  readonly party: Party
  readonly name: string
  readonly left: Seconds
  readonly whole: Seconds
  readonly isRunning: boolean
}

/** What an account has sent to the contract and taken out of it, and what stands there for it. */
export interface Purse {
  readonly name: string
  readonly role: string
  readonly sentWei: Wei
  readonly takenWei: Wei
  /** Behind claims and disputes of its that are not over. */
  readonly standingWei: Wei
  readonly creditWei: Wei
}

/** A root that a call brought, with the step that it stands behind. */
export interface PostedRoot {
  readonly step: number
  readonly root: StateRoot
}

/** What there is to see behind a call: all of it from the replay of the journal through the specification. */
export interface Position {
  readonly row: Row
  readonly clocks: readonly ClockFace[]
  /** Of the task, the claim and the dispute that the call is about, as the specification's documents call them. */
  readonly labels: Readonly<Record<Subject, string>>
  /** The same in full, each with what it is called, as far as it is there. */
  readonly states: readonly { readonly of: string; readonly state: string }[]
  readonly purses: readonly Purse[]
  readonly contractWei: Wei
  readonly burnedWei: Wei
  readonly roots: readonly PostedRoot[]
  /** Bytes of the call as it goes to the chain; undefined where it cannot be encoded. */
  readonly calldataBytes: number | undefined
}

const disputeWords = (dispute: DisputeState): string => {
  if (dispute.kind === 'Running') return `running, the ${dispute.clocks.turn} to move`
  return dispute.kind === 'Decided'
    ? `decided for the ${dispute.winner} by ${dispute.by}`
    : dispute.kind.toLowerCase()
}

/** What a thing is called: by its number among all of its kind, where there are several in the end. */
const numbered = (what: Subject, id: Id, all: ReadonlyMap<Id, unknown>): string =>
  all.size === 1 ? what : `${what} ${[...all.keys()].indexOf(id) + 1}`

const statesOf = (
  { after }: Row,
  { task, claim, dispute }: Concern,
  end: ServiceState,
): Position['states'] => {
  const [asked, claimed, disputed] = [
    task === undefined ? undefined : after.tasks.get(task),
    claim === undefined ? undefined : after.claims.get(claim),
    dispute === undefined ? undefined : after.disputes.get(dispute),
  ]
  return [
    ...(task === undefined
      ? []
      : [
          {
            of: end.tasks.has(task) ? numbered('task', task, end.tasks) : 'task',
            state: asked?.kind.toLowerCase() ?? 'not asked for yet',
          },
        ]),
    ...(claimed === undefined
      ? []
      : [{ of: numbered('claim', claim!, end.claims), state: claimed.kind.toLowerCase() }]),
    ...(disputed === undefined
      ? []
      : [{ of: numbered('dispute', dispute!, end.disputes), state: disputeWords(disputed) }]),
  ]
}

/** The clocks of the dispute that a call is about; of none where it is about none that runs. */
const clocksOf = (row: Row, record: Told): readonly ClockFace[] => {
  const changed = [...row.after.disputes].find(([id, dispute]) => row.before.disputes.get(id) !== dispute)
  const dispute = changed?.[1] ?? [...row.after.disputes.values()].find(({ kind }) => kind === 'Running')
  if (dispute?.kind !== 'Running') return []
  const whole = initialSeconds(row.after.parameters, record.model.phases.length)
  const { clocks } = dispute
  return (['asserter', 'challenger'] as const).map((party) => {
    const isRunning = clocks.turn === party
    const address = dispute[party]
    return {
      party,
      name: nameOf(record.actors, address),
      left: isRunning ? deadline(clocks) - row.entry.time : clocks.left[party],
      whole,
      isRunning,
    }
  })
}

const pursesOf = (rows: readonly Row[], state: ServiceState, { actors }: Told): readonly Purse[] =>
  actors.map(({ name, role, address }) => {
    const own = rows.filter(({ entry }) => entry.sender === address && entry.outcome === 'accepted')
    return {
      name,
      role,
      sentWei: own.reduce((sum, { entry }) => sum + entry.valueWei, 0n),
      takenWei: own.reduce((sum, { paidWei }) => sum + paidWei, 0n),
      standingWei: stakesOf(rows, address).standingWei,
      creditWei: state.credits.get(address) ?? 0n,
    }
  })

const rootsOf = (row: Row): readonly PostedRoot[] => {
  const { segment, reply } = row
  if (segment === undefined || reply === undefined || reply.kind === 'Arbitrate') return []
  const length = reply.kind === 'Descend' ? reply.length : segment.length
  const first = reply.kind === 'Descend' ? 0 : segment.at.at(-1)!
  const points = cutPoints(length, reply.roots.length)
  return reply.roots.map((root, i) => ({ step: first + points[i + 1]!, root }))
}

const calldataBytes = ({ entry, before }: Row): number | undefined => {
  try {
    return (encodeCall(entry.call, before).length - 2) / 2
  } catch {
    // A call that names what is not there: the chain's encoder needs the thing itself.
    return undefined
  }
}

export const positionsOf = (rows: readonly Row[], record: Told): readonly Position[] => {
  const about = concerns(rows, record)
  const end = rows.at(-1)?.after
  return rows.map((row, i) => ({
    row,
    labels: labelsBehind(row, about[i]!),
    clocks: clocksOf(row, record),
    states: statesOf(row, about[i]!, end!),
    purses: pursesOf(rows.slice(0, i + 1), row.after, record),
    contractWei: row.after.balanceWei,
    burnedWei: row.after.burnedWei,
    roots: rootsOf(row),
    calldataBytes: calldataBytes(row),
  }))
}
