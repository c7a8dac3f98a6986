import { type Call, callName } from '../../spec/service/calls.ts'

/**
 * Gas of a whole transaction by its call: round figures near what the contracts take at arity 16, and not the measured
 * snapshot of `npm run --silent bench -- gas`, which has no figure for all of them. A dissection's does not depend on its
 * arity here.
 */
const ASSUMED: Readonly<Record<string, number>> = {
  registerProgram: 90_000,
  registerModel: 220_000,
  request: 70_000,
  claim: 82_000,
  seal: 60_000,
  reveal: 85_000,
  forfeit: 40_000,
  open: 100_000,
  dissect: 60_000,
  descend: 120_000,
  arbitrate: 90_000,
  timeout: 60_000,
  draw: 45_000,
  finalize: 60_000,
  passClaim: 35_000,
  passSeal: 35_000,
  collect: 45_000,
  notify: 60_000,
  expire: 45_000,
  withdraw: 30_000,
  delegate: 45_000,
  enroll: 60_000,
  retire: 35_000,
  unstake: 40_000,
  closeRound: 45_000,
  recordRound: 45_000,
  attend: 60_000,
  reward: 50_000,
  slash: 40_000,
}

/** By the kind of a call, a move's by that of its reply. */
const known = new Map<string, number>()

export const gasOfCall = (call: Call): number => {
  const kind = call.kind === 'Move' ? call.reply.kind : call.kind
  const gas = known.get(kind) ?? ASSUMED[callName(call)]
  if (gas === undefined) throw new Error(`no gas is assumed for ${callName(call)}`)
  known.set(kind, gas)
  return gas
}
