import { readFileSync } from 'node:fs'
import { KERNEL_DATA_END } from './layout.ts'

/** A thread's instance of the kernels (`impl/kernels/native.c`). Addresses are offsets in the shared memory. */
export interface Kernels {
  /** Runs tasks on some tokens; all threads must be told the same, and return together. */
  readonly runTasks: (
    tasks: number,
    count: number,
    tokens: number,
    thread: number,
    threads: number,
    barrier: number,
    scratch: number,
    hasher: number,
  ) => void
  /** Hashes what there is of complete chunks of caches. */
  readonly hashChunks: (hasher: number) => void
}

type WideRunTasks = (
  tasks: bigint,
  count: number,
  tokens: number,
  thread: number,
  threads: number,
  barrier: bigint,
  scratch: bigint,
  hasher: bigint,
) => void

export const compileKernels = (file: string): WebAssembly.Module => new WebAssembly.Module(readFileSync(file))

/**
 * @param stackTop of this thread: its stack grows down from there @param wide whether addresses have 64 bits
 * @throws RangeError where the module's constants do not fit below what is laid out
 */
export const instantiateKernels = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  stackTop: number,
  wide: boolean,
): Kernels => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const dataEnd = Number((exports['__data_end'] as WebAssembly.Global).value)
  if (dataEnd > KERNEL_DATA_END) throw new RangeError(`kernels with constants up to ${dataEnd}`)
  const stackPointer = exports['__stack_pointer'] as WebAssembly.Global
  stackPointer.value = wide ? BigInt(stackTop) : stackTop
  const { run_tasks, hash_chunks } = exports
  if (!wide)
    return {
      runTasks: run_tasks as Kernels['runTasks'],
      hashChunks: hash_chunks as Kernels['hashChunks'],
    }
  const runTasks = run_tasks as WideRunTasks
  const hashChunks = hash_chunks as (hasher: bigint) => void
  return {
    runTasks: (tasks, count, tokens, thread, threads, barrier, scratch, hasher) =>
      runTasks(
        BigInt(tasks),
        count,
        tokens,
        thread,
        threads,
        BigInt(barrier),
        BigInt(scratch),
        BigInt(hasher),
      ),
    hashChunks: (hasher) => hashChunks(BigInt(hasher)),
  }
}
