import type { ModelRuns } from '../../impl/inference/runs.ts'
import type { RoundBlock } from '../../sim/journal.ts'
import type { Simulation } from '../../sim/scenario/simulation.ts'
import { canonical } from '../../sim/simulation/journal.ts'
import type { PlayedRun } from '../../sim/simulation/population.ts'
import type { RunSoFar } from '../../sim/simulation/run.ts'
import type { NamedGraph } from '../../sim/stepNames.ts'
import type { TowerModel } from '../../sim/towers/tower.ts'
import { trueRoots } from '../../sim/truth.ts'
import type { Bytes } from '../../spec/commitments/bytes.ts'
import type { Id } from '../../spec/commitments/hash.ts'
import type { GraphModel } from '../../spec/graph/graphModel.ts'
import type { Call } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import type { Wei } from '../../spec/setting/parameters.ts'
import type { Model } from '../../spec/tower/model.ts'
import { type Row, rowsOf } from '../chronicle.ts'
import type { TruthOfTask } from '../sections/story.ts'
import type { OutputGraph } from '../told.ts'
import type { Setting } from '../wording.ts'

/** One run of a population, for whoever tells of it. */
export interface PopulationStage extends Setting {
  /** What its tower is of; undefined of a tower of symbols, which has no nodes and no instructions. */
  readonly ofModel: MachineTold | undefined
  readonly rows: readonly Row[]
  readonly truthOf: TruthOfTask
  /** What each account's calls took of gas, and what it paid for that and for blocks. */
  readonly gasBy: ReadonlyMap<Address, { readonly gas: number; readonly wei: Wei }>
  /** Of the tasks' claims: whether each is true. */
  readonly isTrue: (claim: Id) => boolean
  readonly taskOf: (claim: Id) => Id
  /** What the model says, of a task. */
  readonly trueOutputOf: (task: Id) => Bytes
}

/** Before anybody has asked. */
const NO_TASK = `0x${'0'.repeat(64)}` as Id

const REQUESTER = 'requester'

/** Names of the phases of a tower of symbols, coarsest first. */
export const levelsOf = (lengths: readonly number[]): readonly string[] =>
  lengths.map((_, phase) => `level ${phase + 1}`)

/** Of a tower of symbols. */
export const NO_GRAPH: OutputGraph = { nodes: [], outputSlot: 0 }

/** A model as far as its steps have names. */
export interface MachineTold {
  readonly name: string
  readonly inputName: string
  readonly graph: GraphModel & NamedGraph
  readonly model: Model
  readonly runs: ModelRuns
}

const machineTold = ({ name, inputName, runs }: TowerModel): MachineTold => ({
  name,
  inputName,
  runs,
  model: runs.model,
  graph: { ...runs.graph, promptTokens: runs.conversation?.promptTokens.length },
})

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
  { tower }: Pick<Simulation, 'tower'>,
  run: RunSoFar & Partial<Pick<PlayedRun, 'accounts'>>,
): PopulationStage => {
  const calls = canonical(run.journal)
  const ofModel = tower.ofModel && machineTold(tower.ofModel)
  const model = ofModel?.model ?? { phases: levelsOf(tower.lengths) }
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
    model.phases,
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
    ofModel,
    graph: ofModel?.graph ?? NO_GRAPH,
    model,
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
    taskOf: (claim) => claims.get(claim)!.claim.taskId,
    trueOutputOf: (task) => honest(task).prepared.output,
    isTrue: (claim) => {
      const { taskId, endRoot } = claims.get(claim)!.claim
      return honest(taskId).prepared.endRoot === endRoot
    },
  }
}
