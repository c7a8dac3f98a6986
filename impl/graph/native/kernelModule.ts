import { readFileSync } from 'node:fs'

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
  ) => void
}

type WideRunTasks = (
  tasks: bigint,
  count: number,
  tokens: number,
  thread: number,
  threads: number,
  barrier: bigint,
  scratch: bigint,
) => void

export const compileKernels = (file: string): WebAssembly.Module => new WebAssembly.Module(readFileSync(file))

/** @param stackTop of this thread: its stack grows down from there @param wide whether addresses have 64 bits */
export const instantiateKernels = (
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  stackTop: number,
  wide: boolean,
): Kernels => {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const stackPointer = exports['__stack_pointer'] as WebAssembly.Global
  stackPointer.value = wide ? BigInt(stackTop) : stackTop
  if (!wide) return { runTasks: exports['run_tasks'] as Kernels['runTasks'] }
  const runTasks = exports['run_tasks'] as WideRunTasks
  return {
    runTasks: (tasks, count, tokens, thread, threads, barrier, scratch) =>
      runTasks(BigInt(tasks), count, tokens, thread, threads, BigInt(barrier), BigInt(scratch)),
  }
}
