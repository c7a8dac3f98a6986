import { disassemble } from '../impl/vm/disassemble.ts'
import type { RunRecord } from '../sim/record.ts'
import { type Bytes, wordAt } from '../spec/commitments/bytes.ts'
import type { StateRoot } from '../spec/commitments/hash.ts'
import { LEAF_BYTES } from '../spec/commitments/memory.ts'
import { decode } from '../spec/machine/decode.ts'
import { type DataAccess, dataAccess, stepAccess } from '../spec/machine/execute.ts'
import { codeOffset } from '../spec/machine/program.ts'
import { decodeProcessor, isStable, PROCESSOR_BYTES, type Processor } from '../spec/machine/state.ts'
import { stepRoot } from '../spec/machine/witness.ts'
import type { Model } from '../spec/tower/model.ts'
import type { Row } from './chronicle.ts'

/** The memory leaf that an instruction reads or writes. */
export interface TouchedLeaf extends DataAccess {
  /** Of the first byte that is accessed. */
  readonly address: number
  readonly before: Bytes
  /** The same as `before` where it is only read. */
  readonly after: Bytes
}

/** The one step that the contract executed. */
export interface Arbitration {
  readonly seq: number
  /** Where it stands: a step for each phase, coarsest first. */
  readonly at: readonly number[]
  /** Names of the two. */
  readonly mover: string
  readonly opponent: string
  readonly moverWins: boolean
  /** Undefined where the machine stands still, or the fetch itself traps. */
  readonly word: number | undefined
  readonly assembly: string
  readonly pre: Processor
  readonly post: Processor
  readonly leaf: TouchedLeaf | undefined
  readonly preRoot: StateRoot
  /** What the contract computed. */
  readonly postRoot: StateRoot
  /** What the opponent of the mover had posted. */
  readonly disputedRoot: StateRoot
}

/** Layout of the witness: see `spec/machine/witness.ts`. */
const CODE_LEAF_AT = PROCESSOR_BYTES
const dataLeafAt = (codeHeight: number): number => CODE_LEAF_AT + LEAF_BYTES + 32 * codeHeight

const fetched = (program: Model['program'], processor: Processor, witness: Bytes): number | undefined => {
  const offset = codeOffset(program.codeBase, program.codeHeight, processor.pc)
  if (isStable(processor) || offset === undefined) return undefined
  return wordAt(witness.subarray(CODE_LEAF_AT, CODE_LEAF_AT + LEAF_BYTES), offset % LEAF_BYTES)
}

/** Executes the witnessed instruction once more, this time to look at it. */
const executed = (program: Model['program'], witness: Bytes) => {
  const pre = decodeProcessor(witness.subarray(0, PROCESSOR_BYTES))
  const word = fetched(program, pre, witness)
  const data = word === undefined ? undefined : dataAccess(decode(word), pre.registers)
  const at = dataLeafAt(program.codeHeight)
  const before = witness.slice(at, at + LEAF_BYTES)
  const { processor: post, store } = stepAccess({ processor: pre, fetch: () => word, readLeaf: () => before })
  const leaf = data && {
    ...data,
    address: data.leafIndex * LEAF_BYTES + data.offset,
    before,
    after: store?.leaf ?? before,
  }
  return { word, pre, post, leaf }
}

const assemblyOf = (word: number | undefined, { status, pc }: Processor): string => {
  if (word !== undefined) return disassemble(word, pc)
  return status === 0
    ? 'no fetch: pc is misaligned or outside the code'
    : 'the machine is stable: it steps to itself'
}

/** The arbitration of a run, if it came to one. */
export const arbitrationOf = (
  rows: readonly Row[],
  { model, actors }: Pick<RunRecord, 'model' | 'actors'>,
): Arbitration | undefined => {
  const row = rows.find(({ reply, entry }) => reply?.kind === 'Arbitrate' && entry.outcome === 'accepted')
  if (row?.reply?.kind !== 'Arbitrate' || row.segment === undefined) return undefined
  const { segment, party, entry } = row
  const { witness } = row.reply
  const post = stepRoot(model.program, segment.start, witness)
  if (!post.ok) throw new Error(`an accepted arbitration is refused: ${post.rejection.reason}`)
  const opposed = party === 'asserter' ? 'verifier' : 'server'
  const step = executed(model.program, witness)
  return {
    seq: entry.seq,
    at: segment.at,
    mover: entry.actor,
    opponent: actors.find(({ role }) => role === opposed)!.name,
    moverWins: post.value !== segment.end,
    ...step,
    assembly: assemblyOf(step.word, step.pre),
    preRoot: segment.start,
    postRoot: post.value,
    disputedRoot: segment.end,
  }
}
