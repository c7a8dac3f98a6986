import { type Bytes, littleEndian, wordAt } from '../commitments/bytes.ts'
import { LEAF_BYTES, readLeaf, writeLeaf } from '../commitments/memory.ts'
import { type AluOperation, type BranchOperation, decode, type Instruction } from './decode.ts'
import { type Code, fetchWord } from './program.ts'
import { EXITED, isStable, type MachineState, type Processor, TRAPPED } from './state.ts'

/**
 * One instruction. `step` is written once over `StateAccess`: a live machine answers from its code and memory, the
 * one who checks a witness answers from the witness. It reads at most one word of code and one leaf of memory and
 * changes at most one leaf.
 *
 * A trap changes the status and nothing else, so pc stays at the instruction that trapped. What traps: a fetch that
 * is misaligned or outside the code tree, an illegal instruction, EBREAK, an ECALL other than exit, a misaligned
 * load or store, a misaligned target of a jump or of a branch that is taken. Exit, too, changes the status alone;
 * the exit code is what a0 then holds. Addresses wrap at 2^32.
 */
export interface StateAccess {
  readonly processor: Processor
  /** The word of code at pc; zero where the program has none, undefined where the fetch traps. */
  readonly fetch: (pc: number) => number | undefined
  /** The 32 bytes of memory leaf `index` = address / 32. */
  readonly readLeaf: (index: number) => Bytes
}

export interface Transition {
  readonly processor: Processor
  /** The one leaf of memory that changed. */
  readonly store?: { readonly index: number; readonly leaf: Bytes }
}

/** a7 of the one system call that there is. */
export const EXIT_CALL = 93
const A7 = 17

/** Where a load or store accesses the memory: it is aligned, so it stays inside a leaf. */
export interface DataAccess {
  readonly leafIndex: number
  /** First byte in the leaf. */
  readonly offset: number
  /** 1, 2 or 4. */
  readonly bytes: number
}

const ACCESS_BYTES = { lb: 1, lbu: 1, sb: 1, lh: 2, lhu: 2, sh: 2, lw: 4, sw: 4 } as const

/** The access that `instruction` makes; undefined where it makes none, because it traps or is no load or store. */
export const dataAccess = (
  instruction: Instruction,
  registers: readonly number[],
): DataAccess | undefined => {
  if (instruction.kind !== 'load' && instruction.kind !== 'store') return undefined
  const bytes = ACCESS_BYTES[instruction.operation]
  const address = (registers[instruction.rs1]! + instruction.immediate) >>> 0
  if (address % bytes !== 0) return undefined
  return { leafIndex: Math.floor(address / LEAF_BYTES), offset: address % LEAF_BYTES, bytes }
}

const signed = (word: number): number => word | 0

/** The upper half of a product of 64 bits. */
const highProduct = (a: number, b: number): number =>
  Number(BigInt.asUintN(32, (BigInt(a) * BigInt(b)) >> 32n))

/** `a op b` of unsigned 32-bit operands. Division by zero and overflow as in the manual, table "Semantics for division". */
export const compute = (operation: AluOperation, a: number, b: number): number => {
  switch (operation) {
    case 'add':
      return (a + b) >>> 0
    case 'sub':
      return (a - b) >>> 0
    case 'sll':
      return (a << (b % 32)) >>> 0
    case 'slt':
      return signed(a) < signed(b) ? 1 : 0
    case 'sltu':
      return a < b ? 1 : 0
    case 'xor':
      return (a ^ b) >>> 0
    case 'srl':
      return a >>> (b % 32)
    case 'sra':
      return (signed(a) >> (b % 32)) >>> 0
    case 'or':
      return (a | b) >>> 0
    case 'and':
      return (a & b) >>> 0
    case 'mul':
      return Math.imul(a, b) >>> 0
    case 'mulh':
      return highProduct(signed(a), signed(b))
    case 'mulhsu':
      return highProduct(signed(a), b)
    case 'mulhu':
      return highProduct(a, b)
    case 'div':
      return b === 0 ? 0xffff_ffff : Math.trunc(signed(a) / signed(b)) >>> 0
    case 'divu':
      return b === 0 ? 0xffff_ffff : Math.floor(a / b)
    case 'rem':
      return b === 0 ? a : (signed(a) % signed(b)) >>> 0
    case 'remu':
      return b === 0 ? a : a % b
    default:
      return operation satisfies never
  }
}

const isTaken = (operation: BranchOperation, a: number, b: number): boolean => {
  switch (operation) {
    case 'beq':
      return a === b
    case 'bne':
      return a !== b
    case 'blt':
      return signed(a) < signed(b)
    case 'bge':
      return signed(a) >= signed(b)
    case 'bltu':
      return a < b
    case 'bgeu':
      return a >= b
    default:
      return operation satisfies never
  }
}

