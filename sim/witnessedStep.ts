import { disassemble } from '../impl/vm/disassemble.ts'
import { type Bytes, wordAt } from '../spec/commitments/bytes.ts'
import { LEAF_BYTES } from '../spec/commitments/memory.ts'
import { decode } from '../spec/machine/decode.ts'
import { type DataAccess, dataAccess, stepAccess } from '../spec/machine/execute.ts'
import { codeOffset } from '../spec/machine/program.ts'
import { decodeProcessor, isStable, PROCESSOR_BYTES, type Processor } from '../spec/machine/state.ts'
import type { Model } from '../spec/tower/model.ts'

/** The memory leaf that an instruction reads or writes. */
export interface TouchedLeaf extends DataAccess {
  /** Of the first byte that is accessed. */
  readonly address: number
  readonly before: Bytes
  /** The same as `before` where it is only read. */
  readonly after: Bytes
}

/** One instruction, as its witness shows it. */
export interface WitnessedStep {
  /** Undefined where the machine stands still, or the fetch itself traps. */
  readonly word: number | undefined
  readonly assembly: string
  readonly pre: Processor
  readonly post: Processor
  readonly leaf: TouchedLeaf | undefined
}

/** Layout of the witness: see `spec/machine/witness.ts`. */
const CODE_LEAF_AT = PROCESSOR_BYTES
const dataLeafAt = (codeHeight: number): number => CODE_LEAF_AT + LEAF_BYTES + 32 * codeHeight

const fetched = (program: Model['program'], processor: Processor, witness: Bytes): number | undefined => {
  const offset = codeOffset(program.codeBase, program.codeHeight, processor.pc)
  if (isStable(processor) || offset === undefined) return undefined
  return wordAt(witness.subarray(CODE_LEAF_AT, CODE_LEAF_AT + LEAF_BYTES), offset % LEAF_BYTES)
}

/** Executes a witnessed instruction once more, this time to look at it. */
export const witnessedStep = (program: Model['program'], witness: Bytes): WitnessedStep => {
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
  return { word, assembly: assemblyOf(word, pre), pre, post, leaf }
}

const assemblyOf = (word: number | undefined, { status, pc }: Processor): string => {
  if (word !== undefined) return disassemble(word, pc)
  return status === 0
    ? 'no fetch: pc is misaligned or outside the code'
    : 'the machine is stable: it steps to itself'
}
