import {
  type GraphState,
  graphRoots,
  graphStorey,
  machineStorey,
  type PlainModel,
} from '../../checks/toy/plainStoreys.ts'
import { type Bytes, littleEndian } from '../../commitments/bytes.ts'
import {
  EMPTY_MEMORY,
  LEAF_BYTES,
  leafPath,
  type Memory,
  memoryRoot,
  OUTPUT_SLOT,
  readBytes,
  SLOTS_HEIGHT,
  slotAddress,
  slotRoots,
  writeBytes,
} from '../../commitments/memory.ts'
import { merkleTree, packHashes } from '../../commitments/merkle.ts'
import { SLOT_HEIGHT } from '../../commitments/tensor.ts'
import {
  type Descriptor,
  decodeHead,
  encodeDescriptor,
  encodeRange,
  HALF_SLOT_HEIGHT,
  JOB_ADDRESS,
  JOB_RANGE_ADDRESS,
  type OperandReference,
} from '../../graph/descriptor.ts'
import type { GraphModel } from '../../graph/graphModel.ts'
import { WHOLE_GRAPH_JOB } from '../../graph/operators/index.ts'
import { encode } from '../../machine/encode.ts'
import { EXIT_CALL } from '../../machine/execute.ts'
import { type Code, codeHeightFor, codeTree, type Program } from '../../machine/program.ts'
import { encodeState, initialState, type MachineState } from '../../machine/state.ts'
import type { Model } from '../../tower/model.ts'
import { graphOutputWitness, graphStartWitness, graphTrees } from '../../tower/phases/graphWitness.ts'
import { machineEndWitness } from '../../tower/phases/vm.ts'
import type { Storey } from '../../tower/storey.ts'

/**
 * A model that is small enough to be read: five nodes, and a program of a dozen instructions that runs any of them,
 *
 *   out[0] += operand 0 [0] * operand 1 [0] + the node's operator code
 *
 * Its descriptors have what a real model's never have all at once: an output in place, indices beyond their trees,
 * a weight that is not there, reserved kinds, no tiles.
 */
const CODE_BASE = 0x0001_0000

const word = (instruction: Parameters<typeof encode>[0]): number => encode(instruction)
const lui = (rd: number, immediate: number): number => word({ kind: 'lui', rd, immediate: immediate | 0 })
const lw = (rd: number, rs1: number, immediate: number): number =>
  word({ kind: 'load', operation: 'lw', rd, rs1, immediate })

const CODE: Code = (() => {
  const words = [
    0,
    lui(1, slotAddress(1)),
    lw(2, 1, 0),
    lui(1, slotAddress(2)),
    lw(3, 1, 0),
    word({ kind: 'register', operation: 'mul', rd: 2, rs1: 2, rs2: 3 }),
    lui(1, JOB_ADDRESS),
    lw(3, 1, 32),
    word({ kind: 'register', operation: 'add', rd: 2, rs1: 2, rs2: 3 }),
    lui(1, slotAddress(OUTPUT_SLOT)),
    lw(3, 1, 0),
    word({ kind: 'register', operation: 'add', rd: 2, rs1: 2, rs2: 3 }),
    word({ kind: 'store', operation: 'sw', rs1: 1, rs2: 2, immediate: 0 }),
    word({ kind: 'immediate', operation: 'add', rd: 17, rs1: 0, immediate: EXIT_CALL }),
    word({ kind: 'ecall' }),
  ]
  return { base: CODE_BASE, height: codeHeightFor(words.length), words }
})()

/** The code stands in memory too, as data. */
const IMAGE: Memory = CODE.words.reduce(
  (memory, bits, i) => writeBytes(memory, CODE_BASE + 4 * i, littleEndian(bits, 4)),
  EMPTY_MEMORY,
)

const STEP_LIMIT = 40

export const PROGRAM: Program = {
  codeBase: CODE.base,
  codeHeight: CODE.height,
  codeRoot: codeTree(CODE).root,
  imageRoot: leafPath(IMAGE, JOB_ADDRESS / LEAF_BYTES)[HALF_SLOT_HEIGHT] as Program['imageRoot'],
  entry: CODE_BASE + 4,
}

// --- The graph -------------------------------------------------------------------------------------------------

const VALUE_HEIGHT = 4
const WEIGHT_HEIGHT = 2
const INPUT_SLOT = 2
const WEIGHTS: readonly Bytes[] = [3, 5, 0x8000_0001].map((value) => littleEndian(value, 40))

const value = (index: number): OperandReference => ({ kind: 'value', index })
const weight = (index: number): OperandReference => ({ kind: 'weight', index })

const descriptorOf = (operatorCode: number, head: Partial<Descriptor>): Bytes =>
  encodeDescriptor({
    operands: [],
    outputSlot: 0,
    inPlace: false,
    tileCount: 1,
    operatorCode,
    tileElements: 1,
    attributes: [],
    ...head,
  })

