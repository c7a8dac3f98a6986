import type { Bytes } from '../../commitments/bytes.ts'
import { bigEndian, concat } from '../../commitments/bytes.ts'
import type { StateRoot } from '../../commitments/hash.ts'
import { LEAF_BYTES, MEMORY_HEIGHT, memoryRoot } from '../../commitments/memory.ts'
import { decode } from '../../machine/decode.ts'
import { encode } from '../../machine/encode.ts'
import { dataAccess, EXIT_CALL, step } from '../../machine/execute.ts'
import { type Code, codeOffset, codeTree, fetchWord, type Program } from '../../machine/program.ts'
import { commitState, isStable, type MachineState, PROCESSOR_BYTES } from '../../machine/state.ts'
import { stepRoot, stepWitness } from '../../machine/witness.ts'
import { drawsFrom, flipBit } from './draws.ts'
import type { VectorFile } from './json.ts'
import { CODE_BASE, DATA_BASE, type MachineCase, MEMORY, machineCases, randomCases } from './machineCases.ts'
import { outcomeOf } from './outcome.ts'

type Committed = Pick<Program, 'codeBase' | 'codeHeight' | 'codeRoot'>

const committed = (code: Code): Committed => ({
  codeBase: code.base,
  codeHeight: code.height,
  codeRoot: codeTree(code).root,
})

/** Registers that are not zero; the memory by its root. */
const stateOf = (state: MachineState) => ({
  status: state.status,
  pc: state.pc,
  registers: Object.fromEntries(
    state.registers.map((value, i) => [i, value] as const).filter(([, value]) => value !== 0),
  ),
  memoryRoot: memoryRoot(state.memory),
})

const stepVector = ({ name, code, state }: MachineCase) => {
  const program = committed(code)
  const [pre, witness] = [commitState(state), stepWitness(code, state)]
  const word = fetchWord(code, state.pc)
  return {
    name,
    program,
    ...(word === undefined ? {} : { word: bigEndian(word, 4) }),
    before: stateOf(state),
    pre,
    witness,
    ...outcomeOf('post', stepRoot(program, pre, witness)),
    after: stateOf(step(code, state)),
  }
}

// --- A run ----------------------------------------------------------------------------------------------------

/** Sums eight words of the output slot into the first one, and exits with the sum. */
const LOOP: Code = {
  base: CODE_BASE,
  height: 1,
  words: [
    encode({ kind: 'lui', rd: 1, immediate: 0xe000_0000 | 0 }),
    encode({ kind: 'immediate', operation: 'add', rd: 2, rs1: 0, immediate: 8 }),
    encode({ kind: 'load', operation: 'lw', rd: 3, rs1: 1, immediate: DATA_BASE & 0xff }),
    encode({ kind: 'register', operation: 'add', rd: 10, rs1: 10, rs2: 3 }),
    encode({ kind: 'immediate', operation: 'add', rd: 1, rs1: 1, immediate: 4 }),
    encode({ kind: 'immediate', operation: 'add', rd: 2, rs1: 2, immediate: -1 }),
    encode({ kind: 'branch', operation: 'bne', rs1: 2, rs2: 0, immediate: -16 }),
    encode({ kind: 'store', operation: 'sw', rs1: 1, rs2: 10, immediate: -32 }),
    encode({ kind: 'immediate', operation: 'add', rd: 17, rs1: 0, immediate: EXIT_CALL }),
    encode({ kind: 'ecall' }),
  ],
}

/** Roots and witnesses of a whole run; two steps of the stable machine at its end. */
const runVector = () => {
  let state: MachineState = {
    memory: MEMORY,
    status: 0,
    registers: Array.from({ length: 32 }, () => 0),
    pc: CODE_BASE,
  }
  const steps: { readonly pre: StateRoot; readonly witness: Bytes }[] = []
  for (let stable = 0; stable < 2; stable += isStable(state) ? 1 : 0) {
    steps.push({ pre: commitState(state), witness: stepWitness(LOOP, state) })
    state = step(LOOP, state)
  }
  return { program: committed(LOOP), steps, end: commitState(state), endState: stateOf(state) }
}

// --- Damaged witnesses ------------------------------------------------------------------------------------------

