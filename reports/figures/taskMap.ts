import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { claimLabel, disputeLabel, NONE, taskLabel } from '../../spec/published/documents/labels.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Row } from '../chronicle.ts'

/** How long a thing was in one state: from one call to another, or to the end. */
export interface Span {
  /** As the specification's documents call it. */
  readonly state: string
  /** The call behind which it was in that state first, as an index into the rows. */
  readonly from: number
  /** The call behind which it was in another; the number of rows where it stayed. */
  readonly to: number
  readonly since: Seconds
}

/** Something with states over time. */
export interface Lane {
  readonly id: Id
  readonly spans: readonly Span[]
}

export interface DisputeLane extends Lane {
  readonly asserter: string
  readonly challenger: string
}

export interface ClaimLane extends Lane {
  readonly server: string
  /** In the order in which they were opened. */
  readonly disputes: readonly DisputeLane[]
}

/** A task with the claims on it and the disputes about them: addresses, and states over the calls of a run. */
export interface TaskMap extends Lane {
  /** In the order in which they came. */
  readonly claims: readonly ClaimLane[]
}

const spansOf = (rows: readonly Row[], labelIn: (state: ServiceState) => string): readonly Span[] => {
  const spans: Span[] = []
  for (const [i, { after, sinceStart }] of rows.entries()) {
    const state = labelIn(after)
    const last = spans.at(-1)
    if (state === (last?.state ?? NONE)) continue
    if (last !== undefined) spans[spans.length - 1] = { ...last, to: i }
    spans.push({ state, from: i, to: rows.length, since: sinceStart })
  }
  return spans
}

/** What the calls of a run made of each task. */
export const taskMaps = (rows: readonly Row[]): readonly TaskMap[] => {
  const end = rows.at(-1)?.after
  if (end === undefined) return []
  return [...end.tasks.keys()].map((task) => ({
    id: task,
    spans: spansOf(rows, ({ tasks }) => taskLabel(tasks.get(task))),
    claims: [...end.claims].flatMap(([claim, entry]) =>
      entry.claim.taskId !== task
        ? []
        : {
            id: claim,
            server: entry.claim.server,
            spans: spansOf(rows, ({ claims }) => claimLabel(claims.get(claim))),
            disputes: [...end.disputes].flatMap(([dispute, contest]) =>
              contest.claim !== claim
                ? []
                : {
                    id: dispute,
                    asserter: contest.asserter,
                    challenger: contest.challenger,
                    spans: spansOf(rows, ({ disputes }) => disputeLabel(disputes.get(dispute))),
                  },
            ),
          },
    ),
  }))
}
