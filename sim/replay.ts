import { applyCall } from '../spec/service/apply.ts'
import type { Block, Context } from '../spec/service/calls.ts'
import type { ServiceState } from '../spec/service/state.ts'
import { stateHash } from '../spec/service/stateHash.ts'
import type { Address } from '../spec/service/task.ts'
import type { Wei } from '../spec/setting/parameters.ts'
import type { Entry, Journal, Outcome } from './journal.ts'
import type { Balance } from './story.ts'

/** Where the chain told another story than the specification. */
export interface Divergence {
  readonly seq: number | undefined
  readonly what: string
  readonly specification: string
  readonly chain: string
}

/**
 * Plays a journal through the specification, from the state in which the story began. Every outcome, refusals
 * included, every state and every balance must be the same.
 *
 * @returns the first difference, or undefined where there is none
 */
export const replay = (
  start: ServiceState,
  journal: Journal,
  balances: readonly Balance[],
): Divergence | undefined => {
  let state = start
  const gained = new Map<Address, Wei>()
  const held = (account: Address): Wei =>
    (balances.find(({ address }) => address === account)?.before ?? 0n) + (gained.get(account) ?? 0n)
  for (const entry of journal) {
    const { sender, valueWei, call } = entry
    const result = held(sender) < valueWei ? undefined : applyCall(state, call, contextOf(entry, state))
    const outcome = outcomeOfCall(result)
    if (outcome !== entry.outcome) return differs(entry, 'outcome', outcome, entry.outcome)
    if (result?.ok) {
      state = result.value.state
      gained.set(sender, (gained.get(sender) ?? 0n) + result.value.paidWei - valueWei)
    }
    if (stateHash(state) !== entry.stateHash)
      return differs(entry, 'state', stateHash(state), entry.stateHash)
  }
  for (const { name, address, before, after } of balances) {
    const expected = before + (gained.get(address) ?? 0n)
    if (expected !== after)
      return {
        seq: undefined,
        what: `balance of ${name}`,
        specification: String(expected),
        chain: String(after),
      }
  }
  return undefined
}

/** The block of a call about a round, as the journal has it. */
const blockOf = ({ call, block }: Entry, { rounds }: ServiceState): Block | undefined => {
  if (block === undefined || !('round' in call)) return undefined
  const closedIn = rounds.get(call.round)?.closedIn
  const hashes =
    closedIn === undefined || block.closing === undefined ? [] : [[closedIn, block.closing] as const]
  return { number: block.number, hashes: new Map(hashes) }
}

/** Who made a journal's call, with what, when and in which block, for a service as it stood before. */
export const contextOf = (entry: Entry, state: ServiceState): Context => {
  const { sender, valueWei, time } = entry
  return { sender, valueWei, now: time, block: blockOf(entry, state) }
}

/** @param result undefined where the sender cannot pay */
const outcomeOfCall = (result: ReturnType<typeof applyCall> | undefined): Outcome => {
  if (result === undefined) return 'InsufficientFunds'
  return result.ok ? 'accepted' : result.rejection.reason
}

const differs = ({ seq }: Entry, what: string, specification: string, chain: string): Divergence => ({
  seq,
  what,
  specification,
  chain,
})

export class StoriesDiffer extends Error {
  constructor({ seq, what, specification, chain }: Divergence) {
    super(
      `the chain and the specification tell different stories${seq === undefined ? '' : ` at call ${seq}`}: ` +
        `${what} is ${specification} in the specification, ${chain} on the chain`,
    )
    this.name = 'StoriesDiffer'
  }
}
