import { type Call, callName } from '../../spec/service/calls.ts'

/**
 * Gas of a call, as the contracts were measured: whole transactions on a chain with Osaka's rules, median of what the
 * games of the tests sent at arity 16. Measured by `npm run --silent bench -- gas --json`.
 */
const MEASURED: Readonly<Record<string, number>> = {
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

export const gasOfCall = (call: Call): number => {
  const gas = MEASURED[callName(call)]
  if (gas === undefined) throw new Error(`no gas was measured for ${callName(call)}`)
  return gas
}
