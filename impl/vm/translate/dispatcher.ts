import {
  DISPATCHER_TYPE,
  ENTRIES_ADDRESS,
  GUEST_PAGES,
  MARKS_PAGES,
  MAX_DEPTH,
  PC_ADDRESS,
  PROCESSOR_MEMORY,
  processorPages,
  REGION_TYPE,
  TYPES,
} from './layout.ts'
import { ByteWriter, buildModule, EMPTY, OP } from './wasm.ts'

/** Memories that every module of translated code imports. */
export const importedMemories = (count: number) => [
  { name: 'guest', pages: GUEST_PAGES, isShared: true },
  { name: 'marks', pages: MARKS_PAGES, isShared: false },
  { name: 'processor', pages: processorPages(count), isShared: false },
]

const [PC, BUDGET, OFFSET, ENTRY, LEFT] = [0, 1, 2, 3, 4]

/**
 * The dispatcher, one for each code: from the pc it calls what is translated there, and goes on from where that ends,
 * until nothing is translated there or it ends at once, which is where the interpreter must go on.
 */
export const buildDispatcher = (base: number, count: number): Uint8Array<ArrayBuffer> => {
  const to = new ByteWriter()
  const op = (...codes: readonly number[]): void => {
    for (const code of codes) to.byte(code)
  }
  const constant = (value: number): void => {
    op(OP.i32Const)
    to.signed(value)
  }
  const memory = (opcode: number, offset: number): void => {
    op(opcode, 0x40, PROCESSOR_MEMORY)
    to.unsigned(offset)
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
  constant(PC_ADDRESS)
  op(OP.localGet, PC)
  memory(OP.i32Store, 0)
  op(OP.localGet, BUDGET)
  return buildModule({
    types: TYPES,
    memories: importedMemories(count),
    tableEntries: 1,
    functions: [{ type: DISPATCHER_TYPE, locals: 3, code: to.written() }],
    exported: { name: 'dispatch', function: 0 },
  })
}
