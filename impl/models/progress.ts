import { SingleBar } from 'cli-progress'

export interface Progress {
  readonly update: (done: number, note?: string) => void
  readonly stop: () => void
}

/** How often a bar that nobody watches live says where it stands. */
const PLAIN_LINES = 10

/** A rate for people: slow work has decimals, so that it is not 0 a second. */
const shortly = (rate: number): string => (rate < 10 ? rate.toPrecision(2) : rate.toFixed(0))

/** A bar on standard error with rate and time left; where that is no terminal, ten plain lines. */
export const startProgress = (title: string, total: number, unit: string): Progress => {
  const start = performance.now()
  const rateOf = (done: number): number => (1000 * done) / (performance.now() - start)
  if (process.stderr.isTTY) {
    const format = `${title} {bar} {value}/{total} ${unit}, {rate} a second, {eta_formatted} left {note}`
    const bar = new SingleBar({ format, stream: process.stderr, etaBuffer: 1000 })
    bar.start(total, 0, { rate: 0, note: '' })
    return {
      update: (done, note = '') => bar.update(done, { rate: shortly(rateOf(done)), note }),
      stop: () => bar.stop(),
    }
  }
  let told = 0
  return {
    update: (done, note = '') => {
      if (Math.floor((PLAIN_LINES * done) / total) === told) return
      told = Math.floor((PLAIN_LINES * done) / total)
      const rate = rateOf(done)
      const left = Math.round((total - done) / rate)
      const line = `${title} ${done}/${total} ${unit}, ${shortly(rate)} a second, ${left} s left ${note}`
      process.stderr.write(`${line.trimEnd()}\n`)
    },
    stop: () => {},
  }
}

/** A bar for each stage of some work, the one before it stopped when the next begins. */
export const startStages = (unit: string) => {
  let current: { readonly stage: string; readonly progress: Progress } | undefined
  const stop = (): void => {
    current?.progress.stop()
    current = undefined
  }
  return {
    update: (stage: string, done: number, total: number): void => {
      if (current?.stage !== stage) {
        stop()
        current = { stage, progress: startProgress(stage, total, unit) }
      }
      current.progress.update(done)
    },
    stop,
  }
}
