import type { Id, TensorRoot } from '../../spec/commitments/hash.ts'
import type { Seconds } from '../../spec/game/clocks.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address, Task } from '../../spec/service/task.ts'
import type { Parameters, Wei } from '../../spec/setting/parameters.ts'
import type { Intent } from '../../spec/strategies/sight.ts'
import type { Trace } from '../../spec/tower/tower.ts'
import type { Chance } from '../chance.ts'
import type { Powers, Said, Sight } from '../simulation/agent.ts'
import type { Lie as SymbolLie } from '../towers/symbolTrace.ts'
import type { HeldRun, Lie, Tower } from '../towers/tower.ts'

/** What it costs to compute. */
export interface Compute {
  /** One run of the model. */
  readonly inferenceSeconds: Seconds
  /** To compute a run of each phase once more, with its commitments, coarsest first. */
  readonly recomputeSeconds: readonly Seconds[]
}

/** What an agent is told before the first block. */
export interface Stage {
  readonly name: string
  readonly address: Address
  readonly tower: Tower
  readonly parameters: Parameters
  readonly compute: Compute
  /** What a cheat gains by a false claim that becomes final. */
  readonly cheatGainWei: Wei
  /** This agent's own chance, for a purpose. */
  readonly chance: (purpose: string) => Chance
  /** What it has worked out of tasks' runs, by input and lie. */
  readonly runs: Map<TensorRoot, Map<Lie | undefined, HeldRun>>
  /** Marks the agent's lies: nobody else's are marked so. */
  readonly mark: () => number
  /** Notes that this agent runs the model for a task, though it may have nothing to say of it. */
  readonly looksAt: (task: Id) => void
  /** Of a delegate: whoever lets it make its moves. */
  readonly delegators: readonly Address[]
  /** The accounts of somebody in the file. */
  readonly addressesOf: (member: string) => readonly Address[]
  /** Claims of servers that hold a model back can be computed by nobody else. */
  readonly isWithheld: (server: Address) => boolean
}

/** What a strategy makes of an account. */
export interface Behaviour {
  readonly act: (sight: Sight) => Said | undefined
  /** When it wants to be asked again though nothing has happened; the next deadline of any task where absent. */
  readonly wakesAt?: (sight: Sight) => Seconds | undefined
  /** Whether it computes what it says; what is guessed or copied takes no time. Where absent, it does. */
  readonly computes?: (intent: Intent) => boolean
  /** What it can do that most cannot. */
  readonly powers?: Powers
  /** As of `Agent`. */
  readonly overlooksBystanding?: true
}

/** Something that is worked out once for each key. */
export const once = <Key, Value>(work: (key: Key) => Value): ((key: Key) => Value) => {
  const done = new Map<Key, Value>()
  return (key) => {
    const known = done.get(key)
    // What was worked out may be that there is nothing.
    if (known !== undefined || done.has(key)) return known as Value
    const value = work(key)
    done.set(key, value)
    return value
  }
}

/**
 * Whether somebody should still say what costs so much: where it cannot pay, once, so that the chain's refusal stands in
 * the journal, and then no more, so that it does what it still can.
 */
export const affordable = (): ((sight: Sight, wei: Wei, what: string) => boolean) => {
  let refused: Set<string> | undefined
  return ({ balanceWei }, wei, what) => {
    if (balanceWei >= wei) return true
    refused ??= new Set()
    if (refused.has(what)) return false
    refused.add(what)
    return true
  }
}

/** A lie at a random instruction of the run, told on as if it were true or not at all. */
export const lieAnywhere = (
  { tower, mark }: Pick<Stage, 'tower' | 'mark'>,
  chance: Chance,
  continuation: SymbolLie['continuation'] = 'consistent',
): Lie => tower.anyLie(chance, mark(), continuation)

/** A task's run as this agent holds it, and the claim that it makes of it. */
export const runOf = (
  { tower, runs }: Pick<Stage, 'tower' | 'runs'>,
  { inputRoot }: Pick<Task, 'inputRoot'>,
  lie?: Lie,
): HeldRun => {
  let ofTask = runs.get(inputRoot)
  if (ofTask === undefined) {
    ofTask = new Map()
    runs.set(inputRoot, ofTask)
  }
  const known = ofTask.get(lie)
  if (known !== undefined) return known
  const run = tower.claimOf(inputRoot, lie)
  ofTask.set(lie, run)
  return run
}

export const truthOf = (stage: Pick<Stage, 'tower' | 'runs'>, task: Task): Trace => runOf(stage, task).trace

/** What an agent's machine has at hand, and how long it takes to have more. */
export class Workbench {
  readonly #compute: Compute
  readonly #inferred = new Set<Id>()
  #dueSeconds = 0

  constructor(compute: Compute) {
    this.#compute = compute
  }

  /** A run of the model for a task, once. */
  infer(task: Id): void {
    if (this.#inferred.has(task)) return
    this.#inferred.add(task)
    this.#dueSeconds += this.#compute.inferenceSeconds
  }

  /**
   * Seconds that saying something takes: a run of the model before the first word about a task, and before a descent the
   * run below once more. What has been computed of a task stays at hand.
   *
   * @param intent undefined for what was looked at in silence
   */
  seconds(intent: Intent | undefined, state: ServiceState): Seconds {
    if (intent !== undefined) this.#prepare(intent, state)
    const seconds = this.#dueSeconds
    this.#dueSeconds = 0
    return seconds
  }

  #prepare({ call }: Intent, state: ServiceState): void {
    if (call.kind === 'Claim' || call.kind === 'Seal' || call.kind === 'Attend') this.infer(call.taskId)
    if (call.kind === 'Open') this.infer(state.claims.get(call.claimId)!.claim.taskId)
    if (call.kind !== 'Move') return
    const below = call.reply.kind === 'Descend' ? call.opening.phase + 1 : call.opening.phase
    this.#dueSeconds += this.#compute.recomputeSeconds[below] ?? 0
  }
}
