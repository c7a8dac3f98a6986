import { bigEndian } from '../../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../../spec/commitments/hash.ts'
import type { Task } from '../../../spec/service/task.ts'
import { type Server, serverActs } from '../../../spec/strategies/parties.ts'
import { flag, mapping } from '../../scenario/fields.ts'
import type { Lie } from '../../towers/tower.ts'
import { delegate, delegateFault, delegating } from '../delegates/delegating.ts'
import { firstOf, QuietTasks, UNPAID } from '../liveTasks.ts'
import { affordable, type Behaviour, once, runOf, type Stage } from '../stage.ts'
import { agentStrategy } from '../strategy.ts'

export interface Sealing {
  /** Where the deployment takes seals: whether it seals its claims. With attention everybody must. */
  readonly sealed?: boolean | undefined
}

/** The salt of a server's seal: nobody else's, and the same in each rerun. */
export const saltOf = ({ name, chance }: Stage): Hash =>
  keccak(new TextEncoder().encode(name), bigEndian(chance('salt').below(2 ** 32), 4))

/** Claims and plays from the run that `lieOf` gives for each task: a true one where that is undefined. */
export const serving = (
  stage: Stage,
  lieOf: (task: string) => Lie | undefined,
  { sealed, silentAfter }: Sealing & { readonly silentAfter?: number } = {},
): Behaviour => {
  const { parameters, address } = stage
  const seals = parameters.attention !== undefined || (sealed === true && parameters.seals !== undefined)
  const salt = seals ? saltOf(stage) : undefined
  const lies = once(lieOf)
  const canPay = affordable()
  const selves = new Map<Id, Server>()
  const selfFor = (id: Id, task: Task): Server => {
    const known = selves.get(id)
    if (known !== undefined) return known
    const { prepared, trace } = runOf(stage, task, lies(id))
    const self: Server = { address, task: id, prepared, trace, salt, silentAfter }
    selves.set(id, self)
    return self
  }
  const quiet = new QuietTasks(address)
  return {
    overlooksBystanding: true,
    act: (sight) =>
      firstOf(
        sight,
        (id, task) => {
          const intent = serverActs(sight, selfFor(id, task))
          return intent === undefined || canPay(sight, intent.valueWei, id) ? intent : UNPAID
        },
        quiet,
      ),
  }
}

export const honest = agentStrategy({
  options: mapping({ sealed: flag().optional(), delegate }),
  isHonest: () => true,
  fault: delegateFault,
  play: ({ sealed, ...options }, [stage]) => [
    delegating(stage!, options, (silence) => serving(stage!, () => undefined, { sealed, ...silence })),
  ],
})

/** Answers truly, with a model that nobody else holds. */
export const withholder = agentStrategy({
  options: mapping({}),
  isHonest: () => false,
  withholds: true,
  play: (_, [stage]) => [serving(stage!, () => undefined)],
})
