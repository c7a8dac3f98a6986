import { parentPort, workerData } from 'node:worker_threads'
import type { ReadingSetup } from './readBandwidth.ts'

const { buffer, first, end } = workerData as ReadingSetup
const words = new Int32Array(buffer, first, (end - first) / 4)

/** A word of each line: what it takes is the memory's time, and eight at once keep its requests coming. */
const read = (): number => {
  let sum = 0
  for (let i = 0; i + 128 <= words.length; i += 128)
    sum +=
      words[i]! +
      words[i + 16]! +
      words[i + 32]! +
      words[i + 48]! +
      words[i + 64]! +
      words[i + 80]! +
      words[i + 96]! +
      words[i + 112]!
  return sum
}

// Compiled before it is measured.
for (let warming = 0; warming < 3; warming++) read()
parentPort!.on('message', () => parentPort!.postMessage(read()))
parentPort!.postMessage('ready')