const DESCRIPTORS: readonly Bytes[] = [
  descriptorOf(7, { operands: [value(INPUT_SLOT), weight(1)], outputSlot: 8 }),
  // Indices are taken modulo: value 9 and weight 2.
  descriptorOf(1, { operands: [value(8), weight(6)], outputSlot: 25 }),
  descriptorOf(2, { operands: [value(9), weight(0)], outputSlot: 3, inPlace: true }),
  // Six operands, a weight that is not there, a reserved kind (3), no tiles.
  descriptorOf(9, {
    operands: [value(3), value(9), weight(3), value(15), value(0), weight(0)],
    outputSlot: 11,
    tileCount: 0,
  }).with(4 * 4 + 3, 0xc0),
  descriptorOf(4, { operands: [value(3), value(11)], outputSlot: 12, tileCount: 5 }),
]

export const GRAPH: GraphModel = {
  name: 'small',
  nodes: DESCRIPTORS.map((descriptor, i) => ({
    name: `node ${i}`,
    operator: 'multiply-add',
    operands: decodeHead(descriptor).operands,
    outputSlot: decodeHead(descriptor).outputSlot,
    outputType: 'int32',
    outputElements: 1,
    descriptor,
  })),
  weights: WEIGHTS,
  valueHeight: VALUE_HEIGHT,
  weightHeight: WEIGHT_HEIGHT,
  inputSlot: INPUT_SLOT,
  inputBytes: 4,
  outputSlot: 12,
}

const TREES = graphTrees(GRAPH)

/** Bytes that a value slot of this model ever holds. */
const VALUE_BYTES = 64

/** k = 2. */
export const GRAPH_MODEL: Model = {
  program: PROGRAM,
  phases: ['graph', 'vm'],
  graphRoot: TREES.graph.root,
  nodeCount: GRAPH.nodes.length,
  valueHeight: VALUE_HEIGHT,
  weightHeight: WEIGHT_HEIGHT,
  weightsRoot: TREES.weights.root,
  carryRoot: merkleTree([], VALUE_HEIGHT - 1, SLOT_HEIGHT).root,
  inputSlot: INPUT_SLOT,
  outputSlot: GRAPH.outputSlot,
  outputBytes: VALUE_BYTES,
  mostIterations: 0,
  stepLimit: STEP_LIMIT,
}

const PLAIN: PlainModel = {
  model: GRAPH_MODEL,
  trees: TREES,
  code: CODE,
  image: IMAGE,
  valueBytes: VALUE_BYTES,
  lieByte: 16,
}

export const graphStart = (input: Bytes): GraphState => ({
  node: 0,
  values: Array.from({ length: 2 ** VALUE_HEIGHT }, (_, slot) =>
    slot === INPUT_SLOT ? input : new Uint8Array(),
  ),
})

export const VM_STOREY: Storey<MachineState> = machineStorey(PLAIN)
export const GRAPH_STOREY: Storey<GraphState> = graphStorey(PLAIN)

// --- The same program on top -------------------------------------------------------------------------------------

/** k = 1: the input in slot 1, a weight in slot 2, and one job for the whole run. */
const VM_INPUT_SLOT = 1

const carryMemory = writeBytes(
  writeBytes(writeBytes(IMAGE, JOB_ADDRESS, WHOLE_GRAPH_JOB), JOB_RANGE_ADDRESS, encodeRange(0, 1)),
  slotAddress(2),
  WEIGHTS[1]!,
)

export const VM_MODEL: Model = {
  ...GRAPH_MODEL,
  phases: ['vm'],
  valueHeight: SLOTS_HEIGHT,
  carryRoot: memoryRoot(carryMemory),
  inputSlot: VM_INPUT_SLOT,
  outputSlot: OUTPUT_SLOT,
}

export const vmStart = (input: Bytes): MachineState =>
  initialState(PROGRAM.entry, writeBytes(carryMemory, slotAddress(VM_INPUT_SLOT), input))

// --- What a claim carries beside its roots -----------------------------------------------------------------------

interface Carried {
  readonly startWitness: Bytes
  readonly output: Bytes
  readonly outputWitness: Bytes
}

export const graphCarried = (end: GraphState): Carried => ({
  startWitness: graphStartWitness(GRAPH),
  output: end.values[GRAPH.outputSlot]!,
  outputWitness: graphOutputWitness(GRAPH, graphRoots(end)),
})

const slotsTree = (memory: Memory) => merkleTree(slotRoots(memory), SLOTS_HEIGHT, SLOT_HEIGHT)

export const vmCarried = (end: MachineState): Carried => ({
  startWitness: packHashes(slotsTree(carryMemory).path(VM_INPUT_SLOT)),
  output: readBytes(end.memory, slotAddress(OUTPUT_SLOT), VALUE_BYTES),
  outputWitness: machineEndWitness(encodeState(memoryRoot(end.memory), end), slotRoots(end.memory)),
})
