import { expect } from 'vitest'
import type { Choose } from '../../spec/checks/properties/adversary.ts'
import { type Id, keccak } from '../../spec/commitments/hash.ts'
import { deadline, type Seconds } from '../../spec/game/clocks.ts'
import type { Position } from '../../spec/game/position.ts'
import { applyCall } from '../../spec/service/apply.ts'
import { attentionHash } from '../../spec/service/attention.ts'
import type { Assertion, Call } from '../../spec/service/calls.ts'
import { closedUntil, revealEnd } from '../../spec/service/seals.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import type { Address } from '../../spec/service/task.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import { judgementEnd, roundEnd, roundOf, roundStart } from '../../spec/setting/times.ts'
import type { Attempted, Duet } from './duet.fixture.ts'
import { ACCOUNTS, type Board, type Secret, type Secrets, sealedOn } from './duetCalls.fixture.ts'

/**
 * Lines of play that chance hardly ever comes to: attention from enrollment to judgement, a claim that falls with several
 * disputes about it, a fee that its cursor comes to late. Games of chance begin with part of one, and go on from there.
 */
export type Line = Generator<Attempted, void>

/** Whom a line is played by, and on what. */
export interface Stand {
  readonly duet: Duet
  readonly board: Board
  readonly choose: Choose
  readonly secrets: Secrets
}

const [REQUESTER, SERVER, RIVAL, ...OTHERS] = ACCOUNTS as readonly [Address, Address, Address, ...Address[]]

/** What is told of a line's calls as they are played. */
export interface Telling {
  readonly made: (attempt: Attempted) => void
  readonly refused: (reason: string) => void
}

/** Plays a line, or its beginning: what the rules take is made, and what they refuse is refused by both. */
export const playLine = async (line: Line, duet: Duet, most: number, telling: Telling): Promise<void> => {
  let count = 0
  for (const attempt of line) {
    if (count >= most) return
    if (isAccepted(duet, attempt)) {
      expect(await duet.make(attempt)).toBeUndefined()
      telling.made(attempt)
      duet.passTo(duet.now + 1)
      count++
    } else for (const reason of await duet.compare([attempt])) telling.refused(reason)
  }
}

export const by = ({ now }: Duet, sender: Address, call: Call, valueWei = 0n): Attempted => ({
  call,
  sender,
  valueWei,
  now,
})

const newest = (map: ReadonlyMap<Id, unknown>): Id => [...map.keys()].at(-1)!

/** Whether the specification takes it. */
export const isAccepted = (duet: Duet, { call, sender, valueWei, now }: Attempted): boolean =>
  applyCall(duet.state, call, { sender, valueWei, now, block: duet.block }).ok

/** A request on a board, with room for a line behind it. */
export const requestOn = (
  { duet, board }: Pick<Stand, 'duet' | 'board'>,
  nonce: number,
  sender: Address = REQUESTER,
): Attempted => {
  const { parameters } = duet.state
  const attentionWei = parameters.attention?.minFeeWei ?? 0n
  const asked = { nonce, modelId: board.model, input: board.input, iterations: 0, attentionWei }
  return by(duet, sender, { kind: 'Request', ...asked, deadline: duet.now + 3000 }, attentionWei + 50n)
}

/** Claims in one call, or in two where claims are sealed. */
function* assert(
  { duet, board, secrets }: Stand,
  taskId: Id,
  said: readonly { readonly server: Address; readonly assertion: Assertion }[],
): Line {
  const { parameters } = duet.state
  const { claimBondWei } = parameters
  if (parameters.attention === undefined) {
    for (const { server, assertion } of said)
      yield by(duet, server, { kind: 'Claim', taskId, ...assertion }, claimBondWei)
    return
  }
  const seals: { id: Id; server: Address; secret: Secret; sealedAt: Seconds }[] = []
  for (const { server, assertion } of said) {
    const secret = { assertion, salt: keccak(server) }
    const sealed = sealedOn(board, taskId, server, assertion, secret.salt)
    secrets.set(sealed, secret)
    const sealedAt = duet.now
    yield by(duet, server, { kind: 'Seal', taskId, sealed }, claimBondWei)
    seals.push({ id: newest(duet.state.seals), server, secret, sealedAt })
  }
  for (const { id, server, secret, sealedAt } of seals) {
    duet.passTo(closedUntil(sealedAt, parameters) + 1)
    yield by(duet, server, { kind: 'Reveal', sealId: id, salt: secret.salt, ...secret.assertion })
  }
}

