import { free } from '../../../spec/strategies/sight.ts'
import { oneOf } from '../../badInput.ts'
import { mustBe } from '../../scenario/fault.ts'
import { text } from '../../scenario/fields.ts'
import { type Behaviour, once, type Stage } from '../stage.ts'
import type { OptionFault, Surroundings } from '../strategy.ts'

/** The option of whoever may let somebody else make its moves: the name of an actor of role `delegate`. */
export const delegate = text('the name of an actor of role delegate').optional()

export interface Delegation {
  readonly delegate?: string | undefined
}

/** Whom a member of a cast lets make its moves; undefined where nobody. */
export const delegateOf = ({ options }: { readonly options: unknown }): string | undefined =>
  (options as Delegation).delegate

/** As of a strategy's `fault`. */
export const delegateFault = (
  { delegate: name }: Delegation,
  { delegates }: Surroundings,
): OptionFault | undefined => {
  if (name === undefined || delegates.includes(name)) return undefined
  const allowed =
    delegates.length === 0 ? 'an actor of role delegate, of which there is none here' : oneOf(delegates)
  return { field: 'delegate', reason: mustBe(name, allowed) }
}

/**
 * Names a delegate before anything else, and leaves all moves to it.
 *
 * @param play how the party plays, given the moves after which it falls silent: the opening is no move
 */
export const delegating = (
  stage: Stage,
  { delegate: name }: Delegation,
  play: (silence: { readonly silentAfter?: number }) => Behaviour,
): Behaviour => {
  if (name === undefined) return play({})
  const behaviour = play({ silentAfter: 0 })
  const accounts = once((member: string) => stage.addressesOf(member)[0]!)
  return {
    ...behaviour,
    act: (sight) => {
      const to = accounts(name)
      return sight.state.delegates.get(stage.address) === to
        ? behaviour.act(sight)
        : free({ kind: 'Delegate', to })
    },
  }
}
