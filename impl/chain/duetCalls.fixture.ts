import { type Choose, type Forge, forger } from '../../spec/checks/properties/adversary.ts'
import {
  type Instance,
  liePath,
  serverOf,
  setTable,
  type Table,
} from '../../spec/checks/properties/alphabetGame.ts'
import { bigEndian, littleEndian } from '../../spec/commitments/bytes.ts'
import { type Hash, type Id, keccak } from '../../spec/commitments/hash.ts'
import { tensorRoot } from '../../spec/commitments/tensor.ts'
import { deadline, type Seconds } from '../../spec/game/clocks.ts'
import { openSegment, type Position } from '../../spec/game/position.ts'
import { attentionHash } from '../../spec/service/attention.ts'
import type { Assertion, Call } from '../../spec/service/calls.ts'
import { registerRules } from '../../spec/service/registry.ts'
import { closedUntil, revealEnd } from '../../spec/service/seals.ts'
import { initialService, type ServiceState } from '../../spec/service/state.ts'
import { type Address, claimId, sealedHash } from '../../spec/service/task.ts'
import { lastOpenSecond } from '../../spec/service/tasks.ts'
import type { Parameters } from '../../spec/setting/parameters.ts'
import { answersEnd, judgementEnd, roundEnd, roundOf } from '../../spec/setting/times.ts'
import type { AlphabetParameters } from '../../spec/tower/phases/alphabet.ts'
import type { Attempted, Duet } from './duet.fixture.ts'

/** Anything that anybody could call next: mostly what the rules take, and often nearly so. */

const address = (digit: string): Address => `0x${digit.repeat(40)}`
export const ACCOUNTS: readonly Address[] = ['1', '2', '3', '4', '5', '6'].map(address)

/** A model that is played on, with what servers could claim of it and challengers reply. */
export interface Board {
  readonly model: Id
  readonly tower: AlphabetParameters
  readonly input: Uint8Array
  readonly table: Table
  /** The truth, and lies. */
  readonly assertions: readonly Omit<Assertion, 'nonce'>[]
  readonly forge: Forge
}

export const boardOf = (model: Id, instance: Instance, choose: Choose): Board => {
  const table = setTable(instance)
  const lie = () => liePath(table, [choose(50), choose(50), choose(50)])
  const assertions = [undefined, lie(), lie()].map((path) => serverOf(table, path).prepared)
  const input = littleEndian(instance.seed, 8)
  return { model, tower: instance.tower, input, table, assertions, forge: forger(table, choose) }
}

/** What a seal hides. */
export interface Secret {
  readonly assertion: Assertion
  readonly salt: Hash
}

/** What seals hide, by what they show: written down for whoever reveals them. */
export type Secrets = Map<Hash, Secret>

/** What a server seals who asserts that of a task on a board. */
export const sealedOn = (
  { model, input, table }: Board,
  taskId: Id,
  server: Address,
  { nonce, length, endRoot, output }: Assertion,
  salt: Hash,
): Hash => {
  const startRoot = table.rules.top.startRoot(tensorRoot(input), new Uint8Array())
  if (!startRoot.ok) throw new Error(`no start root: ${startRoot.rejection.reason}`)
  const claim = { taskId, modelId: model, server, nonce, length, endRoot }
  return sealedHash(claimId({ ...claim, startRoot: startRoot.value, outputRoot: tensorRoot(output) }), salt)
}

/** The service with the boards' models. */
export const serviceOn = (parameters: Parameters, boards: readonly Board[]): ServiceState =>
  boards.reduce((state, { model, table }) => {
    const registered = registerRules(state, model, table.rules)
    if (!registered.ok) throw new Error(registered.rejection.reason)
    return registered.value.state
  }, initialService(parameters))

const NOWHERE = keccak<Id>(bigEndian(0xbad, 4))

export interface Caller {
  /** A call of that kind; undefined where there is nothing to call it on. */
  readonly call: (kind: Call['kind']) => Attempted | undefined
  /** The same with something in it changed. */
  readonly damaged: (attempt: Attempted) => Attempted
  /** The last second of something, or the one behind it. */
  readonly boundary: () => Seconds | undefined
}

/** The last seconds of all that has one. */
export const lastSecondsOf = (state: ServiceState, now: Seconds): readonly Seconds[] => {
  const { parameters } = state
  const { seals, attention } = parameters
  return [
    ...[...state.tasks.values()].flatMap((entry) => [entry.task.deadline, lastOpenSecond(state, entry) ?? 0]),
    ...[...state.claims.values()].map((entry) => (entry.kind === 'Pending' ? entry.windowEnd : 0)),
    ...[...state.disputes.values()].map((entry) => (entry.kind === 'Running' ? deadline(entry.clocks) : 0)),
    ...(seals === undefined
      ? []
      : [...state.seals.values()].flatMap((entry) =>
          entry.kind === 'Sealed'
            ? [closedUntil(entry.sealedAt, parameters), revealEnd(entry.sealedAt, parameters)]
            : [],
        )),
    ...(attention === undefined
      ? []
      : [
          roundEnd(parameters, roundOf(parameters, now)),
          answersEnd(parameters, roundOf(parameters, now)),
          ...[...state.enrollments.values()].flatMap(({ model, since, retiredAt }) =>
            [retiredAt ?? since].map((at) =>
              judgementEnd(parameters, state.models.get(model)!.phases.length, roundOf(parameters, at)),
            ),
          ),
        ]),
  ]
}

