import { Command } from 'commander'
import { ConvertError } from '../convert/sourceFile.ts'
import { UnknownModelError } from './catalogue.ts'
import { ModelFileError } from './modelFile.ts'

const BAD_INPUT = 2

/** What a command was given and cannot work with. The message says what to do. */
export class BadInputError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BadInputError'
  }
}

const EXPECTED = [BadInputError, ConvertError, ModelFileError, UnknownModelError]

/** A command whose bad input ends it with 2, and one line on standard error. */
export const modelCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))

/** Runs a command on what was typed. */
export const runCommand = async (command: Command): Promise<void> => {
  try {
    await command.parseAsync()
  } catch (error) {
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error
    console.error(`error: ${(error as Error).message}`)
    process.exitCode = BAD_INPUT
  }
}

/** Standard input, whole. */
export const readInput = async (): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
