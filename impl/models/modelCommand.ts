import { closeSync, openSync, readSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { ConvertError, utf8 } from '../convert/sourceFile.ts'
import { InterruptedError } from '../files/interruption.ts'
import { ChatTemplateError } from '../tokenizer/tokenizer.ts'
import { UnknownModelError } from './catalogue.ts'
import { MnistFileError } from './mnist/data.ts'
import { ModelFileError } from './modelFile.ts'

const BAD_INPUT = 2

/** What a command was given and cannot work with. The message says what to do. */
export class BadInputError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'BadInputError'
  }
}

const EXPECTED = [
  BadInputError,
  ChatTemplateError,
  ConvertError,
  MnistFileError,
  ModelFileError,
  UnknownModelError,
]

/** A command whose bad input ends it with 2, and one line on standard error. */
export const modelCommand = (name: string, description: string): Command =>
  new Command(name)
    .description(description)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : BAD_INPUT))

/** An option's whole number. */
export const integerFrom =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < least || !Number.isSafeInteger(value))
      throw new InvalidArgumentError(`allowed: an integer from ${least} on`)
    return value
  }

/** Runs a command on what was typed. */
export const runCommand = async (command: Command): Promise<void> => {
  try {
    await command.parseAsync()
  } catch (error) {
    if (error instanceof InterruptedError) {
      console.error(error.message)
      process.exitCode = error.exitCode
      return
    }
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error
    console.error(`error: ${(error as Error).message}`)
    process.exitCode = BAD_INPUT
  }
}

const PART_BYTES = 2 ** 20

/**
 * A file that a command was given, whole; a pipe will do.
 *
 * @throws BadInputError where it cannot be read, or has more bytes than that
 */
export const readWhole = (file: string, mostBytes: number): Buffer => {
  const parts: Buffer[] = []
  try {
    const descriptor = openSync(file, 'r')
    try {
      for (let total = 0; ; ) {
        const part = Buffer.allocUnsafe(PART_BYTES)
        const count = readSync(descriptor, part)
        if (count === 0) return Buffer.concat(parts)
        total += count
        if (total > mostBytes) throw new BadInputError(`${file}: has more than ${mostBytes} bytes`)
        parts.push(part.subarray(0, count))
      }
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof BadInputError) throw error
    throw new BadInputError(`${file}: cannot be read (${(error as NodeJS.ErrnoException).code ?? error})`)
  }
}

const MAX_TEXT_BYTES = 2 ** 28

/** A text that a command was given. @throws BadInputError */
export const readTextFile = (file: string): string => {
  const text = utf8(new Uint8Array(readWhole(file, MAX_TEXT_BYTES)))
  if (text === undefined) throw new BadInputError(`${file}: is not UTF-8`)
  return text
}

/** Standard input, whole. @throws BadInputError where it is not UTF-8 */
export const readInput = async (): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  const text = utf8(new Uint8Array(Buffer.concat(chunks)))
  if (text === undefined) throw new BadInputError('standard input is not UTF-8')
  return text
}
