import type { Id } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import { type Change, Version } from '../../spec/service/keeping.ts'
import type { Answer, ServiceState, TaskState } from '../../spec/service/state.ts'
import type { Address, Task } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { type Entries, grouped } from '../../spec/strategies/grouped.ts'
import {
  deadlines,
  type Intent,
  openDisputes,
  openSeals,
  pendingClaims,
  secondBehind,
} from '../../spec/strategies/sight.ts'
import type { Sight } from '../simulation/agent.ts'

/** What there is to know of a task before somebody looks at it; another thing when anything about the task is another. */
interface Outline {
  readonly id: Id
  readonly task: Task
  /** Whether somebody may still have something to do in it. */
  readonly isLive: boolean
  /** The seconds behind which something becomes possible, once somebody has asked for them. */
  deadlines: readonly Seconds[] | undefined
}

/** With fewer tasks all are looked at: that is done sooner than it is found out which need not be. */
const FEW = 16

const unpaidAnswers = grouped(
  (answer: Answer) => answer.task,
  (all: Entries<Answer>) => ({ are: all.some(([, { isPaid }]) => !isPaid) }),
)

const isUnsettled = (entry: TaskState): boolean =>
  entry.kind === 'Open' || entry.kind === 'Bound' || (entry.kind === 'Settled' && !entry.isPaid)

/** Whether something about a task is pending, whatever has become of it. */
const isBusy = (state: ServiceState, id: Id): boolean =>
  pendingClaims(state, id).length > 0 ||
  openSeals(state, id).length > 0 ||
  openDisputes(state, id).length > 0 ||
  (state.answers.size > 0 && unpaidAnswers(state.answers, id, state).are)

const outlineOf = (state: ServiceState, id: Id, entry: TaskState): Outline => {
  const isLive = isUnsettled(entry) || isBusy(state, id)
  return { id, task: entry.task, isLive, deadlines: undefined }
}

/** @param state in which nothing about the task is another than in the one that it is the outline of */
const deadlinesOf = (outline: Outline, state: ServiceState): readonly Seconds[] => {
  outline.deadlines ??= deadlines(state, outline.id)
  return outline.deadlines
}

const changesOf = <Value>(
  from: ReadonlyMap<Id, Value>,
  to: ReadonlyMap<Id, Value>,
): readonly Change<Id, Value>[] | undefined => {
  if (from === to) return []
  return from instanceof Version && to instanceof Version ? to.changedSince(from) : undefined
}

/** Adds the tasks about which something has changed in a map. @returns whether that could be told */
const addTouched = <Value>(
  touched: Set<Id>,
  from: ReadonlyMap<Id, Value>,
  to: ReadonlyMap<Id, Value>,
  taskOf: (value: Value, key: Id) => Id | undefined,
): boolean => {
  const changes = changesOf(from, to)
  for (const { key, before } of changes ?? []) {
    const task = taskOf(to.get(key) ?? before!, key)
    if (task !== undefined) touched.add(task)
  }
  return changes !== undefined
}

/** The tasks about which something may be another than it was, in the order of the changes; undefined where nobody can tell. */
const touchedTasks = (from: ServiceState, to: ServiceState): ReadonlySet<Id> | undefined => {
  const touched = new Set<Id>()
  const isTold =
    addTouched(touched, from.tasks, to.tasks, (_, id) => id) &&
    addTouched(touched, from.claims, to.claims, ({ claim }) => claim.taskId) &&
    addTouched(touched, from.seals, to.seals, ({ seal }) => seal.taskId) &&
    // Of a dispute whose claim is gone the claim has said so.
    addTouched(touched, from.disputes, to.disputes, ({ claim }) => to.claims.get(claim)?.claim.taskId) &&
    addTouched(touched, from.answers, to.answers, ({ task }) => task)
  return isTold ? touched : undefined
}

/** The tasks of the state that was asked about last: agents are asked about one state after the other. */
class Outlines {
  #state: ServiceState | undefined
  /** In the order of the requests. */
  #all = new Map<Id, Outline>()
  #live: Outline[] = []
  #last: Outline | undefined

