import type { Bytes } from '../../../spec/commitments/bytes.ts'
import type { GraphModel } from '../../../spec/graph/graphModel.ts'
import { CacheChunks, cachesOf } from './cacheChunks.ts'
import { type Layout, layOut } from './layout.ts'
import { planNodes } from './plan.ts'
import { promptPlan } from './prompt.ts'
import { writeTasks } from './tasks.ts'

/** A weight that is read into place, from a file perhaps, and is nowhere else in memory. */
export interface WeightSource {
  readonly byteLength: number
  /** Fills `target`, which has that length. */
  readonly copyTo: (target: Uint8Array) => void
}

export interface PlacingOptions {
  /** By weight slot; the model's own where they are not given. */
  readonly weights?: readonly WeightSource[]
  /** Tokens of a prompt that are computed at once, at most 64; 1 is one by one. */
  readonly batch?: number
  /** Addresses of 64 bits; where nothing is said, if the model takes more than 4 GiB. */
  readonly wide?: boolean
}

const PAGE_BYTES = 2 ** 16
const MAX_NARROW_BYTES = 2 ** 32
const MAX_BYTES = 2 ** 34

const sourceOf = (bytes: Bytes): WeightSource => ({
  byteLength: bytes.length,
  copyTo: (target) => target.set(bytes),
})

const sharedMemory = (pages: number, wide: boolean): WebAssembly.Memory =>
  wide
    ? new WebAssembly.Memory({ initial: BigInt(pages), maximum: BigInt(pages), shared: true, address: 'i64' })
    : new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })

/** The part of a prompt that can be computed many tokens at a time. */
export interface PlacedPrompt {
  readonly tasks: number
  readonly taskCount: number
  /** Of the tokens that are computed at once. */
  readonly positions: Int32Array
  /** The model's position, int32[1]. */
  readonly position: Int32Array
  /** Position of the prompt's last token, or of the last one that the caches have a row for. */
  readonly lastPosition: () => number
}

/** A model in shared memory: weights, values, and the tasks that the kernels read. */
export class PlacedModel {
  readonly model: GraphModel
  readonly layout: Layout
  readonly memory: WebAssembly.Memory
  readonly wide: boolean
  readonly prompt: PlacedPrompt | undefined
  /** What is hashed of the values by the way. */
  readonly chunks: CacheChunks

  /** @throws Error where 16 GiB are not enough */
  constructor(model: GraphModel, threads: number, { weights, batch = 32, wide }: PlacingOptions) {
    const sources = weights ?? model.weights.map(sourceOf)
    const nodes = planNodes(model)
    const form = promptPlan(nodes, 2 ** (model.valueHeight - 1))
    const plan = batch < 2 ? undefined : form
    const caches = cachesOf(nodes, form)
    const sizes = sources.map(({ byteLength }) => byteLength)
    this.model = model
    this.layout = layOut(model, nodes, plan, caches, sizes, threads, batch)
    const { bytes } = this.layout
    if (bytes > MAX_BYTES)
      throw new Error(`${model.name} takes ${bytes} bytes of memory, more than ${MAX_BYTES}`)
    this.wide = wide ?? bytes > MAX_NARROW_BYTES
    this.memory = sharedMemory(Math.ceil(bytes / PAGE_BYTES), this.wide)
    sources.forEach(({ byteLength, copyTo }, slot) => {
      copyTo(new Uint8Array(this.memory.buffer, this.layout.weights[slot]!, byteLength))
    })
    writeTasks(this.memory, this.layout, nodes, plan)
    const { prompt, chunks, values } = this.layout
    this.chunks = new CacheChunks(this.memory, chunks, values, form && values.get(form.positionSlot))
    if (plan === undefined || prompt === undefined) return
    const request = this.int32(values.get(plan.requestSlot)!, 1)
    this.prompt = {
      tasks: prompt.tasks,
      taskCount: plan.nodes.length,
      positions: this.int32(prompt.positions, prompt.tokens),
      position: this.int32(values.get(plan.positionSlot)!, 1),
      lastPosition: () => Math.min(request[0]! >>> 0, plan.promptCapacity, plan.context) - 1,
    }
  }

  /** The memory of a value slot; none where no node writes or reads it. */
  room(slot: number): Uint8Array {
    const address = this.layout.values.get(slot)
    return address === undefined
      ? new Uint8Array(0)
      : new Uint8Array(this.memory.buffer, address, this.layout.valueBytes.get(slot)!)
  }

  /** Puts a tensor into a value slot, zeros behind it; what no node reads of it is left out. */
  setValue(slot: number, bytes: Bytes): void {
    this.chunks.forget()
    const room = this.room(slot)
    room.fill(0)
    room.set(bytes.subarray(0, room.length))
  }

  /** Sets all values to zero, with the input in its slot. */
  start(input: Bytes): void {
    for (const slot of this.layout.values.keys()) this.room(slot).fill(0)
    this.setValue(this.model.inputSlot, input)
  }

  private int32(address: number, count: number): Int32Array {
    return new Int32Array(this.memory.buffer, address, count)
  }
}
