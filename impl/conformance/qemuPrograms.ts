import { type Bytes, toHex } from '../../spec/commitments/bytes.ts'
import { buildElf, codeBytes } from '../vm/buildElf.ts'
import { readExecutable } from '../vm/elf.ts'
import { VmTrace } from '../vm/trace.ts'
import { addi, assemble, ecall, type Line, sw } from './assemble.ts'
import { outputInQemu } from './qemu.ts'
import { DATA_BYTES, DATA_REGISTER, dataBytes, POINTER_REGISTER, programLines } from './randomProgram.ts'

/** As a Linux program has them, with room below the stack. */
const LAYOUT = { codeBase: 0x0001_0000, dataBase: 0x0010_0000, stackTop: 0x0020_0000 }
const STACK_BYTES = 0x1_0000
const [READ, WRITE, EXECUTE] = [4, 2, 1]

const REGISTER_BYTES = 4 * 31
const [WRITE_CALL, EXIT_CALL] = [64, 93]
const [A0, A1, A2, A7] = [10, 11, 12, 17]

/** Stores all registers behind the data, and writes both out: a call that our machine traps at. */
const writeOut: readonly Line[] = [
  addi(POINTER_REGISTER, DATA_REGISTER, 2047),
  addi(POINTER_REGISTER, POINTER_REGISTER, DATA_BYTES - 2047),
  ...Array.from({ length: 31 }, (_, i) => sw(i + 1, POINTER_REGISTER, 4 * i)),
  addi(A0, 0, 1),
  addi(A1, DATA_REGISTER, 0),
  addi(A2, 0, 2047),
  addi(A2, A2, DATA_BYTES + REGISTER_BYTES - 2047),
  addi(A7, 0, WRITE_CALL),
  ecall,
  addi(A0, 0, 0),
  addi(A7, 0, EXIT_CALL),
  ecall,
]

/** The random program of that seed as an ELF file. */
const programFile = (seed: number): Bytes => {
  const { base, words } = assemble(
    LAYOUT.codeBase,
    programLines(seed, LAYOUT, () => writeOut),
  )
  return buildElf(base, [
    { address: base, bytes: codeBytes(words), flags: READ | EXECUTE },
    { address: LAYOUT.dataBase, bytes: dataBytes(seed), memoryBytes: 2 * DATA_BYTES, flags: READ | WRITE },
    {
      address: LAYOUT.stackTop - STACK_BYTES,
      // qemu loads no segment of which the file has nothing.
      bytes: new Uint8Array(STACK_BYTES),
      flags: READ | WRITE,
    },
  ])
}

/** Registers and data at a program's end, in hex; or that it did not come to its end within the limit. */
export type QemuComparison = { readonly engine: string; readonly qemu: string } | 'too long'

/** Runs the random program of that seed in the engine, `stepLimit` steps at most, and in qemu. */
export const compareWithQemu = (seed: number, stepLimit: number): QemuComparison => {
  const file = programFile(seed)
  const { code, segments, entry } = readExecutable(file)
  const trace = new VmTrace({ code, contents: segments, entry, stepLimit })
  if (trace.length === stepLimit) return 'too long'
  const engine = trace.bytesAt(trace.length, LAYOUT.dataBase, DATA_BYTES + REGISTER_BYTES)
  return { engine: toHex(engine), qemu: toHex(outputInQemu(file)) }
}
