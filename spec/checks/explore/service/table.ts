import type { Bytes } from '../../../commitments/bytes.ts'
import { type Hash, type Id, keccak, type StateRoot } from '../../../commitments/hash.ts'
import { tensorRoot } from '../../../commitments/tensor.ts'
import type { Seconds } from '../../../game/clocks.ts'
import type { Assertion } from '../../../service/calls.ts'
import { registerRules } from '../../../service/registry.ts'
import { initialService, type ServiceState } from '../../../service/state.ts'
import { type Address, claimId, sealedHash } from '../../../service/task.ts'
import type { Parameters, Wei } from '../../../setting/parameters.ts'
import { type Requester, requesterFor } from '../../../strategies/parties.ts'
import {
  alphabetOutput,
  alphabetRules,
  alphabetStart,
  alphabetStorey,
  commitLetter,
  type Letter,
  letterBytes,
  stepLast,
} from '../../../tower/phases/alphabet.ts'
import type { Trace } from '../../../tower/tower.ts'

/**
 * Where the service is explored by itself: runs of two steps at k = 1, so that a dispute is decided by one move behind
 * its opening, true claims and false ones, and challengers that say the truth or lie.
 */
const TOWER = { lengths: [], lastLengths: [2], stepLimit: 2 }

/** Of the same tower: what is kept of one must not be taken for the other's. */
const MODELS: readonly Id[] = [keccak(Uint8Array.of(1)), keccak(Uint8Array.of(2))]
const INPUT: Bytes = Uint8Array.of(1)
/** Lies that there are, from 1 on. */
const LIES = 3

/** The second of the request. */
export const START: Seconds = 10
export const FEE: Wei = 7n

export const REQUESTER: Address = `0x${'1'.repeat(40)}`
/** Plays nothing, and tries what it must not be able to do. */
export const STRANGER: Address = `0x${'5'.repeat(40)}`

const accounts = new Map<string, Address>()

/** The account of somebody with that name. */
export const accountOf = (name: string): Address => {
  const known = accounts.get(name) ?? (`0x${keccak(new TextEncoder().encode(name)).slice(2, 42)}` as const)
  accounts.set(name, known)
  return known
}

export interface Table {
  readonly parameters: Parameters
  /** One model, or two. */
  readonly models: readonly Id[]
  /** One task, or two that differ in their nonce, and in their model where there are two. */
  readonly requests: readonly Requester[]
  /** The service before the request. */
  readonly registered: ServiceState
  readonly trueRun: Trace
  /** Seals are sealed with it. */
  readonly salt: Hash
  /** What a server asserts that says the truth, 0, or the lie of that number. */
  readonly assertion: (says: number) => Assertion
  /** What a server's assertion about a task is sealed as. */
  readonly sealed: (task: Id, server: Address, says: number) => Hash
  readonly endOf: (says: number) => StateRoot
  /** The roots behind the start in the vector of a challenger that says so. */
  readonly vector: (says: number) => readonly [StateRoot, StateRoot]
  /** The letter behind a root: the witness of its step. */
  readonly witnessOf: (root: StateRoot) => Bytes
}

/** A function of its arguments, computed once for each. */
const once = <Arguments extends readonly (string | number)[], Value>(
  make: (...given: Arguments) => Value,
) => {
  const made = new Map<string, Value>()
  return (...given: Arguments): Value => {
    const key = given.join()
    const value = made.get(key) ?? make(...given)
    made.set(key, value)
    return value
  }
}

/** @param claimableSeconds for how long claims are taken */
export const setTable = (
  parameters: Parameters,
  tasks: number,
  modelCount: number,
  claimableSeconds: Seconds,
): Table => {
  const models = MODELS.slice(0, modelCount)
  const registered = models.reduce((state, model) => {
    const made = registerRules(state, model, alphabetRules(TOWER))
    if (!made.ok) throw new Error(made.rejection.reason)
    return made.value.state
  }, initialService(parameters))
  const requests = Array.from({ length: tasks }, (_, nonce) => {
    const asked = {
      nonce,
      modelId: models[nonce % models.length]!,
      iterations: 0,
      feeWei: FEE,
      attentionWei: parameters.attention?.minFeeWei ?? 0n,
      deadline: START + claimableSeconds,
    }
    return requesterFor(REQUESTER, asked, INPUT)
  })
  const start = alphabetStart(TOWER, tensorRoot(INPUT))
  const middle = stepLast(start)
  const truth = [start, middle, stepLast(middle)] as const
  // A lie is false from its first step on, and ends in a stable letter of its own. The last one goes on from its first
  // step as a run does: whoever replies to its second segment has lost.
  const letterAt = (says: number, step: 0 | 1 | 2): Letter => {
    if (says === 0 || step === 0) return truth[step]
    if (says === LIES && step === 2) return stepLast(letterAt(says, 1))
    return { count: 2 - step, value: keccak(Uint8Array.of(says, step)) }
  }
  const all = Array.from({ length: LIES + 1 }, (_, says) => says)
  // Asked for at every state, and so hashed once.
  const roots = all.map((says) => ([0, 1, 2] as const).map((step) => commitLetter(0, letterAt(says, step))))
  const rootAt = (says: number, step: 0 | 1 | 2): StateRoot => roots[says]![step]!
  const letters = new Map(
    all.flatMap((says) =>
      ([0, 1, 2] as const).map((step) => [rootAt(says, step), letterBytes(letterAt(says, step))] as const),
    ),
  )
  const salt = keccak(Uint8Array.of(9))
  const assertions = all.map((says) => ({
    nonce: 0,
    length: 2,
    endRoot: rootAt(says, 2),
    startWitness: new Uint8Array(),
    ...alphabetOutput(letterAt(says, 2)),
  }))
  const claimBy = (taskId: Id, server: Address, says: number): Id => {
    const { endRoot, output, length, nonce } = assertions[says]!
    const outputRoot = tensorRoot(output)
    const { modelId } = requests.find(({ task }) => task === taskId)!.request
    const startRoot = rootAt(0, 0)
    return claimId({
      taskId,
      modelId,
      server,
      nonce,
      length,
      startRoot,
      endRoot,
      outputRoot,
    })
  }
  return {
    parameters,
    models,
    requests,
    registered,
    trueRun: alphabetStorey(TOWER).run(start),
    salt,
    assertion: (says) => assertions[says]!,
    sealed: once((task: Id, server: Address, says: number) => sealedHash(claimBy(task, server, says), salt)),
    endOf: (says) => rootAt(says, 2),
    vector: (says) => [rootAt(says, 1), rootAt(says, 2)],
    witnessOf: (root) => letters.get(root)!,
  }
}
