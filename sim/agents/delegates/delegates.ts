import type { Id } from '../../../spec/commitments/hash.ts'
import { deadline, isExpired } from '../../../spec/game/clocks.ts'
import { type Position, positionRules } from '../../../spec/game/position.ts'
import type { ServiceState } from '../../../spec/service/state.ts'
import type { Address, Task } from '../../../spec/service/task.ts'
import { honestReply } from '../../../spec/strategies/honest.ts'
import {
  type Duty,
  free,
  type Intent,
  isVoid,
  mostUrgent,
  openDisputes,
} from '../../../spec/strategies/sight.ts'
import type { Trace } from '../../../spec/tower/tower.ts'
import { mapping } from '../../scenario/fields.ts'
import type { Sight } from '../../simulation/agent.ts'
import type { Lie } from '../../towers/tower.ts'
import { firstOf } from '../liveTasks.ts'
import { type Behaviour, once, runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

type Awaited = ReturnType<typeof openDisputes>[number]

/** The disputes about a task in which these are to move, and still can. */
const awaited = ({ state, now }: Sight, task: Id, parties: ReadonlySet<Address>): readonly Awaited[] =>
  openDisputes(state, task).filter(
    ({ dispute }) =>
      parties.has(dispute[dispute.clocks.turn]) && !isVoid(state, dispute) && !isExpired(dispute.clocks, now),
  )

/** The move that a run has for whoever is to move; none where it says nothing against the opponent's. */
const moveFrom = ({ parameters, models }: ServiceState, { id, dispute }: Awaited, run: Trace): Duty[] => {
  const { position, model, clocks } = dispute
  const picked = honestReply(position, parameters.arity, run)
  if (picked === undefined) return []
  const opening = positionRules(models.get(model)!).open(position, picked.segment)
  const call = { kind: 'Move', disputeId: id, opening, reply: picked.reply } as const
  return [{ intent: free(call), by: deadline(clocks) }]
}

/** Makes the moves of all that have named it. @param lieFor what the run that it plays from says falsely */
const movingFor = (stage: Stage, lieFor: (position: Position) => Lie | undefined): Behaviour => ({
  act: (sight) => {
    const { state } = sight
    const named = stage.delegators.filter((party) => state.delegates.get(party) === stage.address)
    const parties = new Set(named)
    return firstOf(sight, (id: Id, task: Task): Intent | undefined => {
      const duties = awaited(sight, id, parties).flatMap((found) => {
        stage.looksAt(id)
        return moveFrom(state, found, runOf(stage, task, lieFor(found.dispute.position)).trace)
      })
      return mostUrgent(duties)
    })
  },
})

/** Makes its parties' moves as they would themselves. */
export const honest = agentStrategy({
  options: mapping({}),
  isHonest: () => true,
  play: (_, [stage]) => [movingFor(stage!, () => undefined)],
})

/**
 * Makes its parties' moves from runs that are false from the first step of what is disputed: whatever they are right about
 * they lose, by an instruction or, where it finds no such run, by the clock.
 */
export const treacherous = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  play: (_, [stage]) => {
    const { tower, mark } = stage!
    const lies = once((at: string) => tower.lieFrom(JSON.parse(at), mark()))
    return [movingFor(stage!, ({ at }) => lies(JSON.stringify(at)))]
  },
})
