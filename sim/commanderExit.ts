import { CommanderError } from 'commander'

/**
 * The exit code where commander has said its piece already: 0 for help, 2, as of all bad input, for wrong arguments;
 * undefined of any other error. By itself, since `exitCode.ts` loads all that can go wrong.
 */
export const commanderExit = (error: unknown): 0 | 2 | undefined => {
  if (!(error instanceof CommanderError)) return undefined
  return error.exitCode === 0 ? 0 : 2
}
