import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Bytes, toHex } from '../../../spec/commitments/bytes.ts'
import type { TensorRoot } from '../../../spec/commitments/hash.ts'
import type { GraphModel } from '../../../spec/graph/graphModel.ts'
import { HASH_BYTES } from '../../keccak/kernel.ts'
import { VECTOR_MODULE, WIDE_MODULE } from '../../kernels/nativeModules.ts'
import { checkFit } from './fit.ts'
import { compileKernels } from './kernelModule.ts'
import { COMMANDS, CONTROL, type Command, HASHED, HASHED_BYTES, TASK_BYTES } from './layout.ts'
import { PlacedModel, type PlacingOptions } from './placedModel.ts'
import { planNodes } from './plan.ts'
import type { WorkerSetup } from './worker.ts'

export interface NativeOptions extends PlacingOptions {
  /** Threads that compute; two where nothing is said. */
  readonly threads?: number
  /** Other kernels than those that are committed. */
  readonly kernels?: WebAssembly.Module
}

/**
 * A graph on threads of its own, over memory that they share: the outputs are those of `executor.ts`, bit for bit. Values
 * stay in their slots from run to run; a run executes all nodes, so that what is in the carry is carried on.
 */
export class NativeGraph {
  readonly placed: PlacedModel
  private readonly words: Int32Array
  private readonly workers: readonly Worker[]
  private busy = false

  private constructor(placed: PlacedModel, workers: readonly Worker[]) {
    this.placed = placed
    this.words = new Int32Array(placed.memory.buffer, placed.layout.control, CONTROL.barrier)
    this.workers = workers
  }

  /**
   * Lays out memory, copies the weights into it and starts the threads.
   *
   * @throws UnfitGraph; Error where 16 GiB are not enough
   */
  static async create(model: GraphModel, options: NativeOptions = {}): Promise<NativeGraph> {
    const { threads = 2, kernels } = options
    checkFit(model, planNodes(model))
    const placed = new PlacedModel(model, threads, options)
    return new NativeGraph(placed, await startWorkers(placed, threads, kernels))
  }

  /** What stands in a value slot: a copy. Empty where no node writes or reads it. */
  value(slot: number): Bytes {
    return this.placed.room(slot).slice()
  }

  /** Puts a tensor into a value slot, zeros behind it. */
  setValue(slot: number, bytes: Bytes): void {
    this.placed.setValue(slot, bytes)
  }

  /** Sets all values to zero, with the input in its slot: where a model's run starts. */
  start(input: Bytes): void {
    this.placed.start(input)
  }

  /** Runs all nodes, so many times. */
  async run(iterations = 1): Promise<void> {
    const { layout, model } = this.placed
    await this.command('run', layout.tasks, model.nodes.length, 1, iterations)
  }

  /** Runs a range of the nodes, once. */
  async runNodes(first: number, end: number): Promise<void> {
    if (end > first)
      await this.command('run', this.placed.layout.tasks + first * TASK_BYTES, end - first, 1, 1)
  }

  /**
   * Runs the tokens of a prompt but its last, many at a time, where the model is a language model: what the carry is
   * behind them is what as many runs would have made of it.
   *
   * @returns how many tokens, iterations, that was: none where it is not such a model
   */
  async runPrompt(): Promise<number> {
    const { prompt } = this.placed
    if (prompt === undefined) return 0
    const { position } = prompt
    const start = position[0]! >>> 0
    const last = prompt.lastPosition()
    for (let next = start; next < last; ) {
      const tokens = Math.min(prompt.positions.length, last - next)
      for (let i = 0; i < tokens; i++) prompt.positions[i] = next + i
      await this.command('run', prompt.tasks, prompt.taskCount, tokens, 1)
      next += tokens
      position[0] = next
    }
    return Math.max(last - start, 0)
  }

  /**
   * Roots of what stands in value slots, hashed on all threads.
   *
   * @param tensors a slot each, and how many bytes of it, zeros behind them
   * @throws RangeError for more than there are slots that nodes read or write
   */
  async roots(
    tensors: readonly { readonly slot: number; readonly bytes: number }[],
  ): Promise<readonly TensorRoot[]> {
    const { memory, layout } = this.placed
    if (tensors.length > layout.values.size) throw new RangeError(`${tensors.length} tensors to hash`)
    const placeOf = (index: number): number => layout.hashed + index * HASHED_BYTES
    // What was begun with is ended, so that it is known.
    await this.command('chunks', 0, 0, 0, 0)
    tensors.forEach(({ slot, bytes }, index) => {
      const { byteOffset } = this.placed.room(slot)
      const { address, count } = this.placed.chunks.known(slot, bytes)
      const words = [byteOffset, bytes, address, count].map(BigInt)
      new BigUint64Array(memory.buffer, placeOf(index), HASHED.root).set(words)
    })
    await this.command('hash', layout.hashed, tensors.length, 0, 0)
    return tensors.map((_, index) => {
      const root = new Uint8Array(memory.buffer, placeOf(index) + 8 * HASHED.root, HASH_BYTES)
      return toHex(root) as TensorRoot
    })
  }

  /** Stops the threads. */
  async close(): Promise<void> {
    this.tell('stop', 0, 0, 0, 0)
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }

  private tell(kind: Command, tasks: number, count: number, tokens: number, iterations: number): void {
    const { words } = this
    words[CONTROL.kind] = COMMANDS[kind]
    words[CONTROL.tasks] = tasks
    words[CONTROL.taskCount] = count
    words[CONTROL.tokens] = tokens
    words[CONTROL.iterations] = iterations
    words[CONTROL.done] = 0
    words[CONTROL.begun] = 0
    Atomics.add(words, CONTROL.command, 1)
    Atomics.notify(words, CONTROL.command)
  }

  private async command(
    kind: Command,
    tasks: number,
    count: number,
    tokens: number,
    iterations: number,
  ): Promise<void> {
    if (this.busy) throw new Error(`${this.placed.model.name} is running already`)
    this.busy = true
    // Waiting alone does not keep the process, a thread does.
    this.workers[0]!.ref()
    this.tell(kind, tasks, count, tokens, iterations)
    for (let done = 0; done < this.workers.length; done = Atomics.load(this.words, CONTROL.done)) {
      const waited = Atomics.waitAsync(this.words, CONTROL.done, done)
      if (waited.async) await waited.value
    }
    this.workers[0]!.unref()
    this.busy = false
  }
}

const startWorkers = async (
  { memory, layout, wide }: PlacedModel,
  threads: number,
  module = compileKernels((wide ? WIDE_MODULE : VECTOR_MODULE).file),
): Promise<readonly Worker[]> => {
  const workers = Array.from({ length: threads }, (_, thread) => {
    const { control } = layout
    const [stackTop, scratch] = [layout.stackTops[thread]!, layout.scratches[thread]!]
    const hasher = layout.chunks.hashers[thread]!
    const workerData: WorkerSetup = {
      module,
      memory,
      wide,
      control,
      thread,
      threads,
      stackTop,
      scratch,
      hasher,
    }
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData })
    worker.unref()
    return worker
  })
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  return workers
}
