import { decode } from '../../../spec/machine/decode.ts'
import { type DataAccess, dataAccess } from '../../../spec/machine/execute.ts'
import { type Code, fetchWord } from '../../../spec/machine/program.ts'
import type { Processor } from '../../../spec/machine/state.ts'

/** Names of the RISC-V privileged manual, table "Machine cause register (mcause) values after trap". */
export type TrapCause =
  | 'instruction address misaligned'
  | 'instruction access fault'
  | 'illegal instruction'
  | 'breakpoint'
  | 'load address misaligned'
  | 'store address misaligned'
  | 'environment call'

/**
 * Why a machine that has trapped did so. A trap changes the status alone, so the cause follows from the instruction
 * that pc still stands at and from the registers that it read.
 */
export const trapCause = (code: Code, { pc, registers }: Processor): TrapCause => {
  const word = fetchWord(code, pc)
  if (word === undefined) {
    return pc % 4 === 0 ? 'instruction access fault' : 'instruction address misaligned'
  }
  const instruction = decode(word)
  const data: DataAccess | undefined = dataAccess(instruction, registers)
  switch (instruction.kind) {
    case 'illegal':
      return 'illegal instruction'
    case 'ebreak':
      return 'breakpoint'
    case 'ecall':
      return 'environment call'
    case 'jal':
    case 'jalr':
    case 'branch':
      return 'instruction address misaligned'
    case 'load':
      if (data === undefined) return 'load address misaligned'
      break
    case 'store':
      if (data === undefined) return 'store address misaligned'
      break
    case 'register':
    case 'immediate':
    case 'lui':
    case 'auipc':
    case 'fence':
      break
    default:
      return instruction satisfies never
  }
  throw new Error(`the ${instruction.kind} instruction at pc ${pc} does not trap`)
}
