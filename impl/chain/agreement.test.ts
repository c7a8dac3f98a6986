import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { REJECTIONS, type Rejection } from '../../spec/rejection.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import { stateHash } from '../../spec/service/stateHash.ts'
import type { Address } from '../../spec/service/task.ts'
import { casts, deployAlphabet, deployments, type Game, PLAYERS, playGame } from './alphabet.fixture.ts'
import { startTestChain, type TestChain } from './chain.fixture.ts'
import { contractErrors } from './contractInterface.ts'
import { type Damaged, damagedStep } from './damage.fixture.ts'
import { ChainFollower } from './follower.ts'
import { nameOf, specVerdict } from './verdict.fixture.ts'

const GAMES = 8
/** Of all that could be tried at a step, one in so many is. */
const STRIDE = 4

/** What the damage must have led to, else it is no test: refusals that any number of games comes upon. */
const COMMON: readonly Rejection['reason'][] = [
  'BondMismatch',
  'ClaimDisputed',
  'ClaimExists',
  'ClaimNotOpen',
  'ClaimNotRefuted',
  'ClaimStands',
  'CursorElsewhere',
  'FeePaid',
  'ClaimUnknown',
  'ClockExpired',
  'ClockNotExpired',
  'DisputeExists',
  'DisputeOver',
  'DisputeUnknown',
  'EndMismatch',
  'FeeTooHigh',
  'LengthInvalid',
  'ModelUnknown',
  'NothingToWithdraw',
  'NotYourTurn',
  'OutputMismatch',
  'RootCountMismatch',
  'SameEnd',
  'StateMismatch',
  'TaskExists',
  'TaskExpired',
  'TaskNotOpen',
  'TaskNotExpired',
  'TaskUnknown',
  'ValueUnexpected',
  'WindowOver',
  'WitnessMalformed',
]

let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain([...PLAYERS, OUTSIDER])
})
afterAll(() => chain?.stop())

/** Everything that the contract keeps is what the specification keeps, to the wei. */
const expectStorage = async (contract: Address, state: ServiceState): Promise<void> => {
  expect(await chain.storageFault(contract, initialService(state.parameters), state)).toBeUndefined()
  expect(await chain.provider.getBalance(contract)).toBe(state.balanceWei)
}

/** Tries one refused call as a real transaction, a few seconds before the step; it changes nothing. */
const expectRefused = async (contract: Address, damaged: readonly Damaged[], step: Step): Promise<void> => {
  const early = damaged.map((one) => ({ ...one, context: { ...one.context, now: step.context.now - 5 } }))
  const refused = early.find((one) => !specVerdict(one).startsWith('accepted'))
  if (refused === undefined) return
  const { outcome } = await chain.submit(contract, refused)
  expect(`${refused.label}: ${outcome}`).toBe(`${refused.label}: ${nameOf(specVerdict(refused))}`)
  await expectStorage(contract, step.before)
}

/** Makes the step's call; what it changes and what it pays are as specified. */
const expectStep = async (contract: Address, step: Step, follower: ChainFollower): Promise<void> => {
  const { intent, context, before, applied } = step
  const balance = await chain.provider.getBalance(context.sender)
  const { outcome, gasWei } = await chain.submit(contract, { call: intent.call, context, state: before })
  expect(outcome).toBe('accepted')
  const paid = (await chain.provider.getBalance(context.sender)) - balance + gasWei + context.valueWei
  expect(paid).toBe(applied.paidWei)
  await follower.sync()
  expect(stateHash(follower.state)).toBe(stateHash(applied.state))
  // Where a run starts is in no hash, and yet what whoever follows plays from.
  expect(follower.state).toEqual(applied.state)
  await expectStorage(contract, applied.state)
}

/** Plays a game on the chain, with all that the players could have tried besides. */
const expectAgreement = async (game: Game, at: number, seen: Set<string>): Promise<void> => {
  const { table, steps } = game
  await chain.rewind()
  const contract = await deployAlphabet(chain, table)
  const follower = new ChainFollower(
    chain.provider,
    contract,
    table.state,
    await chain.provider.getBlockNumber(),
  )
  for (const [index, step] of steps.entries()) {
    const past = steps.slice(0, index)
    const { stepLimit } = table.instance.tower
    const damaged = damagedStep(step, past, stepLimit, at + index).filter(
      (_, i) => (i + at + index) % STRIDE === 0,
    )
    const asItIs = { label: 'as it is', call: step.intent.call, context: step.context, state: step.before }
    const attempts = [asItIs, ...damaged]
    const expected = attempts.map((one) => `${one.label}: ${specVerdict(one)}`)
    const verdicts = await chain.verdicts(contract, attempts)
    expect(verdicts.map((verdict, i) => `${attempts[i]!.label}: ${verdict}`)).toEqual(expected)
    for (const verdict of verdicts) seen.add(verdict.split(' ')[0]!)
    await expectRefused(contract, damaged, step)
    await expectStep(contract, step, follower)
  }
}

describe('contract and specification', () => {
  // Rationale: all that is proved of the game is proved of the specification; it holds of the contract as far as the
  // two give the same answer to every call, the refused ones included.
  test('IMPL-1 contract and spec agree, refusals included', async () => {
    const seen = new Set<string>()
    await fc.assert(
      fc.asyncProperty(deployments, casts, fc.nat({ max: 1000 }), async (instance, cast, at) => {
        await expectAgreement(playGame(instance, cast), at, seen)
      }),
      { numRuns: GAMES, endOnFailure: true },
    )
    for (const reason of COMMON) expect(seen).toContain(reason)
  })

  // Rationale: a refusal has one name everywhere; a name that only one side knows is one that no test compares.
  test('IMPL-2 contract and spec have the same names for refusals', () => {
    expect(contractErrors().toSorted()).toEqual(REJECTIONS.toSorted())
  })
})
