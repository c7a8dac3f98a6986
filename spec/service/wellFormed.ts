import { isUint } from '../commitments/bytes.ts'
import { accept, type Result, reject } from '../result.ts'
import type { Call, Context } from './calls.ts'

/**
 * What a call must look like before any rule asks what it says: the place of the ABI's decoder on the chain. Numbers
 * that a rule checks by itself need only be numbers here; all others must fit their width in an id.
 */
type Shape = (value: unknown) => boolean

const isBytes: Shape = (value) => value instanceof Uint8Array
const isHash: Shape = (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
const isAddress: Shape = (value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value)
const isNumber: Shape = (value) => typeof value === 'number'
/** Nonces: 48 bits, on the chain and here. */
const isNonce: Shape = (value) => isUint(value as number, 48)

const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape)

/** The first field that is not of its shape; undefined where all are. */
const faultOf = (shapes: Readonly<Record<string, Shape>>, value: unknown): string | undefined =>
  typeof value !== 'object' || value === null
    ? '(all)'
    : Object.keys(shapes).find((field) => !shapes[field]!((value as Record<string, unknown>)[field]))

const record =
  (shapes: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    faultOf(shapes, value) === undefined

const OPENING = {
  phase: isNumber,
  length: isNumber,
  segments: isNumber,
  segment: isNumber,
  start: isHash,
  end: isHash,
  siblings: listOf(isHash),
}

const REPLIES: Readonly<Record<string, Shape>> = {
  Dissect: record({ roots: listOf(isHash) }),
  Descend: record({
    length: isNumber,
    roots: listOf(isHash),
    witness: isBytes,
  }),
  Arbitrate: record({ witness: isBytes }),
}

const isReply: Shape = (value) => {
  const kind = (value as { kind?: unknown } | undefined | null)?.kind
  return typeof kind === 'string' && Object.hasOwn(REPLIES, kind) && REPLIES[kind]!(value)
}

const PROGRAM = {
  codeBase: isNumber,
  codeHeight: isNumber,
  codeRoot: isHash,
  imageRoot: isHash,
  entry: isNumber,
}

const MODEL = {
  program: record(PROGRAM),
  phases: listOf((value) => typeof value === 'string'),
  graphRoot: isHash,
  nodeCount: isNumber,
  valueHeight: isNumber,
  weightHeight: isNumber,
  weightsRoot: isHash,
  carryRoot: isHash,
  inputSlot: isNumber,
  outputSlot: isNumber,
  stepLimit: isNumber,
}

const ANSWER = {
  nonce: isNonce,
  length: isNumber,
  endRoot: isHash,
  output: isBytes,
  startWitness: isBytes,
  outputWitness: isBytes,
}

const CALLS: { readonly [Kind in Call['kind']]: Readonly<Record<string, Shape>> } = {
  RegisterProgram: { program: record(PROGRAM) },
  RegisterModel: { model: record(MODEL) },
  Request: { nonce: isNonce, modelId: isHash, input: isBytes, deadline: isNumber },
  Claim: { taskId: isHash, ...ANSWER },
  Seal: { taskId: isHash, sealed: isHash },
  Reveal: { sealId: isHash, salt: isHash, ...ANSWER },
  Forfeit: { sealId: isHash },
  Open: { claimId: isHash, nonce: isNonce, reply: isReply },
  Move: { disputeId: isHash, opening: record(OPENING), reply: isReply },
  Timeout: { disputeId: isHash },
  Refund: { disputeId: isHash },
  Finalize: { claimId: isHash },
  Notify: { taskId: isHash, output: isBytes },
  Expire: { taskId: isHash },
  Withdraw: {},
  Delegate: { to: isAddress },
  Enroll: { modelId: isHash },
  Retire: { modelId: isHash },
  Unstake: { modelId: isHash, verifier: isAddress },
  Attend: { taskId: isHash, answer: isHash },
  Slash: { taskId: isHash, verifier: isAddress },
}

const CONTEXT = {
  sender: isAddress,
  valueWei: (value: unknown) => typeof value === 'bigint' && value >= 0n,
  now: (value: unknown) => isUint(value as number, 40),
}

/** Refuses what is no call at all, whatever it is. */
export const checkShape = (call: Call, context: Context): Result<null> => {
  const kind: unknown = (call as Call | undefined | null)?.kind
  if (typeof kind !== 'string' || !Object.hasOwn(CALLS, kind))
    return reject('CallMalformed', { field: 'kind' })
  const field = faultOf(CALLS[kind as Call['kind']], call) ?? faultOf(CONTEXT, context)
  return field === undefined ? accept(null) : reject('CallMalformed', { field })
}
