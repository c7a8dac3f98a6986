import { parentPort, workerData } from 'node:worker_threads'
import { instantiateKernels } from './kernelModule.ts'
import { CONTROL } from './layout.ts'

/** What a thread of the executor is told when it starts. */
export interface WorkerSetup {
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  /** Whether addresses have 64 bits. */
  readonly wide: boolean
  readonly control: number
  readonly thread: number
  readonly threads: number
  readonly stackTop: number
  readonly scratch: number
}

const { module, memory, wide, control, thread, threads, stackTop, scratch } = workerData as WorkerSetup
const kernels = instantiateKernels(module, memory, stackTop, wide)
const words = new Int32Array(memory.buffer, control, CONTROL.barrier)
const word = (index: number): number => Atomics.load(words, index) >>> 0

parentPort!.postMessage('ready')
for (let seen = 0; ; seen++) {
  Atomics.wait(words, CONTROL.command, seen)
  const count = word(CONTROL.taskCount)
  if (count === 0) break
  for (let iteration = 0; iteration < word(CONTROL.iterations); iteration++)
    kernels.runTasks(
      word(CONTROL.tasks),
      count,
      word(CONTROL.tokens),
      thread,
      threads,
      control + 4 * CONTROL.barrier,
      scratch,
    )
  Atomics.add(words, CONTROL.done, 1)
  Atomics.notify(words, CONTROL.done)
}