/** Every claim that is pending becomes final, the last one first. */
function* finalizeLastFirst({ duet }: Stand): Line {
  const pending = [...duet.state.claims].flatMap(([id, entry]) =>
    entry.kind === 'Pending' ? [{ id, entry }] : [],
  )
  duet.passTo(Math.max(...pending.map(({ entry }) => entry.windowEnd)) + 1)
  for (const { id } of pending.toReversed()) yield by(duet, RIVAL, { kind: 'Finalize', claimId: id })
}

function* withdraw({ duet }: Stand): Line {
  for (const sender of duet.state.credits.keys()) {
    yield by(duet, sender, { kind: 'Withdraw' })
  }
}

const claimsOn = ({ claims }: ServiceState, task: Id): readonly Id[] =>
  [...claims].filter(([, { claim }]) => claim.taskId === task).map(([id]) => id)

/** Two tasks of one round, and watchers that are right, wrong or silent about whichever they are drawn for. */
function* watched(stand: Stand): Line {
  const { duet, board, choose, secrets } = stand
  const { parameters } = duet.state
  const { stakeWei } = parameters.attention!
  const watchers = [RIVAL, ...OTHERS]
  for (const sender of watchers) yield by(duet, sender, { kind: 'Enroll', modelId: board.model }, stakeWei)
  duet.passTo(roundStart(parameters, roundOf(parameters, duet.now) + 1))
  const tasks: Id[] = []
  for (const nonce of [10, 11]) {
    yield requestOn(stand, nonce)
    tasks.push(newest(duet.state.tasks))
  }
  const said = { ...board.assertions[choose(3)]!, nonce: 0 }
  for (const taskId of tasks) {
    const secret = { assertion: said, salt: keccak(taskId) }
    const sealed = sealedOn(board, taskId, SERVER, said, secret.salt)
    secrets.set(sealed, secret)
    yield by(duet, SERVER, { kind: 'Seal', taskId, sealed }, parameters.claimBondWei)
  }
  const round = roundOf(parameters, duet.now)
  duet.passTo(roundEnd(parameters, round) + 1)
  yield by(duet, RIVAL, { kind: 'CloseRound', round })
  yield by(duet, RIVAL, { kind: 'RecordRound', round })
  const { randomness } = duet.state.rounds.get(round)!
  for (const verifier of watchers.slice(1))
    for (const taskId of tasks) {
      const { endRoot } = board.assertions[choose(3)]!
      const answer = attentionHash(taskId, verifier, endRoot, randomness!)
      yield by(duet, verifier, { kind: 'Attend', taskId, answer })
    }
  for (const [id, entry] of duet.state.seals) {
    if (entry.kind !== 'Sealed') continue
    duet.passTo(closedUntil(entry.sealedAt, parameters) + 1)
    const { assertion, salt } = secrets.get(entry.seal.sealed)!
    yield by(duet, SERVER, { kind: 'Reveal', sealId: id, salt, ...assertion })
  }
  yield* finalizeLastFirst(stand)
  for (const kind of choose(2) === 0 ? (['Reward', 'Slash'] as const) : (['Slash', 'Reward'] as const))
    for (const verifier of watchers)
      for (const taskId of tasks) {
        yield by(duet, REQUESTER, { kind, taskId, verifier })
      }
  for (const sender of watchers) {
    yield by(duet, sender, { kind: 'Retire', modelId: board.model })
  }
  const phases = board.table.rules.phases.length
  duet.passTo(judgementEnd(parameters, phases, roundOf(parameters, duet.now)) + 1)
  for (const { verifier } of duet.state.enrollments.values())
    yield by(duet, REQUESTER, { kind: 'Unstake', modelId: board.model, verifier })
  yield* withdraw(stand)
}

