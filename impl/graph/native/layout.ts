import type { GraphModel } from '../../../spec/graph/graphModel.ts'
import { Arena } from './arena.ts'
import { type Cache, type ChunksLayout, layOutChunks } from './cacheChunks.ts'
import { type PlannedNode, valueBytes } from './plan.ts'
import type { PromptPlan } from './prompt.ts'

const STACK_BYTES = 2 ** 16
/** SCRATCH_BYTES of kernels.h. */
const SCRATCH_BYTES = 2 ** 24

/** The kernels have their constants below it. */
export const KERNEL_DATA_END = 4096

/** Words of the control block; the barrier's three words are its last. */
export const CONTROL = {
  /** Counts commands; workers sleep on it. */
  command: 0,
  tasks: 1,
  taskCount: 2,
  tokens: 3,
  iterations: 4,
  /** Workers that have done the command; whoever gave it sleeps on it. */
  done: 5,
  /** What is to be done, a `COMMANDS`. */
  kind: 6,
  /** Tensors that some worker has begun to hash. */
  begun: 7,
  barrier: 16,
} as const
const CONTROL_BYTES = 128

/** What workers can be told. */
export const COMMANDS = { stop: 0, run: 1, chunks: 2, hash: 3 } as const
export type Command = keyof typeof COMMANDS

/**
 * A tensor that is hashed, in words of 64 bits: where it lies and its bytes, where the roots of its first chunks stand and
 * how many, and its root behind them.
 */
export const HASHED = { address: 0, length: 1, known: 2, knownCount: 3, root: 4 } as const
export const HASHED_BYTES = 64

/** Bytes of a task in native.c. */
export const TASK_BYTES = 136

/** Where everything lies in the shared memory. */
export interface Layout {
  readonly bytes: number
  readonly control: number
  /** By thread. */
  readonly stackTops: readonly number[]
  readonly scratches: readonly number[]
  readonly descriptors: readonly number[]
  readonly tasks: number
  /** `HASHED_BYTES` for each value slot. */
  readonly hashed: number
  readonly chunks: ChunksLayout
  readonly values: ReadonlyMap<number, number>
  readonly valueBytes: ReadonlyMap<number, number>
  readonly weights: readonly number[]
  /** What absent operands read as, and weights that a model does not have. */
  readonly zeros: number
  readonly prompt: PromptLayout | undefined
}

export interface PromptLayout {
  readonly tokens: number
  readonly tasks: number
  /** int32[tokens] */
  readonly positions: number
  /** Of each scratch slot, room for all tokens, one value behind the other. */
  readonly values: ReadonlyMap<number, number>
}

/** The most that is read of each weight slot, and of what is not there. */
const weightNeeds = (nodes: readonly PlannedNode[], weightCount: number) => {
  const needs = Array.from({ length: weightCount }, () => 0)
  let zeros = 0
  for (const { operands, operandBytes } of nodes)
    for (const [i, place] of operands.entries()) {
      const bytes = operandBytes[i]!
      if (place.kind === 'weight' && place.slot < weightCount)
        needs[place.slot] = Math.max(needs[place.slot]!, bytes)
      else if (place.kind !== 'value') zeros = Math.max(zeros, bytes)
    }
  return { needs, zeros }
}

/** Values of a batch share room where one is done before the other is written. */
const layOutPrompt = (
  arena: Arena,
  plan: PromptPlan,
  bytes: ReadonlyMap<number, number>,
  carrySlots: number,
  tokens: number,
): PromptLayout => {
  const lastRead = new Map<number, number>()
  plan.nodes.forEach(({ operands }, at) => {
    for (const place of operands) if (place.kind === 'value') lastRead.set(place.slot, at)
  })
  const free: { readonly address: number; readonly bytes: number }[] = []
  const values = new Map<number, number>()
  const live: { readonly slot: number; readonly address: number; readonly bytes: number }[] = []
  plan.nodes.forEach(({ outputSlot }, at) => {
    if (outputSlot < carrySlots) return
    for (const each of live.splice(0)) (lastRead.get(each.slot)! < at ? free : live).push(each)
    const size = bytes.get(outputSlot)! * tokens
    const found = free.findIndex((each) => each.bytes >= size)
    const [room] = found === -1 ? [{ address: arena.take(size), bytes: size }] : free.splice(found, 1)
    values.set(outputSlot, room!.address)
    live.push({ ...room!, slot: outputSlot })
  })
  const positions = arena.take(4 * tokens)
  return { tokens, tasks: arena.take(TASK_BYTES * plan.nodes.length), positions, values }
}

/** @param caches that are hashed by the way @param weightBytes length of each weight @param batch tokens of a prompt at once */
export const layOut = (
  model: GraphModel,
  nodes: readonly PlannedNode[],
  prompt: PromptPlan | undefined,
  caches: readonly Cache[],
  weightBytes: readonly number[],
  threads: number,
  batch: number,
): Layout => {
  const arena = new Arena(KERNEL_DATA_END)
  const control = arena.take(CONTROL_BYTES)
  const stackTops = Array.from({ length: threads }, () => arena.take(STACK_BYTES) + STACK_BYTES)
  const scratches = Array.from({ length: threads }, () => arena.take(SCRATCH_BYTES))
  const descriptors = nodes.map(({ descriptor }) => arena.take(descriptor.length))
  const tasks = arena.take(TASK_BYTES * nodes.length)
  const bytes = new Map(valueBytes(nodes))
  // Input and output are looked at from outside, whatever the nodes make of them.
  bytes.set(model.inputSlot, Math.max(bytes.get(model.inputSlot) ?? 0, model.inputBytes))
  bytes.set(model.outputSlot, bytes.get(model.outputSlot) ?? 0)
  const hashed = arena.take(HASHED_BYTES * bytes.size)
  const chunks = layOutChunks(arena, caches, threads)
  const values = new Map([...bytes].map(([slot, size]) => [slot, arena.take(size)]))
  const { needs, zeros } = weightNeeds(nodes, weightBytes.length)
  const zerosAddress = arena.take(zeros)
  const promptLayout =
    prompt === undefined ? undefined : layOutPrompt(arena, prompt, bytes, 2 ** (model.valueHeight - 1), batch)
  const weights = weightBytes.map((size, slot) => arena.take(Math.max(size, needs[slot]!)))
  return {
    bytes: arena.end,
    control,
    stackTops,
    scratches,
    descriptors,
    tasks,
    hashed,
    chunks,
    values,
    valueBytes: bytes,
    weights,
    zeros: zerosAddress,
    prompt: promptLayout,
  }
}