/** The parts of a witness, and where each starts. */
const partsOf = ({ code, state }: MachineCase): readonly (readonly [string, number])[] => {
  const head = [
    ['status', 0],
    ['x1', 1],
    ['x31', PROCESSOR_BYTES - 8],
    ['pc', PROCESSOR_BYTES - 1],
  ] as const
  if (isStable(state) || codeOffset(code.base, code.height, state.pc) === undefined)
    return [...head, ['memory root', PROCESSOR_BYTES]]
  const data = PROCESSOR_BYTES + 32 + 32 * code.height
  const fetched = [
    ...head,
    ['code leaf', PROCESSOR_BYTES + 8],
    ...(code.height > 0 ? [['code sibling', PROCESSOR_BYTES + 32] as const] : []),
  ] as const
  const access = dataAccess(decode(fetchWord(code, state.pc)!), state.registers)
  return access === undefined
    ? [...fetched, ['memory root', data]]
    : [
        ...fetched,
        ['data leaf', data],
        ['bitmap', data + LEAF_BYTES + 3],
        ['bitmap beyond the memory’s height', data + LEAF_BYTES],
        ['data sibling', data + LEAF_BYTES + 4],
      ]
}

const damagedVectors = (given: MachineCase) => {
  const { name, code, state } = given
  const program = committed(code)
  const [pre, witness] = [commitState(state), stepWitness(code, state)]
  const vector = (damage: string, damaged: Bytes, root = pre, of = program) => ({
    name: `${name}: ${damage}`,
    program: of,
    pre: root,
    witness: damaged,
    ...outcomeOf('post', stepRoot(of, root, damaged)),
  })
  return [
    ...partsOf(given)
      .filter(([, at]) => at < witness.length)
      .map(([part, at]) =>
        vector(
          `${part} flipped`,
          flipBit(witness, at, part.startsWith('bitmap beyond') ? MEMORY_HEIGHT % 8 : 0),
        ),
      ),
    vector('empty', new Uint8Array()),
    vector('one byte short', witness.slice(0, -1)),
    vector('cut off inside the registers', witness.slice(0, PROCESSOR_BYTES - 1)),
    vector('cut off behind the registers', witness.slice(0, PROCESSOR_BYTES)),
    vector('one byte long', concat(witness, new Uint8Array(1))),
    vector('one word long', concat(witness, new Uint8Array(32))),
    vector('another pre-state', witness, commitState({ ...state, pc: (state.pc + 4) >>> 0 })),
    vector('another code', witness, pre, { ...program, codeRoot: memoryRoot(MEMORY) }),
    vector('a lower code base', witness, pre, { ...program, codeBase: (program.codeBase - 32) >>> 0 }),
    vector('a higher code tree', witness, pre, { ...program, codeHeight: program.codeHeight + 1 }),
  ]
}

/** One of each form of the witness, with low and high code trees. */
const DAMAGED = [
  'add 0x7 0x3',
  'a load with a code tree of height 3',
  'lw 0xe0000040 28',
  'sb 0xe0000040 31',
  'sw 0xfffffffc 4',
  'lw 0xe0000040 1',
  'an absent word is illegal',
  'pc behind the code tree',
  'pc misaligned by 2',
  'status 1 is stable',
  'ecall that exits',
]

/** Not damage: a sibling of zeros given in full means the same. */
const fullSiblingVector = (given: MachineCase) => {
  const { name, code, state } = given
  const [pre, witness] = [commitState(state), stepWitness(code, state)]
  const bitmapAt = PROCESSOR_BYTES + 32 + 32 * code.height + LEAF_BYTES
  const full = concat(
    flipBit(witness, bitmapAt + 3).slice(0, bitmapAt + 4),
    new Uint8Array(32),
    witness.slice(bitmapAt + 4),
  )
  return {
    name: `${name}: the sibling at level 0, all zeros, given in full`,
    program: committed(code),
    pre,
    witness: full,
    ...outcomeOf('post', stepRoot(committed(code), pre, full)),
  }
}

export const stepVectors = (): VectorFile => {
  const cases = machineCases()
  const find = (name: string): MachineCase => {
    const found = cases.find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`no case called ${name}`)
    return found
  }
  return {
    about:
      'One step from its witness: spec/machine. registers has those that are not zero; word, where there is one, is what is fetched; post is the root of the state after.',
    steps: [...cases, ...randomCases(drawsFrom(3), 120)].map(stepVector),
    runs: [runVector()],
    fullSiblings: ['lw 0xe0000040 28', 'sb 0xe0000040 31'].map((name) => fullSiblingVector(find(name))),
    damaged: DAMAGED.flatMap((name) => damagedVectors(find(name))),
  }
}
