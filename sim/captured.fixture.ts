import { vi } from 'vitest'

/** What a command that is called here ended with, and what it printed: progress is not caught. */
export const captured = async (command: () => Promise<number>) => {
  const [out, faults]: [string[], string[]] = [[], []]
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void out.push(String(text)))
  const error = vi.spyOn(console, 'error').mockImplementation((text) => void faults.push(String(text)))
  try {
    return { code: await command(), out: out.join('\n'), faults: faults.join('\n') }
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
}
