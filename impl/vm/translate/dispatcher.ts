import {
  ENTRIES_ADDRESS,
  GUEST_PAGES,
  MARKS_PAGES,
  MAX_DEPTH,
  PC_ADDRESS,
  PROCESSOR_MEMORY,
  processorPages,
  REGION_TYPE,
  REGISTER_GLOBALS,
} from './layout.ts'
import { type ByteWriter, EMPTY, OP, writeLocals } from './wasm.ts'

/** Memories that every module of translated code imports. */
export const importedMemories = (count: number) => [
  { name: 'guest', pages: GUEST_PAGES, isShared: true },
  { name: 'marks', pages: MARKS_PAGES, isShared: false },
  { name: 'processor', pages: processorPages(count), isShared: false },
]

const [PC, BUDGET, OFFSET, ENTRY, LEFT] = [0, 1, 2, 3, 4]

/**
 * The dispatcher: from the pc it calls what is translated there, and goes on from where that ends, until nothing is
 * translated there or it ends at once, which is where the interpreter must go on.
 */
export const writeDispatcher = (to: ByteWriter, base: number, count: number): void => {
  const op = (...codes: readonly number[]): void => to.bytes(codes)
  const constant = (value: number): void => {
    op(OP.i32Const)
    to.signed(value)
  }
  const memory = (opcode: number, offset: number): void => {
    op(opcode, 0x40, PROCESSOR_MEMORY)
    to.unsigned(offset)
  }
  writeLocals(to, 3)
  for (let register = 1; register <= REGISTER_GLOBALS; register++) {
    constant(0)
    memory(OP.i32Load, 4 * register)
    op(OP.globalSet, register - 1)
  }
  op(OP.block, EMPTY, OP.loop, EMPTY)
  // Out where the pc is outside the code or misaligned.
  op(OP.localGet, PC)
  constant(base | 0)
  op(OP.i32Sub, OP.localTee, OFFSET)
  constant(4 * count)
  op(OP.i32GeU, OP.localGet, OFFSET)
  constant(3)
  op(OP.i32And, OP.i32Or, OP.brIf, 1)
  op(OP.localGet, OFFSET)
  memory(OP.i32Load, ENTRIES_ADDRESS)
  op(OP.localTee, ENTRY, OP.i32Eqz, OP.brIf, 1)
  op(OP.localGet, BUDGET)
  constant(MAX_DEPTH)
  op(OP.localGet, ENTRY, OP.callIndirect, REGION_TYPE, 0)
  op(OP.localSet, LEFT, OP.localSet, PC)
  op(OP.localGet, LEFT, OP.localGet, BUDGET, OP.i32Eq, OP.brIf, 1)
  op(OP.localGet, LEFT, OP.localSet, BUDGET, OP.br, 0, OP.end, OP.end)
  for (let register = 1; register <= REGISTER_GLOBALS; register++) {
    constant(0)
    op(OP.globalGet, register - 1)
    memory(OP.i32Store, 4 * register)
  }
  constant(PC_ADDRESS)
  op(OP.localGet, PC)
  memory(OP.i32Store, 0)
  op(OP.localGet, BUDGET, OP.end)
}
