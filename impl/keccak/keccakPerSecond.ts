import { BATCH_MESSAGES, hashMessages } from './kernel.ts'

const ROUNDS = 15
/** A few milliseconds of batches a round. */
const BATCHES = 20

/** Hashes of 64-byte nodes that one core makes in a second: the median of some rounds, once the kernel is warm. */
export const keccakPerSecond = (): number => {
  const round = (): number => {
    const started = performance.now()
    for (let batch = 0; batch < BATCHES; batch++) hashMessages(BATCH_MESSAGES)
    return (performance.now() - started) / 1000
  }
  for (let warming = 0; warming < ROUNDS; warming++) round()
  const seconds = Array.from({ length: ROUNDS }, round).sort((a, b) => a - b)
  return (BATCHES * BATCH_MESSAGES) / seconds[Math.floor(ROUNDS / 2)]!
}
