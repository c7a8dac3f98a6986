import { OUTSIDER } from '../../spec/checks/properties/alphabetGame.ts'
import { ownNodes } from '../../spec/checks/properties/illegalMoves.ts'
import type { Step } from '../../spec/checks/properties/play.ts'
import { bigEndian } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot } from '../../spec/commitments/hash.ts'
import { deadline } from '../../spec/game/clocks.ts'
import type { Opening } from '../../spec/game/position.ts'
import type { Reply } from '../../spec/game/reply.ts'
import type { Call, Context } from '../../spec/service/calls.ts'
import type { ServiceState } from '../../spec/service/state.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import type { Attempt } from './verdict.fixture.ts'

/** An attempt, and what was done to a valid call to make it. */
export interface Damaged extends Attempt {
  readonly label: string
}

type Variants<Value> = Readonly<Record<string, Value>>

const NOWHERE = keccak<Id>(bigEndian(0xbad, 4))
const OTHER_ROOT = keccak<StateRoot>(bigEndian(0xbad, 5))

const flip = (bytes: Uint8Array, at: number): Uint8Array =>
  bytes.length === 0
    ? Uint8Array.of(1)
    : bytes.with(at % bytes.length, bytes[at % bytes.length]! ^ (1 << (at % 8)))

const damagedBytes = (bytes: Uint8Array, at: number): Variants<Uint8Array> => ({
  flipped: flip(bytes, at),
  truncated: bytes.slice(0, -1),
  'cut short': bytes.slice(0, at % (bytes.length + 1)),
  extended: Uint8Array.from([...bytes, 0]),
  empty: new Uint8Array(),
})

const damagedRoots = (
  roots: readonly StateRoot[],
  end: StateRoot,
  at: number,
): Variants<readonly StateRoot[]> => ({
  'one root more': [...roots, OTHER_ROOT],
  'one root less': roots.slice(1),
  'no roots': [],
  'the end re-asserted': [...roots.slice(0, -1), end],
  'another root': roots.with(at % roots.length, OTHER_ROOT),
  'another end': [...roots.slice(0, -1), OTHER_ROOT],
})

/** As many as a length on the chain has bits for. */
const MAX_LENGTH = 2 ** 48 - 1

const damagedLengths = (length: number, stepLimit: number): readonly number[] =>
  [0, length - 1, length + 1, 2 * length, stepLimit, stepLimit + 1, MAX_LENGTH].filter((other) => other >= 0)

/** One field of a record after the other, in all its variants. */
const fields = <Value extends object, Key extends keyof Value & string>(
  value: Value,
  key: Key,
  variants: Variants<Value[Key]>,
): Variants<Value> =>
  Object.fromEntries(
    Object.entries(variants).map(([label, field]) => [`${key} ${label}`, { ...value, [key]: field }]),
  )

const numbered = (numbers: readonly number[]): Variants<number> =>
  Object.fromEntries(numbers.map((number) => [String(number), number]))

const otherKinds = (reply: Reply): Variants<Reply> => {
  const witness = new Uint8Array(38)
  const others: readonly Reply[] = [
    { kind: 'Dissect', roots: 'roots' in reply ? reply.roots : [OTHER_ROOT, NOWHERE as Hash as StateRoot] },
    { kind: 'Descend', length: 1, roots: [OTHER_ROOT], witness },
    { kind: 'Arbitrate', witness },
  ]
  return Object.fromEntries(
    others.filter(({ kind }) => kind !== reply.kind).map((other) => [`${other.kind} instead`, other]),
  )
}

const damagedReply = (reply: Reply, end: StateRoot, stepLimit: number, at: number): Variants<Reply> => {
  const others = otherKinds(reply)
  switch (reply.kind) {
    case 'Dissect':
      return { ...others, ...fields(reply, 'roots', damagedRoots(reply.roots, end, at)) }
    case 'Descend':
      return {
        ...others,
        ...fields(reply, 'roots', damagedRoots(reply.roots, end, at)),
        ...fields(reply, 'length', numbered(damagedLengths(reply.length, stepLimit))),
        ...fields(reply, 'witness', damagedBytes(reply.witness, at)),
      }
    case 'Arbitrate':
      return { ...others, ...fields(reply, 'witness', damagedBytes(reply.witness, at)) }
  }
}

/** The opening of any other position, or of any other place in this one. */
const damagedOpening = (opening: Opening, at: number): Variants<Opening> => {
  const { phase, length, segments, segment, siblings } = opening
  const byte = (numbers: readonly number[]) => numbered(numbers.filter((n) => n >= 0 && n < 256))
  return {
    ...fields(opening, 'phase', byte([phase - 1, phase + 1, 255])),
    ...fields(opening, 'length', numbered(damagedLengths(length, length))),
    ...fields(opening, 'segments', byte([0, 1, segments - 1, segments + 1, 2 * segments, 255])),
    ...fields(opening, 'segment', byte([segment - 1, segment + 1, segments, segment + segments + 1, 255])),
    'its own nodes as roots': { ...opening, ...ownNodes(opening) },
    ...fields(opening, 'start', { other: OTHER_ROOT, 'the end': opening.end }),
    ...fields(opening, 'end', { other: OTHER_ROOT, 'the start': opening.start }),
    ...fields(opening, 'siblings', {
      none: [],
      'one less': siblings.slice(1),
      'one more': [...siblings, OTHER_ROOT],
      'another one': siblings.length === 0 ? [OTHER_ROOT] : siblings.with(at % siblings.length, OTHER_ROOT),
    }),
  }
}

