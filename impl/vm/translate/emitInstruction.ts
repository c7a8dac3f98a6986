import type { AluOperation, BranchOperation, Instruction } from '../../../spec/machine/decode.ts'
import { type Access, type Alignment, uncheckedBits } from './alignment.ts'
import { ADDRESS, type FunctionWriter } from './functionWriter.ts'
import { GUEST_MEMORY, MARKS_MEMORY } from './layout.ts'
import { I32, OP } from './wasm.ts'

/** The instructions that neither jump nor stop, and the conditions of branches, one after the other. */

/** What is written where an instruction traps: control goes to the interpreter, which makes the trap. */
export type Fault = () => void

const SIMPLE: Readonly<Partial<Record<AluOperation, number>>> = {
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
}

const HIGH_PRODUCT = {
  mulh: [OP.i64ExtendI32S, OP.i64ExtendI32S],
  mulhsu: [OP.i64ExtendI32S, OP.i64ExtendI32U],
  mulhu: [OP.i64ExtendI32U, OP.i64ExtendI32U],
} as const

const emitHighProduct = (
  w: FunctionWriter,
  operation: keyof typeof HIGH_PRODUCT,
  rs1: number,
  rs2: number,
): void => {
  const [first, second] = HIGH_PRODUCT[operation]
  w.get(rs1)
  w.op(first)
  w.get(rs2)
  w.op(second, OP.i64Mul, OP.i64Const, 32, OP.i64ShrU, OP.i32WrapI64)
}

/** Unsigned: only a divisor of zero is special. */
const emitUnsignedDivision = (
  w: FunctionWriter,
  operation: 'divu' | 'remu',
  rs1: number,
  rs2: number,
): void => {
  w.get(rs2)
  w.op(OP.if, I32)
  w.get(rs1)
  w.get(rs2)
  w.op(operation === 'divu' ? OP.i32DivU : OP.i32RemU, OP.else)
  if (operation === 'divu') w.constant(-1)
  else w.get(rs1)
  w.op(OP.end)
}

/** Signed: a divisor of zero is special, and -1, since the quotient may overflow. */
const emitSignedDivision = (w: FunctionWriter, operation: 'div' | 'rem', rs1: number, rs2: number): void => {
  const isQuotient = operation === 'div'
  w.get(rs2)
  w.constant(1)
  w.op(OP.i32Add)
  w.constant(2)
  w.op(OP.i32LtU, OP.if, I32)
  w.get(rs2)
  w.op(OP.if, I32)
  w.constant(0)
  if (isQuotient) {
    w.get(rs1)
    w.op(OP.i32Sub)
  }
  w.op(OP.else)
  if (isQuotient) w.constant(-1)
  else w.get(rs1)
  w.op(OP.end, OP.else)
  w.get(rs1)
  w.get(rs2)
  w.op(isQuotient ? OP.i32DivS : OP.i32RemS, OP.end)
}

const emitRegisterOperation = (
  w: FunctionWriter,
  operation: AluOperation,
  rs1: number,
  rs2: number,
): void => {
  switch (operation) {
    case 'mulh':
    case 'mulhsu':
    case 'mulhu':
      emitHighProduct(w, operation, rs1, rs2)
      break
    case 'divu':
    case 'remu':
      emitUnsignedDivision(w, operation, rs1, rs2)
      break
    case 'div':
    case 'rem':
      emitSignedDivision(w, operation, rs1, rs2)
      break
    default:
      w.get(rs1)
      w.get(rs2)
      w.op(SIMPLE[operation]!)
  }
}

const ACCESS_OPCODE = {
  lb: OP.i32Load8S,
  lh: OP.i32Load16S,
  lw: OP.i32Load,
  lbu: OP.i32Load8U,
  lhu: OP.i32Load16U,
  sb: OP.i32Store8,
  sh: OP.i32Store16,
  sw: OP.i32Store,
} as const

/** Pushes `register + immediate`. */
export const emitSum = (w: FunctionWriter, register: number, immediate: number): void => {
  w.get(register)
  if (immediate === 0) return
  w.constant(immediate)
  w.op(OP.i32Add)
}

const emitAccess = (w: FunctionWriter, access: Access, alignment: Alignment, fault: Fault): void => {
  const opcode = ACCESS_OPCODE[access.operation]
  const mask = uncheckedBits(access, alignment)
  emitSum(w, access.rs1, access.immediate)
  if (mask !== 0) {
    w.localTee(ADDRESS)
    w.constant(mask)
    w.op(OP.i32And)
    w.when(fault)
    w.localGet(ADDRESS)
  } else if (access.kind === 'store') w.localTee(ADDRESS)
  if (access.kind === 'load') {
    w.memory(opcode, GUEST_MEMORY)
    w.set(access.rd)
    return
  }
  w.get(access.rs2)
  w.memory(opcode, GUEST_MEMORY)
  w.localGet(ADDRESS)
  w.constant(12)
  w.op(OP.i32ShrU)
  w.constant(1)
  w.memory(OP.i32Store8, MARKS_MEMORY)
}

/** Writes one instruction of a block's body. `pc` is its address, `alignment` what is known before it. */
export const emitInstruction = (
  w: FunctionWriter,
  instruction: Instruction,
  pc: number,
  alignment: Alignment,
  fault: Fault,
): void => {
  switch (instruction.kind) {
    case 'register':
      if (instruction.rd === 0) return
      emitRegisterOperation(w, instruction.operation, instruction.rs1, instruction.rs2)
      w.set(instruction.rd)
      return
    case 'immediate':
      if (instruction.rd === 0) return
      if (instruction.operation === 'add') emitSum(w, instruction.rs1, instruction.immediate)
      else {
        w.get(instruction.rs1)
        w.constant(instruction.immediate)
        w.op(SIMPLE[instruction.operation]!)
      }
      w.set(instruction.rd)
      return
    case 'lui':
    case 'auipc':
      if (instruction.rd === 0) return
      w.constant(instruction.immediate + (instruction.kind === 'auipc' ? pc : 0))
      w.set(instruction.rd)
      return
    case 'load':
    case 'store':
      emitAccess(w, instruction, alignment, fault)
      return
    case 'fence':
      return
    default:
      throw new Error(`${instruction.kind} ends a block`)
  }
}

const CONDITION: Readonly<Record<BranchOperation, number>> = {
  beq: OP.i32Eq,
  bne: OP.i32Ne,
  blt: OP.i32LtS,
  bge: OP.i32GeS,
  bltu: OP.i32LtU,
  bgeu: OP.i32GeU,
}

/** Pushes whether the branch is taken. */
export const emitCondition = (
  w: FunctionWriter,
  { operation, rs1, rs2 }: Extract<Instruction, { kind: 'branch' }>,
): void => {
  w.get(rs1)
  if (rs2 === 0 && operation === 'beq') w.op(OP.i32Eqz)
  else if (rs2 !== 0 || operation !== 'bne') {
    w.get(rs2)
    w.op(CONDITION[operation])
  }
}
