import type { Mutant } from './mutant.ts'

const DECODE = 'spec/machine/decode.test.ts'
const EXECUTE = 'spec/machine/execute.test.ts'
const WITNESS = 'spec/machine/witness.test.ts'
const OPERATORS = 'spec/graph/operators/operators.test.ts'
const RESCALE = 'spec/graph/operators/rescale.test.ts'

/** The machine, its witnesses, and what MNIST's operators compute. */
export const MACHINE_MUTANTS: readonly Mutant[] = [
  {
    name: 'a reserved shift is decoded',
    file: 'spec/machine/decode.ts',
    find: "return funct7 === 0 ? 'sll' : undefined",
    replace: "return 'sll'",
    killedBy: 'VM-1',
    test: DECODE,
  },
  {
    name: 'the sign bit of a jump’s offset is lost',
    file: 'spec/machine/decode.ts',
    find: '((word >> 31) << 20) | (word & 0xf_f000)',
    replace: '(word & 0xf_f000)',
    killedBy: 'VM-2',
    test: DECODE,
  },
  {
    name: 'x0 can be written',
    file: 'spec/machine/execute.ts',
    find: 'rd === 0 ? registers : registers.with(rd, value >>> 0)',
    replace: 'registers.with(rd, value >>> 0)',
    killedBy: 'VM-9',
    test: EXECUTE,
  },
  {
    name: 'JALR keeps bit 0',
    file: 'spec/machine/execute.ts',
    find: '((x(instruction.rs1) + instruction.immediate) & ~1) >>> 0',
    replace: '(x(instruction.rs1) + instruction.immediate) >>> 0',
    killedBy: 'VM-10',
    test: EXECUTE,
  },
  {
    name: 'a branch that is not taken checks its target',
    file: 'spec/machine/execute.ts',
    find: 'return jump(taken ? (pc + instruction.immediate) >>> 0 : next)',
    replace:
      'const target = (pc + instruction.immediate) >>> 0\n      return isMisaligned(target) ? halt(TRAPPED) : jump(taken ? target : next)',
    killedBy: 'VM-12',
    test: EXECUTE,
  },
  {
    name: 'a store writes a whole word',
    file: 'spec/machine/execute.ts',
    find: 'littleEndian(value, 4).subarray(0, bytes)',
    replace: 'littleEndian(value, 4).subarray(0, bytes === 4 ? 4 : 2)',
    killedBy: 'VM-8',
    test: EXECUTE,
  },
  {
    name: 'any ECALL exits',
    file: 'spec/machine/execute.ts',
    find: 'halt(x(A7) === EXIT_CALL ? EXITED : TRAPPED)',
    replace: 'halt(x(A7) >= 0 ? EXITED : TRAPPED)',
    killedBy: 'VM-11',
    test: EXECUTE,
  },
  {
    name: 'a stable machine goes on',
    file: 'spec/machine/execute.ts',
    find: 'if (isStable(processor)) return { processor }',
    replace: '',
    killedBy: 'VM-15',
    test: EXECUTE,
  },
  {
    name: 'a step’s witness may be of any state',
    file: 'spec/machine/witness.ts',
    find: "if (witnessed !== pre) return reject('PreStateMismatch', { expected: pre, actual: witnessed })",
    replace: '',
    killedBy: 'VM-19',
    test: WITNESS,
  },
  {
    name: 'a step’s code may be of any program',
    file: 'spec/machine/witness.ts',
    find: 'if (codeRoot !== program.codeRoot) {',
    replace: 'if (codeRoot === undefined) {',
    killedBy: 'VM-19',
    test: WITNESS,
  },
  {
    name: 'a witness may have bytes left over',
    file: 'spec/machine/witness.ts',
    find: 'if (witness.length !== end)',
    replace: 'if (witness.length < end)',
    killedBy: 'VM-20',
    test: WITNESS,
  },
  {
    name: 'the bitmap’s upper bits mean nothing',
    file: 'spec/machine/witness.ts',
    find: 'if (bitmap >= 2 ** MEMORY_HEIGHT)',
    replace: 'if (bitmap >= 2 ** 32)',
    killedBy: 'VM-21',
    test: WITNESS,
  },
  {
    name: 'a tie goes to the last index',
    file: 'spec/graph/operators/argmax.ts',
    find: 'value[i]! > value[best]!',
    replace: 'value[i]! >= value[best]!',
    killedBy: 'OP-ARGMAX',
    test: OPERATORS,
  },
  {
    name: 'halves are rounded down',
    file: 'spec/graph/operators/rescale.ts',
    find: '+ (1n << bits) / 2n) >> bits',
    replace: ') >> bits',
    killedBy: 'OP-ROUND',
    test: RESCALE,
  },
  {
    name: 'what does not fit int32 wraps',
    file: 'spec/graph/operators/rescale.ts',
    find: 'Number(rounded < MIN_INT32 ? MIN_INT32 : rounded > MAX_INT32 ? MAX_INT32 : rounded)',
    replace: 'Number(BigInt.asIntN(32, rounded > MAX_INT32 || rounded < MIN_INT32 ? rounded : rounded))',
    killedBy: 'OP-SATURATE',
    test: RESCALE,
  },
]