/** The call with one thing in it changed. */
export const damagedCall = (
  call: Call,
  state: ServiceState,
  stepLimit: number,
  at: number,
): Variants<Call> => {
  const nonces = numbered([1, 2 ** 40])
  switch (call.kind) {
    case 'Request':
      return {
        ...fields(call, 'modelId', { unknown: NOWHERE }),
        ...fields(call, 'deadline', numbered([0, call.deadline + 1, 2 ** 40 - 1])),
        ...fields(call, 'input', damagedBytes(call.input, at)),
        ...fields(call, 'nonce', nonces),
      }
    case 'Claim':
      return {
        ...fields(call, 'taskId', { unknown: NOWHERE }),
        ...fields(call, 'nonce', nonces),
        ...fields(call, 'length', numbered(damagedLengths(call.length, stepLimit))),
        ...fields(call, 'endRoot', { other: OTHER_ROOT }),
        ...fields(call, 'output', damagedBytes(call.output, at)),
        ...fields(call, 'startWitness', damagedBytes(call.startWitness, at)),
        ...fields(call, 'outputWitness', damagedBytes(call.outputWitness, at)),
      }
    case 'Open': {
      const end = state.claims.get(call.claimId)!.claim.endRoot
      return {
        ...fields(call, 'claimId', { unknown: NOWHERE }),
        ...fields(call, 'nonce', nonces),
        ...fields(call, 'reply', damagedReply(call.reply, end, stepLimit, at)),
      }
    }
    case 'Move':
      return {
        ...fields(call, 'disputeId', { unknown: NOWHERE }),
        ...fields(call, 'opening', damagedOpening(call.opening, at)),
        ...fields(call, 'reply', damagedReply(call.reply, call.opening.end, stepLimit, at)),
      }
    default:
      return {}
  }
}

const damagedContext = (
  context: Context,
  { claimBondWei, disputeBondWei }: Parameters,
  accounts: readonly Context['sender'][],
) => ({
  ...fields(context, 'sender', Object.fromEntries(accounts.map((account) => [account, account]))),
  ...fields(context, 'valueWei', {
    none: 0n,
    'one wei': 1n,
    'the claim bond': claimBondWei,
    'a wei short of the claim bond': claimBondWei - 1n,
    'a wei more than the claim bond': claimBondWei + 1n,
    'the dispute bond': disputeBondWei,
    'a wei short of the dispute bond': disputeBondWei - 1n,
    'a wei more than the dispute bond': disputeBondWei + 1n,
  }),
})

/** The last second of everything that has one, and the second after. */
const boundaries = (state: ServiceState, now: number): readonly number[] => {
  const ends = [
    ...[...state.tasks.values()].map(({ task }) => task.deadline),
    ...[...state.tasks.values()].map((task) => lastOpenSecond(state, task) ?? 0),
    ...[...state.claims.values()].map((claim) => (claim.kind === 'Pending' ? claim.windowEnd : 0)),
    ...[...state.disputes.values()].map((dispute) =>
      dispute.kind === 'Running' ? deadline(dispute.clocks) : 0,
    ),
  ]
  return ends.flatMap((end) => [end, end + 1]).filter((time) => time >= now)
}

/** Calls that anyone may make in any state, about everything there is and about something that is not. */
const anyonesCalls = ({ tasks, claims, disputes }: ServiceState): Variants<Call> =>
  Object.fromEntries([
    ...[...tasks.keys(), NOWHERE].map((taskId) => [`expire ${taskId}`, { kind: 'Expire', taskId }] as const),
    ...[...claims.keys(), NOWHERE].map(
      (id) => [`finalize ${id}`, { kind: 'Finalize', claimId: id }] as const,
    ),
    ...[...disputes.keys(), NOWHERE].map(
      (id) => [`timeout ${id}`, { kind: 'Timeout', disputeId: id }] as const,
    ),
    ...[...disputes.keys(), NOWHERE].map((id) => [`draw ${id}`, { kind: 'Draw', disputeId: id }] as const),
    ...[...claims.keys(), NOWHERE].flatMap((id) => [
      [`pass ${id}`, { kind: 'PassClaim', claimId: id }] as const,
      [`collect ${id}`, { kind: 'Collect', claimId: id }] as const,
    ]),
    ['withdraw', { kind: 'Withdraw' }] as const,
  ])

/**
 * What else could be tried where a step was taken: the step itself, at any time that matters and with anything in it
 * changed, everything that was accepted before, once more, and all that anyone may do.
 *
 * @param at which bytes and roots are damaged
 */
export const damagedStep = (step: Step, past: readonly Step[], stepLimit: number, at: number): Damaged[] => {
  const { before: state, intent, context } = step
  const { call } = intent
  const accounts = [...new Set([...past.map(({ context: { sender } }) => sender), OUTSIDER])]
  const attempt = (label: string, changed: Call, under: Context): Damaged => ({
    label: `${changed.kind}: ${label}`,
    call: changed,
    context: under,
    state,
  })
  const times = boundaries(state, context.now)
  const free = { ...context, valueWei: 0n }
  return [
    ...Object.entries(damagedCall(call, state, stepLimit, at)).map(([label, changed]) =>
      attempt(label, changed, context),
    ),
    ...Object.entries(damagedContext(context, state.parameters, accounts)).map(([label, under]) =>
      attempt(label, call, under),
    ),
    ...times.map((now) => attempt(`at ${now}`, call, { ...context, now })),
    ...past.map(({ intent: again, context: then }) =>
      attempt('once more', again.call, { ...then, now: context.now }),
    ),
    ...Object.entries(anyonesCalls(state)).flatMap(([label, other]) => [
      ...[context.now, ...times].map((now) => attempt(`${label} at ${now}`, other, { ...free, now })),
      attempt(`${label} with value`, other, { ...free, valueWei: 1n }),
    ]),
    ...accounts.map((sender) => attempt(`by ${sender}`, { kind: 'Withdraw' }, { ...free, sender })),
  ]
}