const loadedValue = (operation: 'lb' | 'lh' | 'lw' | 'lbu' | 'lhu', leaf: Bytes, offset: number): number => {
  const word = wordAt(leaf, offset)
  switch (operation) {
    case 'lb':
      return ((word << 24) >> 24) >>> 0
    case 'lh':
      return ((word << 16) >> 16) >>> 0
    case 'lw':
      return word
    case 'lbu':
      return word & 0xff
    case 'lhu':
      return word & 0xffff
    default:
      return operation satisfies never
  }
}

/** `leaf` with the lowest `bytes` bytes of `value` at `offset`. */
const storedLeaf = (leaf: Bytes, { offset, bytes }: DataAccess, value: number): Bytes => {
  const stored = leaf.slice()
  stored.set(littleEndian(value, 4).subarray(0, bytes), offset)
  return stored
}

const isMisaligned = (target: number): boolean => target % 4 !== 0

/** What the instruction at pc does to a running machine. */
const executeInstruction = (instruction: Instruction, access: StateAccess): Transition => {
  const { registers, pc } = access.processor
  const x = (register: number): number => registers[register]!
  const next = (pc + 4) >>> 0
  const halt = (status: number): Transition => ({ processor: { ...access.processor, status } })
  const jump = (target: number): Transition =>
    isMisaligned(target) ? halt(TRAPPED) : { processor: { ...access.processor, pc: target } }
  /** Writes rd and goes to `target`; x0 stays zero. */
  const write = (rd: number, value: number, target = next): Transition =>
    isMisaligned(target)
      ? halt(TRAPPED)
      : {
          processor: {
            ...access.processor,
            registers: rd === 0 ? registers : registers.with(rd, value >>> 0),
            pc: target,
          },
        }

  switch (instruction.kind) {
    case 'register':
      return write(instruction.rd, compute(instruction.operation, x(instruction.rs1), x(instruction.rs2)))
    case 'immediate':
      return write(
        instruction.rd,
        compute(instruction.operation, x(instruction.rs1), instruction.immediate >>> 0),
      )
    case 'lui':
      return write(instruction.rd, instruction.immediate)
    case 'auipc':
      return write(instruction.rd, pc + instruction.immediate)
    case 'jal':
      return write(instruction.rd, next, (pc + instruction.immediate) >>> 0)
    case 'jalr':
      return write(instruction.rd, next, ((x(instruction.rs1) + instruction.immediate) & ~1) >>> 0)
    case 'branch': {
      const taken = isTaken(instruction.operation, x(instruction.rs1), x(instruction.rs2))
      return jump(taken ? (pc + instruction.immediate) >>> 0 : next)
    }
    case 'load': {
      const data = dataAccess(instruction, registers)
      if (data === undefined) return halt(TRAPPED)
      const leaf = access.readLeaf(data.leafIndex)
      return write(instruction.rd, loadedValue(instruction.operation, leaf, data.offset))
    }
    case 'store': {
      const data = dataAccess(instruction, registers)
      if (data === undefined) return halt(TRAPPED)
      const leaf = storedLeaf(access.readLeaf(data.leafIndex), data, x(instruction.rs2))
      return { ...jump(next), store: { index: data.leafIndex, leaf } }
    }
    case 'fence':
      return jump(next)
    case 'ecall':
      return halt(x(A7) === EXIT_CALL ? EXITED : TRAPPED)
    case 'ebreak':
    case 'illegal':
      return halt(TRAPPED)
    default:
      return instruction satisfies never
  }
}

/** One step: a stable machine steps to itself. */
export const stepAccess = (access: StateAccess): Transition => {
  const { processor } = access
  if (isStable(processor)) return { processor }
  const word = access.fetch(processor.pc)
  if (word === undefined) return { processor: { ...processor, status: TRAPPED } }
  return executeInstruction(decode(word), access)
}

/** One step of a live machine. */
export const step = (code: Code, state: MachineState): MachineState => {
  const { processor, store } = stepAccess({
    processor: state,
    fetch: (pc) => fetchWord(code, pc),
    readLeaf: (index) => readLeaf(state.memory, index),
  })
  const { status, registers, pc } = processor
  const memory = store ? writeLeaf(state.memory, store.index, store.leaf) : state.memory
  return { memory, status, registers, pc }
}

/** `steps` steps, or fewer where the machine gets stable: the state is the same. */
export const run = (code: Code, state: MachineState, steps: number): MachineState => {
  let current = state
  for (let done = 0; done < steps && !isStable(current); done++) current = step(code, current)
  return current
}
