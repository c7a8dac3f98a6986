import type { Bytes } from '../../spec/commitments/bytes.ts'
import { ELEMENT_TYPES, type GraphModel } from '../../spec/graph/graphModel.ts'
import { checkFit } from '../graph/native/fit.ts'
import { compileKernels, instantiateKernels, type Kernels } from '../graph/native/kernelModule.ts'
import { CONTROL, TASK_BYTES } from '../graph/native/layout.ts'
import { PlacedModel, type PlacingOptions, type WeightSource } from '../graph/native/placedModel.ts'
import { type PlannedNode, planNodes } from '../graph/native/plan.ts'
import { VECTOR_MODULE, WIDE_MODULE } from '../kernels/nativeModules.ts'

/** What a node wrote of its output: some bytes of the tensor that stood there, or a tensor in its place. */
export interface Written {
  readonly node: number
  readonly slot: number
  /** First byte that was written. */
  readonly offset: number
  readonly bytes: Bytes
  /** Whether the rest of the tensor stays as it was. */
  readonly inPlace: boolean
}

/** A tensor with what was written into it. */
export const withWritten = (before: Bytes, { offset, bytes, inPlace }: Written): Bytes => {
  if (!inPlace || bytes.length === 0) return inPlace ? before : bytes
  const tensor = new Uint8Array(Math.max(before.length, offset + bytes.length))
  tensor.set(before)
  tensor.set(bytes, offset)
  return tensor
}

/**
 * Runs the nodes of a graph on the native kernels, one by one or many, in this thread and at once: what stands before and
 * behind any node can be looked at and altered. The outputs are those of `executor.ts`, bit for bit.
 */
export class NodeEngine {
  /** With its weights, which are views of the engine's memory. */
  readonly graph: GraphModel
  /** Nodes that were run so far. */
  executed = 0
  private readonly placed: PlacedModel
  private readonly nodes: readonly PlannedNode[]
  private readonly kernels: Kernels
  /** Bytes of each carry slot that may not be zero. */
  private readonly used = new Map<number, number>()

  /**
   * @param weights where they are read from, if the graph does not have them
   * @param options addresses of 64 bits; where nothing is said, if the model takes more than 4 GiB
   * @throws UnfitGraph; Error where 16 GiB are not enough
   */
  constructor(
    graph: GraphModel,
    weights?: readonly WeightSource[],
    options: Pick<PlacingOptions, 'wide'> = {},
  ) {
    const placed = new PlacedModel(graph, 1, { ...options, batch: 1, ...(weights && { weights }) })
    const { layout, memory, wide } = placed
    this.placed = placed
    this.nodes = planNodes(graph)
    checkFit(graph, this.nodes)
    const module = compileKernels((wide ? WIDE_MODULE : VECTOR_MODULE).file)
    this.kernels = instantiateKernels(module, memory, layout.stackTops[0]!, wide)
    const views = weights?.map(
      ({ byteLength }, slot) => new Uint8Array(memory.buffer, layout.weights[slot]!, byteLength),
    )
    this.graph = views === undefined ? graph : { ...graph, weights: views }
  }

  /** Makes the carry all zeros but these. @param values by carry slot */
  load(values: ReadonlyMap<number, Bytes>): void {
    // Caches have room for far more than is ever in them.
    for (const [slot, end] of this.used) this.placed.room(slot).fill(0, 0, end)
    this.used.clear()
    for (const [slot, bytes] of values) this.alter(slot, 0, bytes.subarray(0, this.placed.room(slot).length))
  }

  /** Runs the nodes `first` to `end` - 1, none of which writes into the carry. */
  runScratch(first: number, end: number): void {
    const carrying = this.nodes.slice(first, end).find(({ outputSlot }) => this.isCarry(outputSlot))
    if (carrying !== undefined) throw new RangeError(`node ${carrying.index} writes into the carry`)
    this.run(first, end)
  }

  /** Whether a value slot is carried on to the next iteration. */
  isCarry(slot: number): boolean {
    return slot < 2 ** (this.graph.valueHeight - 1)
  }

  private run(first: number, end: number): void {
    if (end <= first) return
    const { control, tasks, scratches, chunks } = this.placed.layout
    const barrier = control + 4 * CONTROL.barrier
    this.kernels.runTasks(
      tasks + first * TASK_BYTES,
      end - first,
      1,
      0,
      1,
      barrier,
      scratches[0]!,
      chunks.hashers[0]!,
    )
    this.executed += end - first
  }

  /** Runs one node. @returns what it wrote, a copy */
  runNode(index: number): Written {
    const { operator, descriptor, operands, outputSlot, elements } = this.nodes[index]!
    const tensors = operands.map((place) =>
      place.kind === 'value'
        ? this.placed.room(place.slot)
        : (place.kind === 'weight' && this.graph.weights[place.slot]) || NOTHING,
    )
    const { first, end } = operator.written?.(descriptor, tensors) ?? { first: 0, end: elements }
    this.run(index, index + 1)
    const width = ELEMENT_TYPES[operator.outputType].bytes
    const bytes = this.placed.room(outputSlot).slice(first * width, end * width)
    const inPlace = operator.inPlace ?? false
    // A tensor that stands in place of a longer one has zeros behind it.
    if (!inPlace && this.isCarry(outputSlot)) this.placed.room(outputSlot).fill(0, end * width)
    this.use(outputSlot, end * width)
    return { node: index, slot: outputSlot, offset: first * width, bytes, inPlace }
  }

  /** Puts bytes into the tensor of a slot. */
  alter(slot: number, offset: number, bytes: Bytes): void {
    this.placed.room(slot).set(bytes, offset)
    this.use(slot, offset + bytes.length)
  }

  private use(slot: number, end: number): void {
    if (this.isCarry(slot)) this.used.set(slot, Math.max(this.used.get(slot) ?? 0, end))
  }
}

const NOTHING: Bytes = new Uint8Array(0)