export const callerOf = (duet: Duet, boards: readonly Board[], choose: Choose, secrets: Secrets): Caller => {
  const oneOf = <Value>(values: readonly Value[]): Value | undefined =>
    values.length === 0 ? undefined : values[choose(values.length)]
  const rarely = (one: number): boolean => choose(one) === 0
  const account = (): Address => oneOf(ACCOUNTS)!
  const boardOn = (model: Id): Board => boards.find((board) => board.model === model)!
  const hash = (): Hash => keccak(bigEndian(choose(4), 4))

  const by = (sender: Address, call: Call, valueWei = 0n): Attempted => ({
    call,
    sender,
    valueWei,
    now: duet.now,
  })
  const assertionFor = (model: Id): Assertion => {
    const made = oneOf(boardOn(model).assertions)!
    return { ...made, nonce: choose(3), length: rarely(8) ? choose(9) : made.length }
  }
  const keyOf = <Value>(map: ReadonlyMap<Id, Value>): Id | undefined =>
    rarely(12) ? NOWHERE : oneOf([...map.keys()])
  const boundary = (): Seconds | undefined => {
    const { state, now } = duet
    const ends = lastSecondsOf(state, now)
    const end = oneOf(ends.flatMap((second) => [second, second + 1]).filter((second) => second >= now))
    return end
  }

  const roundNear = (): number => {
    const round = roundOf(duet.state.parameters, duet.now)
    return Math.max(0, round - choose(3))
  }

  const call = (kind: Call['kind']): Attempted | undefined => {
    const { state, now } = duet
    const { parameters } = state
    const { claimBondWei, disputeBondWei, attention, seals } = parameters
    switch (kind) {
      case 'RegisterProgram':
      case 'RegisterModel':
        return undefined
      case 'Request': {
        const { model, input } = oneOf(boards)!
        const least = attention?.minFeeWei ?? 0n
        const feeWei = BigInt(choose(3)) * 50n + least
        return by(
          account(),
          {
            kind,
            nonce: choose(5),
            modelId: rarely(12) ? NOWHERE : model,
            input,
            iterations: rarely(12) ? 1 : 0,
            attentionWei: rarely(8) ? least - (least > 0n ? 1n : 0n) : least,
            deadline: rarely(10) ? now - choose(2) : now + choose(4000),
          },
          rarely(12) ? (claimBondWei * 6n) / 10n : feeWei,
        )
      }
      case 'Claim':
      case 'Seal': {
        const taskId = keyOf(state.tasks)
        if (taskId === undefined) return undefined
        const model = state.tasks.get(taskId)?.task.modelId ?? boards[0]!.model
        const [assertion, sender] = [assertionFor(model), account()]
        if (kind === 'Claim') return by(sender, { kind, taskId, ...assertion }, claimBondWei)
        const salt = hash()
        const sealed = sealedOn(boardOn(model), taskId, sender, assertion, salt)
        secrets.set(sealed, { assertion, salt })
        return by(sender, { kind, taskId, sealed }, claimBondWei)
      }
      case 'Reveal': {
        const sealId = keyOf(state.seals)
        if (sealId === undefined) return undefined
        const seal = state.seals.get(sealId)?.seal
        const secret = seal && secrets.get(seal.sealed)
        if (secret === undefined) {
          return by(account(), { kind, sealId, salt: hash(), ...assertionFor(boards[0]!.model) })
        }
        const assertion = rarely(6) ? { ...secret.assertion, nonce: 7 } : secret.assertion
        return by(seal!.server, { kind, sealId, salt: secret.salt, ...assertion })
      }
      case 'Forfeit':
      case 'PassSeal': {
        const sealId = keyOf(state.seals)
        return sealId && by(account(), { kind, sealId })
      }
      case 'Open': {
        const claim = keyOf(state.claims)
        if (claim === undefined) return undefined
        const entry = state.claims.get(claim) ?? [...state.claims.values()][0]
        if (entry === undefined) return undefined
        const { modelId, length, startRoot, endRoot } = entry.claim
        const position: Position = { phase: 0, length, roots: [startRoot, endRoot], at: [0] }
        const reply = boardOn(modelId).forge(position, 0)
        return reply && by(account(), { kind, claimId: claim, nonce: choose(2), reply }, disputeBondWei)
      }
      case 'Move': {
        const running = [...state.disputes].filter(([, entry]) => entry.kind === 'Running' || rarely(10))
        const [id, dispute] = oneOf(running) ?? []
        if (id === undefined || dispute === undefined) return undefined
        // Of a dispute that is over, the move that it began with would do.
        const { claim } = state.claims.get(dispute.claim)!
        const position: Position =
          dispute.kind === 'Running'
            ? dispute.position
            : { phase: 0, length: claim.length, roots: [claim.startRoot, claim.endRoot], at: [0] }
        const segment = choose(position.roots.length - 1)
        const reply = boardOn(dispute.model).forge(position, segment)
        if (reply === undefined) return undefined
        const turn = dispute.kind === 'Running' ? dispute[dispute.clocks.turn] : dispute.challenger
        const sender = (rarely(3) && state.delegates.get(turn)) || turn
        const opening = openSegment(position, segment)
        return by(sender, { kind, disputeId: id, opening, reply })
      }
      case 'Timeout':
      case 'Draw': {
        const id = keyOf(state.disputes)
        return id && by(account(), { kind, disputeId: id })
      }
      case 'Finalize':
      case 'PassClaim':
      case 'Collect': {
        const id = keyOf(state.claims)
        return id && by(account(), { kind, claimId: id })
      }
      case 'Notify': {
        const taskId = keyOf(state.tasks)
        if (taskId === undefined) return undefined
        const model = state.tasks.get(taskId)?.task.modelId ?? boards[0]!.model
        const { output } = oneOf(boardOn(model).assertions)!
        return by(account(), { kind, taskId, output: rarely(6) ? output.slice(1) : output })
      }
      case 'Expire': {
        const taskId = keyOf(state.tasks)
        return taskId && by(account(), { kind, taskId })
      }
      case 'Withdraw':
        return by(account(), { kind })
      case 'Delegate':
        return by(account(), { kind, to: account() })
      case 'Enroll':
        return by(
          account(),
          { kind, modelId: rarely(12) ? NOWHERE : oneOf(boards)!.model },
          attention?.stakeWei ?? 0n,
        )
      case 'Retire':
        return by(account(), { kind, modelId: oneOf(boards)!.model })
      case 'Unstake':
        // Without attention nobody has enrolled.
        return by(account(), { kind, modelId: oneOf(boards)!.model, verifier: account() })
      case 'CloseRound':
      case 'RecordRound':
        return by(account(), { kind, round: seals === undefined ? choose(3) : roundNear() })
      case 'Attend':
      case 'Reward':
      case 'Slash': {
        // Mostly of a task whose round has been drawn, and by somebody who watches.
        const drawn = [...state.tasks].flatMap(([id, entry]) => {
          const draw = 'draw' in entry ? entry.draw : undefined
          return draw !== undefined && state.rounds.get(draw.round)?.randomness !== undefined ? [id] : []
        })
        const taskId = (rarely(5) ? undefined : oneOf(drawn)) ?? keyOf(state.tasks)
        if (taskId === undefined) return undefined
        const entry = state.tasks.get(taskId)
        const verifier = oneOf([...state.enrollments.values()])?.verifier ?? account()
        if (kind !== 'Attend') return by(account(), { kind, taskId, verifier })
        const draw = entry !== undefined && 'draw' in entry ? entry.draw : undefined
        const randomness = draw && state.rounds.get(draw.round)?.randomness
        if (entry === undefined || randomness === undefined)
          return by(verifier, { kind, taskId, answer: hash() })
        const endRoot = oneOf(boardOn(entry.task.modelId).assertions)!.endRoot
        const answer = attentionHash(taskId, verifier, endRoot, randomness)
        return by(verifier, { kind, taskId, answer })
      }
    }
  }

  const damaged = (attempt: Attempted): Attempted => {
    const { claimBondWei, disputeBondWei } = duet.state.parameters
    switch (choose(5)) {
      case 0:
        return { ...attempt, sender: account() }
      case 1:
        return { ...attempt, valueWei: oneOf([0n, 1n, claimBondWei, disputeBondWei, attempt.valueWei + 1n])! }
      case 2:
        return { ...attempt, now: boundary() ?? attempt.now }
      default:
        return { ...attempt, call: damagedCall(attempt.call) }
    }
  }

  const flip = (bytes: Uint8Array): Uint8Array => {
    if (bytes.length === 0) return Uint8Array.of(1)
    const at = choose(bytes.length)
    return rarely(3) ? bytes.slice(0, at) : bytes.with(at, bytes[at]! ^ (1 << choose(8)))
  }

  /** One of the call's fields is another: a bit of its bytes, another hash, a number nearby or at the end of its width. */
  const damagedCall = (made: Call): Call => {
    const damagedValue = (value: unknown): unknown => {
      if (value instanceof Uint8Array) return flip(value)
      if (typeof value === 'number') return oneOf([value + 1, Math.max(0, value - 1), 0])
      if (Array.isArray(value)) {
        if (value.length === 0) return [hash()]
        return oneOf([value.slice(1), [...value, hash()], value.with(choose(value.length), hash())])
      }
      if (typeof value === 'string' && value.length === 66) return hash()
      if (typeof value === 'object' && value !== null) return damagedRecord(value)
      return value
    }
    const damagedRecord = (record: object): object => {
      const key = oneOf(Object.keys(record).filter((name) => name !== 'kind'))
      return key === undefined
        ? record
        : { ...record, [key]: damagedValue((record as Record<string, unknown>)[key]) }
    }
    return damagedRecord(made) as Call
  }

  return { call, damaged, boundary }
}