  /** Brings them to another state. @returns those in which somebody may have something to do, in the order of the requests */
  live(state: ServiceState): readonly Outline[] {
    if (this.#state === state) return this.#live
    const isFollowed = this.#state !== undefined && this.#follow(this.#state, state)
    this.#state = state
    this.#live = []
    this.#last = undefined
    if (isFollowed) for (const outline of this.#all.values()) this.#take(outline)
    else {
      if (this.#all.size > 0) this.#all.clear()
      const areFew = state.tasks.size < FEW
      state.tasks.forEach((entry, id) => {
        const outline = outlineOf(state, id, entry)
        if (!areFew) this.#all.set(id, outline)
        this.#take(outline)
      })
    }
    return this.#live
  }

  #take(outline: Outline): void {
    this.#last = outline
    if (outline.isLive) this.#live.push(outline)
  }

  /** The last task of all, of the state that was asked about last. */
  get last(): Outline | undefined {
    return this.#last
  }

  /** @returns whether it could be told what has changed */
  #follow(from: ServiceState, to: ServiceState): boolean {
    if (this.#all.size === 0) return false
    const touched = touchedTasks(from, to)
    if (touched === undefined) return false
    for (const id of touched) {
      const entry = to.tasks.get(id)
      if (entry === undefined) return false
      this.#all.set(id, outlineOf(to, id, entry))
    }
    return true
  }
}

const outlines = new Outlines()

/** What somebody says of a task that it wants to say something about, and cannot pay for: later it may. */
export const UNPAID = 'unpaid'

/** Up to when somebody has nothing to say of a task, as long as nothing about that changes. */
interface Quiet {
  readonly outline: Outline
  readonly from: Seconds
  /** The second in which more becomes possible; undefined where none does. */
  readonly until: Seconds | undefined
}

/**
 * The tasks of which one account has nothing to say: a party that said nothing says nothing until something about the task
 * is another, a second has passed behind which more is possible, or the account has another credit.
 */
export class QuietTasks {
  readonly #address: Address
  #quiet: Map<Id, Quiet> | undefined
  #credit: Wei | undefined

  constructor(address: Address) {
    this.#address = address
  }

  /** Before tasks are gone through. */
  begin({ credits }: ServiceState): void {
    const credit = credits.get(this.#address)
    if (credit === this.#credit) return
    this.#credit = credit
    this.#quiet = undefined
  }

  holds(outline: Outline, now: Seconds): boolean {
    const quiet = this.#quiet?.get(outline.id)
    if (quiet?.outline !== outline || now < quiet.from) return false
    return quiet.until === undefined || now < quiet.until
  }

  note(outline: Outline, state: ServiceState, now: Seconds): void {
    const until = secondBehind(deadlinesOf(outline, state), now)
    this.#quiet ??= new Map()
    this.#quiet.set(outline.id, { outline, from: now, until })
  }
}

/**
 * What somebody does first, task by task, in the order of their requests. Tasks in which nobody has anything to do are
 * passed over, but for the last one: what an account has at credit it withdraws by any.
 *
 * @param quiet of a party that plays by the specification's strategies alone, so that it need not look at every task again
 */
export const firstOf = (
  { state, now }: Sight,
  act: (task: Id, asked: Task) => Intent | typeof UNPAID | undefined,
  quiet?: QuietTasks,
): Intent | undefined => {
  const live = outlines.live(state)
  const { last } = outlines
  const kept = live.length < FEW ? undefined : quiet
  kept?.begin(state)
  for (const outline of live) {
    if (kept?.holds(outline, now) === true) continue
    const intent = act(outline.id, outline.task)
    if (intent === undefined) kept?.note(outline, state, now)
    else if (intent !== UNPAID) return intent
  }
  if (last === undefined || live.at(-1) === last) return undefined
  const intent = act(last.id, last.task)
  return intent === UNPAID ? undefined : intent
}

/** The next second at which anything becomes possible in any task. */
export const anyDeadline = ({ state, now }: Sight): Seconds | undefined => {
  let next: Seconds | undefined
  for (const outline of outlines.live(state)) {
    const second = secondBehind(deadlinesOf(outline, state), now)
    if (second !== undefined && (next === undefined || second < next)) next = second
  }
  return next
}
