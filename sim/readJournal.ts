import { fromHex, type Hex } from '../spec/commitments/bytes.ts'
import { REJECTIONS } from '../spec/rejection.ts'
import type { Call } from '../spec/service/calls.ts'
import { CALL_TABLE } from '../spec/service/callTable.ts'
import {
  type Fields,
  faultOf,
  isAddress,
  isBytes,
  isHash,
  isReply,
  isSeconds,
  isWei,
  type Shape,
  uint,
} from '../spec/service/shapes.ts'
import type { Entry, Journal } from './journal.ts'

/** What is wrong with the text of a journal, and in which line. */
export interface JournalFault {
  /** From 1. */
  readonly line: number
  readonly reason: string
}

type Json = Readonly<Record<string, unknown>>

const OUTCOMES: ReadonlySet<unknown> = new Set(['accepted', 'InsufficientFunds', ...REJECTIONS])

const isText: Shape = (value) => typeof value === 'string'
const isWhole = uint(53)

const TRANSACTION: Fields = {
  hash: isHash,
  block: isWhole,
  gasUsed: isWhole,
  data: (value) => isText(value) && /^0x(?:[0-9a-f]{2})*$/.test(value as string),
}

const BLOCK: Fields = {
  number: isWhole,
  closing: (value) => value === undefined || isHash(value),
}

/** What stands on every line beside the call itself. */
const ENTRY: Fields = {
  seq: isWhole,
  time: isSeconds,
  actor: isText,
  sender: isAddress,
  valueWei: isWei,
  block: (value) => value === undefined || faultOf(BLOCK, value) === undefined,
  outcome: (value) => OUTCOMES.has(value),
  stateHash: isHash,
  transaction: (value) => value === undefined || faultOf(TRANSACTION, value) === undefined,
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const bytesOf = (value: unknown): unknown =>
  typeof value === 'string' && /^0x(?:[0-9a-f]{2})*$/.test(value) ? fromHex(value as Hex) : value

const amountOf = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,39}$/.test(value) ? BigInt(value) : value

/** A field as it was before it became JSON; one that is of another kind stays as it is, and its shape refuses it. */
const revived = (shape: Shape, value: unknown): unknown => {
  if (shape === isBytes) return bytesOf(value)
  if (shape === isWei) return amountOf(value)
  if (shape === isReply && isObject(value) && 'witness' in value)
    return { ...value, witness: bytesOf(value['witness']) }
  return value
}

const revivedFields = (fields: Fields, given: Json): Json =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [
      key,
      Object.hasOwn(fields, key) ? revived(fields[key]!, value) : value,
    ]),
  )

/** @returns the call, or what is wrong with it */
const callOf = (kind: unknown, args: unknown): Call | string => {
  if (typeof kind !== 'string' || !Object.hasOwn(CALL_TABLE, kind)) return 'call: is none of the protocol'
  if (!isObject(args)) return 'args: is no object'
  const { fields } = CALL_TABLE[kind as Call['kind']]
  const call = revivedFields(fields, args)
  const fault = faultOf(fields, call)
  if (fault !== undefined) return `args.${fault}: is not what ${kind} takes there`
  return { ...call, kind } as unknown as Call
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** @returns the entry, or what is wrong with the line */
const entryOf = (text: string, seq: number): Entry | string => {
  const line = parsed(text)
  if (!isObject(line)) return 'is cut off, or no JSON object'
  const { call: kind, args, ...rest } = line
  const entry = revivedFields(ENTRY, rest)
  const fault = faultOf(ENTRY, entry)
  if (fault !== undefined) return `${fault}: is not what a journal has there`
  if (entry['seq'] !== seq) return `seq: is ${entry['seq']} where call ${seq} should stand`
  const call = callOf(kind, args)
  if (typeof call === 'string') return call
  return { ...(entry as unknown as Entry), transaction: entry['transaction'] as Entry['transaction'], call }
}

/** Reads what `journalLines` wrote. Whether the specification tells the same is for `replay` to say. */
export const readJournal = (text: string): Journal | JournalFault => {
  const lines = text.split('\n')
  if (lines.pop() !== '') return { line: lines.length + 1, reason: 'is cut off: its end is missing' }
  const journal: Entry[] = []
  for (const line of lines) {
    const entry = entryOf(line, journal.length)
    if (typeof entry === 'string') return { line: journal.length + 1, reason: entry }
    journal.push(entry)
  }
  return journal
}
