import { setImmediate } from 'node:timers/promises'

/** Ctrl-C, or another request to end, that came while there was something to clean up. */
export class InterruptedError extends Error {
  /** What a shell makes of a program that the signal ends. */
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('interrupted')
    this.name = 'InterruptedError'
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}

export interface Interruption {
  /** Lets a signal that has come be heard. @throws InterruptedError where one has */
  readonly pause: () => Promise<void>
  /** Told at once, of something that does not pause; until what it returns is called. */
  readonly onSignal: (listener: () => void) => () => void
  /** Signals end the process again. */
  readonly end: () => void
}

/** Until its end, a signal ends the work at its next pause and not the process at once. */
export const watchForInterruption = (): Interruption => {
  let heard: 'SIGINT' | 'SIGTERM' | undefined
  const listeners = new Set<() => void>()
  const hear = (signal: NodeJS.Signals): void => {
    heard = signal === 'SIGTERM' ? signal : 'SIGINT'
    for (const listener of listeners) listener()
  }
  process.on('SIGINT', hear).on('SIGTERM', hear)
  return {
    pause: async () => {
      await setImmediate()
      if (heard !== undefined) throw new InterruptedError(heard)
    },
    onSignal: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    end: () => {
      process.off('SIGINT', hear).off('SIGTERM', hear)
    },
  }
}
