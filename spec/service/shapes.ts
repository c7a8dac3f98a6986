import { isUint } from '../commitments/bytes.ts'

/**
 * What a call must look like before any rule asks what it says: the place of the ABI's decoder on the chain. Every
 * value that the ABI takes passes, and no other: integers have the width that they have there.
 */
export type Shape = (value: unknown) => boolean

/** The fields of a record, by name. */
export type Fields = Readonly<Record<string, Shape>>

export const uint =
  (bits: number): Shape =>
  (value) =>
    isUint(value as number, bits)

export const isWei: Shape = (value) => typeof value === 'bigint' && value >= 0n && value < 1n << 128n
export const isBytes: Shape = (value) => value instanceof Uint8Array
export const isHash: Shape = (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
export const isAddress: Shape = (value) => typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value)
export const isNonce: Shape = uint(48)
export const isSeconds: Shape = uint(40)

const listOf =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape)

/** The first field that is not of its shape; undefined where all are. */
export const faultOf = (fields: Fields, value: unknown): string | undefined =>
  typeof value !== 'object' || value === null
    ? '(all)'
    : Object.keys(fields).find((field) => !fields[field]!((value as Record<string, unknown>)[field]))

export const record =
  (fields: Fields): Shape =>
  (value) =>
    faultOf(fields, value) === undefined

export const isOpening: Shape = record({
  phase: uint(8),
  length: uint(48),
  segments: uint(8),
  segment: uint(8),
  start: isHash,
  end: isHash,
  siblings: listOf(isHash),
})

const REPLIES: Fields = {
  Dissect: record({ roots: listOf(isHash) }),
  Descend: record({
    length: uint(48),
    roots: listOf(isHash),
    witness: isBytes,
  }),
  Arbitrate: record({ witness: isBytes }),
}

export const isReply: Shape = (value) => {
  const kind = (value as { kind?: unknown } | undefined | null)?.kind
  return typeof kind === 'string' && Object.hasOwn(REPLIES, kind) && REPLIES[kind]!(value)
}

export const isProgram: Shape = record({
  codeBase: uint(32),
  codeHeight: uint(8),
  codeRoot: isHash,
  imageRoot: isHash,
  entry: uint(32),
})

export const isModel: Shape = record({
  program: isProgram,
  phases: listOf((value) => typeof value === 'string'),
  graphRoot: isHash,
  nodeCount: uint(32),
  valueHeight: uint(8),
  weightHeight: uint(8),
  weightsRoot: isHash,
  carryRoot: isHash,
  inputSlot: uint(32),
  outputSlot: uint(32),
  outputBytes: uint(32),
  mostIterations: uint(32),
  stepLimit: uint(48),
})

/** The fields of an assertion. */
export const ASSERTION: Fields = {
  nonce: isNonce,
  length: uint(48),
  endRoot: isHash,
  output: isBytes,
  startWitness: isBytes,
  outputWitness: isBytes,
}