/** A claim with several disputes about it falls, and each challenger has its part; a rival's settles the task. */
function* crowd(stand: Stand): Line {
  const { duet, board, choose } = stand
  const { disputeBondWei } = duet.state.parameters
  yield requestOn(stand, 12)
  const taskId = newest(duet.state.tasks)
  const sayer = (server: Address) => ({ server, assertion: { ...board.assertions[choose(3)]!, nonce: 0 } })
  yield* assert(stand, taskId, [sayer(SERVER), sayer(RIVAL)])
  const [claim] = claimsOn(duet.state, taskId)
  const { length, startRoot, endRoot } = duet.state.claims.get(claim!)!.claim
  const position: Position = { phase: 0, length, roots: [startRoot, endRoot], at: [0] }
  for (const sender of OTHERS) {
    const reply = board.forge(position, 0)
    const attempt =
      reply && by(duet, sender, { kind: 'Open', claimId: claim!, nonce: 0, reply }, disputeBondWei)
    if (attempt) yield attempt
  }
  for (const [disputeId, dispute] of duet.state.disputes) {
    if (dispute.kind !== 'Running') continue
    if (duet.state.claims.get(dispute.claim)!.kind === 'Pending') {
      duet.passTo(deadline(dispute.clocks) + 1)
      yield by(duet, REQUESTER, { kind: 'Timeout', disputeId })
    } else yield by(duet, REQUESTER, { kind: 'Draw', disputeId })
  }
  yield* settle(stand, taskId, choose(2) === 0)
}

/** A lie settles a task on which the truth was bound before it, as where nobody looks. */
function* differing(stand: Stand): Line {
  const { duet, board } = stand
  yield requestOn(stand, 13)
  const taskId = newest(duet.state.tasks)
  const [truth, lie] = board.assertions
  yield* assert(stand, taskId, [
    { server: SERVER, assertion: { ...truth!, nonce: 0 } },
    { server: RIVAL, assertion: { ...lie!, nonce: 0 } },
    { server: OTHERS[0]!, assertion: { ...lie!, nonce: 0 } },
  ])
  yield* settle(stand, taskId, false)
}

/** The fee finds its way, before the task is settled or behind. */
function* settle(stand: Stand, taskId: Id, isPassedFirst: boolean): Line {
  const { duet, board } = stand
  const pass = function* (): Line {
    for (const claimId of claimsOn(duet.state, taskId))
      for (const kind of ['Collect', 'PassClaim'] as const) {
        yield by(duet, REQUESTER, { kind, claimId })
      }
  }
  if (isPassedFirst) yield* pass()
  yield* finalizeLastFirst(stand)
  yield* pass()
  const outputs = board.assertions.map(({ output }) =>
    by(duet, REQUESTER, { kind: 'Notify', taskId, output }),
  )
  for (const attempt of outputs) yield { ...attempt, now: duet.now }
  yield* withdraw(stand)
}

/** Seals that nobody reveals: bonds burn, the cursor goes past them, and the fee goes back. */
function* forfeited(stand: Stand): Line {
  const { duet } = stand
  const { parameters } = duet.state
  yield requestOn(stand, 14)
  const taskId = newest(duet.state.tasks)
  for (const server of [SERVER, RIVAL])
    yield by(duet, server, { kind: 'Seal', taskId, sealed: keccak(server) }, parameters.claimBondWei)
  const sealIds = [...duet.state.seals.keys()]
  duet.passTo(revealEnd(duet.now, parameters) + 1)
  for (const sealId of sealIds) yield by(duet, REQUESTER, { kind: 'Forfeit', sealId })
  for (const sealId of sealIds) yield by(duet, REQUESTER, { kind: 'PassSeal', sealId })
  duet.passTo(lastOpenSecond(duet.state, duet.state.tasks.get(taskId)!)! + 1)
  yield by(duet, REQUESTER, { kind: 'Expire', taskId })
  yield* withdraw(stand)
}

/** The lines by their names. */
export const LINES = { crowd, differing, forfeited, watched } as const

/** A line that a deployment allows, mostly of watchers where there are any. */
export const lineOf = (stand: Stand): Line => {
  const { duet, choose } = stand
  const { seals, attention } = duet.state.parameters
  const lines = [
    crowd,
    differing,
    ...(seals === undefined ? [] : [forfeited]),
    ...(attention === undefined ? [] : [watched, watched, watched]),
  ]
  return lines[choose(lines.length)]!(stand)
}
