import type { RoundBlock } from '../../sim/journal.ts'
import type { Simulation } from '../../sim/scenario/simulation.ts'
import { canonical } from '../../sim/simulation/journal.ts'
import type { PlayedRun } from '../../sim/simulation/population.ts'
import type { RunSoFar } from '../../sim/simulation/run.ts'
import { trueRoots } from '../../sim/truth.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import { type Row, rowsOf } from '../chronicle.ts'
import type { TruthOfTask } from '../sections/story.ts'
import type { Told } from '../told.ts'

/** One run of a population, for whoever tells of it. */
export interface PopulationStage extends Told {
  readonly rows: readonly Row[]
  readonly truthOf: TruthOfTask
  /** What each account's calls took of gas, and what it paid for that and for blocks. */
  readonly gasBy: ReadonlyMap<Address, { readonly gas: number; readonly wei: Wei }>
  /** Of the tasks' claims: whether each is true. */
  readonly isTrue: (claim: Id) => boolean
}

/** Before anybody has asked. */
const NO_TASK = `0x${'0'.repeat(64)}` as Id

const REQUESTER = 'requester'

/** Names of the phases of a tower of symbols, coarsest first. */
export const levelsOf = (lengths: readonly number[]): readonly string[] =>
  lengths.map((_, phase) => `level ${phase + 1}`)

/** What a call about a round was held against: of one that records it, the hash that it records. */
const roundBlockOf = (call: Call, block: number, after: ServiceState): RoundBlock | undefined => {
  if (!('round' in call)) return undefined
  const closing = call.kind === 'RecordRound' ? after.rounds.get(call.round)?.randomness : undefined
  return { number: block, ...(closing && { closing }) }
}

/**
 * The calls of a run as its chain has them in the end, with the states that the simulator left behind each, and what
 * is true of every task: a population's states are known by their places.
 */
export const populationStage = (
  { tower: { lengths } }: Pick<Simulation, 'tower'>,
  run: RunSoFar & Partial<Pick<PlayedRun, 'accounts'>>,
): PopulationStage => {
  const calls = canonical(run.journal)
  const phases = levelsOf(lengths)
  const rows = rowsOf(
    run.start,
    calls.map(({ actor, block, time, sender, call, valueWei, outcome, after, paidWei }, seq) => ({
      entry: {
        ...{ seq, time, actor, sender, call, valueWei, outcome },
        block: roundBlockOf(call, block, after),
        stateHash: stateHash(after),
        transaction: undefined,
      },
      after,
      paidWei,
    })),
    phases,
  )
  const players = new Map(calls.map(({ actor, sender }) => [actor, sender]))
  const { tasks, claims } = run.state
  const honest = (task: Id) => run.tower.claimOf(tasks.get(task)!.task.inputRoot)
  return {
    rows,
    actors: [...players].map(([name, address]) => ({
      name,
      address,
      role: name === REQUESTER ? REQUESTER : (run.members.get(name)?.role ?? REQUESTER),
    })),
    graph: { nodes: [], outputSlot: 0 },
    model: { phases },
    task: [...tasks.keys()][0] ?? NO_TASK,
    gasBy: new Map(
      [...players].map(([name, address]) => [
        address,
        {
          gas: calls.reduce((sum, call) => (call.sender === address ? sum + call.gas : sum), 0),
          wei: run.accounts?.get(name)?.gasWei ?? 0n,
        },
      ]),
    ),
    truthOf: (task) => trueRoots(honest(task).trace),
    isTrue: (claim) => {
      const { taskId, endRoot } = claims.get(claim)!.claim
      return honest(taskId).prepared.endRoot === endRoot
    },
  }
}
