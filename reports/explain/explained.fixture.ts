import { vi } from 'vitest'
import { explainCommand } from './command.ts'

/** The command, with what it printed. */
export const explained = (...args: readonly string[]) => {
  const [out, faults]: [string[], string[]] = [[], []]
  const log = vi.spyOn(console, 'log').mockImplementation((text) => void out.push(String(text)))
  const error = vi.spyOn(console, 'error').mockImplementation((text) => void faults.push(String(text)))
  try {
    return { code: explainCommand(args), out: out.join('\n'), faults: faults.join('\n') }
  } finally {
    log.mockRestore()
    error.mockRestore()
  }
}

/** A text without its line ends. */
export const words = (text: string): string => text.replaceAll(/\s+/g, ' ')
