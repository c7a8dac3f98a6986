/** What was going on was stopped by whoever had begun it; what was finished by then has been told. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** Lets through, now and then, what waits while this process computes: signals among it. @throws Stopped */
export type Pause = () => Promise<void>

/** So long one computes without a breath: short enough for whoever presses Ctrl-C or watches. */
export const BREATH_MILLISECONDS = 20

/** @param signal says when to stop */
export const pausing = (signal: AbortSignal | undefined): Pause => {
  let breathed = performance.now()
  return async () => {
    if (performance.now() - breathed >= BREATH_MILLISECONDS) {
      await new Promise(setImmediate)
      breathed = performance.now()
    }
    if (signal?.aborted === true) throw new Stopped('stopped within a run')
  }
}
