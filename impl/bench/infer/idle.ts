import { cpus } from 'node:os'
import { setTimeout } from 'node:timers/promises'

const SAMPLE_MILLIS = 250
const IDLE = 0.9

/** The share of the processors' time that nobody uses, over a quarter of a second. */
const idleShare = async (): Promise<number> => {
  const times = () =>
    cpus().map(({ times }) => ({ idle: times.idle, all: Object.values(times).reduce((a, b) => a + b, 0) }))
  const before = times()
  await setTimeout(SAMPLE_MILLIS)
  const [idle, all] = times().reduce(
    ([idle, all], now, i) => [idle + now.idle - before[i]!.idle, all + now.all - before[i]!.all],
    [0, 0],
  )
  return all === 0 ? 1 : idle / all
}

/** Waits until nobody else computes, so many seconds at most. @returns how idle the processors were then */
export const waitForIdle = async (seconds: number): Promise<number> => {
  const end = performance.now() + 1000 * seconds
  for (;;) {
    const share = await idleShare()
    if (share >= IDLE || performance.now() >= end) return share
  }
}
