import { parentPort, workerData } from 'node:worker_threads'
import { fromHex } from '../../../spec/commitments/bytes.ts'
import { HASH_BYTES } from '../../keccak/kernel.ts'
import { pageRoots, tensorRootOfPages } from '../../keccak/treeRoot.ts'
import { instantiateKernels } from './kernelModule.ts'
import { COMMANDS, CONTROL, HASHED, HASHED_BYTES } from './layout.ts'

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
  readonly hasher: number
}

const { module, memory, wide, control, thread, threads, stackTop, scratch, hasher } =
  workerData as WorkerSetup
const kernels = instantiateKernels(module, memory, stackTop, wide)
const words = new Int32Array(memory.buffer, control, CONTROL.barrier)
const word = (index: number): number => Atomics.load(words, index) >>> 0

const run = (): void => {
  for (let iteration = 0; iteration < word(CONTROL.iterations); iteration++)
    kernels.runTasks(
      word(CONTROL.tasks),
      word(CONTROL.taskCount),
      word(CONTROL.tokens),
      thread,
      threads,
      control + 4 * CONTROL.barrier,
      scratch,
      hasher,
    )
}

/** Hashes tensors that no other thread has begun with, until there is none. */
const hash = (): void => {
  const count = word(CONTROL.taskCount)
  for (let next = Atomics.add(words, CONTROL.begun, 1); next < count; ) {
    const at = word(CONTROL.tasks) + next * HASHED_BYTES
    const place = new BigUint64Array(memory.buffer, at, HASHED.root)
    const [address, length, known, knownCount] = Array.from(place, Number)
    const pages = pageRoots(
      new Uint8Array(memory.buffer, address, length),
      new Uint8Array(memory.buffer, known, knownCount! * HASH_BYTES),
    )
    const root = tensorRootOfPages(pages)
    new Uint8Array(memory.buffer, at + 8 * HASHED.root, HASH_BYTES).set(fromHex(root))
    next = Atomics.add(words, CONTROL.begun, 1)
  }
}

parentPort!.postMessage('ready')
for (let seen = 0; ; seen++) {
  Atomics.wait(words, CONTROL.command, seen)
  const kind = word(CONTROL.kind)
  if (kind === COMMANDS.stop) break
  if (kind === COMMANDS.hash) hash()
  else if (kind === COMMANDS.chunks) kernels.hashChunks(hasher)
  else run()
  Atomics.add(words, CONTROL.done, 1)
  Atomics.notify(words, CONTROL.done)
}
