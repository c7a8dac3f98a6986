import { isLoad, isStore, OPERATION, operationOf, rdOf, rs1Of, rs2Of } from '../predecode.ts'
import { ADDRESS, type FunctionWriter } from './functionWriter.ts'
import { GUEST_MEMORY, MARKS_MEMORY } from './layout.ts'
import { I32, OP } from './wasm.ts'

/** The instructions that neither jump nor stop, and the conditions of branches, one after the other. */

/** WebAssembly's instruction for an operation that is the same there, 0 where there is none; by operation. */
const opcodes = (given: Readonly<Partial<Record<keyof typeof OPERATION, number>>>): Uint8Array => {
  const byNumber = new Uint8Array(Object.keys(OPERATION).length)
  for (const [name, opcode] of Object.entries(given))
    byNumber[OPERATION[name as keyof typeof OPERATION]] = opcode
  return byNumber
}

const SIMPLE = opcodes({
  add: OP.i32Add,
  sub: OP.i32Sub,
  sll: OP.i32Shl,
  slt: OP.i32LtS,
  sltu: OP.i32LtU,
  xor: OP.i32Xor,
  srl: OP.i32ShrU,
  sra: OP.i32ShrS,
  or: OP.i32Or,
  and: OP.i32And,
  mul: OP.i32Mul,
  beq: OP.i32Eq,
  bne: OP.i32Ne,
  blt: OP.i32LtS,
  bge: OP.i32GeS,
  bltu: OP.i32LtU,
  bgeu: OP.i32GeU,
})

const WITH_IMMEDIATE = opcodes({
  slli: OP.i32Shl,
  slti: OP.i32LtS,
  sltui: OP.i32LtU,
  xori: OP.i32Xor,
  srli: OP.i32ShrU,
  srai: OP.i32ShrS,
  ori: OP.i32Or,
  andi: OP.i32And,
})

const ACCESS = opcodes({
  lb: OP.i32Load8S,
  lh: OP.i32Load16S,
  lw: OP.i32Load,
  lbu: OP.i32Load8U,
  lhu: OP.i32Load16U,
  sb: OP.i32Store8,
  sh: OP.i32Store16,
  sw: OP.i32Store,
})

const emitHighProduct = (w: FunctionWriter, operation: number, rs1: number, rs2: number): void => {
  w.get(rs1)
  w.op(operation === OPERATION.mulhu ? OP.i64ExtendI32U : OP.i64ExtendI32S)
  w.get(rs2)
  w.op(operation === OPERATION.mulh ? OP.i64ExtendI32S : OP.i64ExtendI32U)
  w.ops([OP.i64Mul, OP.i64Const, 32, OP.i64ShrU, OP.i32WrapI64])
}

/** Unsigned: only a divisor of zero is special. */
const emitUnsignedDivision = (w: FunctionWriter, operation: number, rs1: number, rs2: number): void => {
  const isQuotient = operation === OPERATION.divu
  w.get(rs2)
  w.ops([OP.if, I32])
  w.get(rs1)
  w.get(rs2)
  w.op(isQuotient ? OP.i32DivU : OP.i32RemU)
  w.op(OP.else)
  if (isQuotient) w.constant(-1)
  else w.get(rs1)
  w.op(OP.end)
}

/** Signed: a divisor of zero is special, and -1, since the quotient may overflow. */
const emitSignedDivision = (w: FunctionWriter, operation: number, rs1: number, rs2: number): void => {
  const isQuotient = operation === OPERATION.div
  w.get(rs2)
  w.constant(1)
  w.op(OP.i32Add)
  w.constant(2)
  w.ops([OP.i32LtU, OP.if, I32])
  w.get(rs2)
  w.ops([OP.if, I32])
  w.constant(0)
  if (isQuotient) {
    w.get(rs1)
    w.op(OP.i32Sub)
  }
  w.op(OP.else)
  if (isQuotient) w.constant(-1)
  else w.get(rs1)
  w.ops([OP.end, OP.else])
  w.get(rs1)
  w.get(rs2)
  w.op(isQuotient ? OP.i32DivS : OP.i32RemS)
  w.op(OP.end)
}

/** Pushes `register + immediate`. */
export const emitSum = (w: FunctionWriter, register: number, immediate: number): void => {
  w.get(register)
  if (immediate === 0) return
  w.constant(immediate)
  w.op(OP.i32Add)
}

/**
 * Writes a load or store.
 *
 * @param unchecked low bits of the address that must be zero and are not known to be
 * @param fault writes what happens where they are not: control goes to the interpreter, which makes the trap
 */
export const emitAccess = (
  w: FunctionWriter,
  packed: number,
  immediate: number,
  unchecked: number,
  fault: () => void,
): void => {
  const operation = operationOf(packed)
  emitSum(w, rs1Of(packed), immediate)
  if (unchecked !== 0) {
    w.localTee(ADDRESS)
    w.constant(unchecked)
    w.op(OP.i32And)
    w.open(OP.if)
    fault()
    w.close()
    w.localGet(ADDRESS)
  } else if (isStore(operation)) w.localTee(ADDRESS)
  if (isLoad(operation)) {
    w.memory(ACCESS[operation]!, GUEST_MEMORY)
    w.set(rdOf(packed))
    return
  }
  w.get(rs2Of(packed))
  w.memory(ACCESS[operation]!, GUEST_MEMORY)
  w.localGet(ADDRESS)
  w.constant(12)
  w.op(OP.i32ShrU)
  w.constant(1)
  w.memory(OP.i32Store8, MARKS_MEMORY)
}

/** Writes an instruction that computes one register from others. */
export const emitComputation = (w: FunctionWriter, packed: number, operand: number): void => {
  const operation = operationOf(packed)
  const rs1 = rs1Of(packed)
  switch (operation) {
    case OPERATION.nop:
      return
    case OPERATION.li:
      w.constant(operand)
      break
    case OPERATION.addi:
      emitSum(w, rs1, operand)
      break
    case OPERATION.mulh:
    case OPERATION.mulhsu:
    case OPERATION.mulhu:
      emitHighProduct(w, operation, rs1, rs2Of(packed))
      break
    case OPERATION.divu:
    case OPERATION.remu:
      emitUnsignedDivision(w, operation, rs1, rs2Of(packed))
      break
    case OPERATION.div:
    case OPERATION.rem:
      emitSignedDivision(w, operation, rs1, rs2Of(packed))
      break
    default:
      w.get(rs1)
      if (WITH_IMMEDIATE[operation] !== 0) {
        w.constant(operand)
        w.op(WITH_IMMEDIATE[operation]!)
      } else {
        w.get(rs2Of(packed))
        w.op(SIMPLE[operation]!)
      }
  }
  w.set(rdOf(packed))
}

/** Pushes whether the branch is taken. */
export const emitCondition = (w: FunctionWriter, packed: number): void => {
  const operation = operationOf(packed)
  const rs2 = rs2Of(packed)
  w.get(rs1Of(packed))
  if (rs2 === 0 && operation === OPERATION.beq) w.op(OP.i32Eqz)
  else if (rs2 !== 0 || operation !== OPERATION.bne) {
    w.get(rs2)
    w.op(SIMPLE[operation]!)
  }
}
