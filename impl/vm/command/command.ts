import { readFileSync } from 'node:fs'
import { Command, InvalidArgumentError } from 'commander'
import { type Bytes, fromHex, type Hex } from '../../../spec/commitments/bytes.ts'
import type { StateRoot } from '../../../spec/commitments/hash.ts'
import { startProgress } from '../../models/progress.ts'
import { decodeAll } from './decodeAll.ts'
import { disassembly } from './disassembly.ts'
import { BadFile, loadExecutable, loadListed } from './executableFile.ts'
import { type StateReport, statesAt } from './inspect.ts'
import { proveStep, type Verdict, verifyStep } from './prove.ts'
import { type RunReport, runExecutable } from './runExecutable.ts'

/**
 * Exit codes, worst last where several files are run: all went well, a guest's exit code is not 0, bad input, a trap.
 * A witness that does not hold is 1 too.
 */
const EXIT = { ok: 0, guestFailed: 1, refused: 1, badInput: 2, trapped: 3 } as const

/** Where a command's output goes; a line has no newline at its end. */
export interface Output {
  readonly out: (line: string) => void
  readonly error: (line: string) => void
}

interface JsonOption {
  readonly json?: true
}

const hex = (value: number): string => `0x${value.toString(16)}`

const count = (text: string): number => {
  const value = Number(text)
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('allowed: an integer from 0 to 2^53 - 1')
  return value
}

const describeRun = (file: string, report: RunReport): string => {
  const { status, exitCode, cause, pc, instructions, seconds, mips, stateRoot } = report
  const how = {
    running: 'still running',
    exited: `exited with code ${exitCode}`,
    trapped: `trapped: ${cause}`,
  }
  const figures = `${instructions.toLocaleString('en')} instructions in ${seconds.toFixed(3)} s, ${mips.toFixed(1)} MIPS`
  return `${file}: ${how[status]}, at pc ${hex(pc)}\n  ${figures}\n  state root ${stateRoot}`
}

const exitCodeOf = ({ status, exitCode }: RunReport): number => {
  if (status === 'trapped') return EXIT.trapped
  return status === 'exited' && exitCode !== 0 ? EXIT.guestFailed : EXIT.ok
}

interface RunOptions extends JsonOption {
  readonly max?: number
}

/** Runs the files one after the other; one that is refused keeps none of the others from running. */
const runFiles = (files: readonly string[], { max, json }: RunOptions, { out, error }: Output): number =>
  files.reduce((worst: number, file) => {
    try {
      const report = runExecutable(loadExecutable(file), max)
      out(json ? JSON.stringify({ file, ...report }) : describeRun(file, report))
      return Math.max(worst, exitCodeOf(report))
    } catch (failure) {
      if (!(failure instanceof BadFile)) throw failure
      error(`error: ${failure.message}`)
      return Math.max(worst, EXIT.badInput)
    }
  }, EXIT.ok)

const root = (text: string): StateRoot => {
  if (!/^0x[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('allowed: 0x and 64 hexadecimal digits')
  return text.toLowerCase() as StateRoot
}

const STANDARD_INPUT = '-'

const witness = (text: string): Bytes => {
  const given = (text === STANDARD_INPUT ? readFileSync(0, 'utf8') : text).trim()
  if (!/^0x(?:[0-9a-f]{2})*$/i.test(given))
    throw new InvalidArgumentError(
      'allowed: 0x and an even number of hexadecimal digits, or - for standard input',
    )
  return fromHex(given as Hex)
}

const describeVerdict = ({ postRoot, rejection }: Verdict): string =>
  rejection === null
    ? `valid: the next state's root is ${postRoot}`
    : `not valid: ${rejection.reason}, ${Object.entries(rejection.details)
        .map(([name, value]) => `${name} ${value}`)
        .join(', ')}`

const describeState = ({ n, status, pc, registers, stateRoot, endedAfter }: StateReport): string => {
  const rows = [0, 8, 16, 24].map((first) =>
    registers
      .slice(first, first + 8)
      .map((value, i) => `x${first + i}`.padEnd(4) + value.toString(16).padStart(8, '0'))
      .join('  '),
  )
  const end = endedAfter !== null && endedAfter < n ? ` (the run ended after ${endedAfter})` : ''
  return [`after ${n}: ${status}${end}, pc ${hex(pc)}, state root ${stateRoot}`, ...rows].join('\n  ')
}

/** Which of `vm`'s commands the arguments name, and what it gives; `code` is told its exit code. */
const vmProgram = (output: Output, code: (exitCode: number) => void): Command => {
  const { out } = output
  const program = new Command('vm')
    .description('The machine: runs RV32IM programs, and shows and proves any step of a run')
    .addHelpText(
      'after',
      '\nA FILE.elf is a static ELF32 executable for little-endian RISC-V: rv32im, ilp32, no compressed instructions.' +
        '\nExit codes: 0 all went well, 1 a guest exited with another code than 0 or a witness does not hold,' +
        '\n2 bad input, 3 a guest trapped.',
    )
    .configureOutput({
      writeOut: (text) => out(text.trimEnd()),
      writeErr: (text) => output.error(text.trimEnd()),
    })
    .exitOverride()

  program
    .command('run')
    .description('run programs to their end; the exit code is that of the worst of them')
    .argument('<file...>', 'FILE.elf')
    .option('--max <n>', 'stop each after so many instructions', count)
    .option('--json', 'one JSON object a line for each file on standard output, nothing else')
    .action((files: readonly string[], options: RunOptions) => code(runFiles(files, options, output)))

  program
    .command('at')
    .description('the state after so many steps, the one that exits or traps included')
    .argument('<file>', 'FILE.elf')
    .argument('<n...>', 'numbers of steps, in any order', (text: string, before: readonly number[] = []) => [
      ...before,
      count(text),
    ])
    .option('--json', 'one JSON object a line for each number on standard output, nothing else')
    .action((file: string, ns: readonly number[], { json }: JsonOption) => {
      for (const state of statesAt(loadExecutable(file), ns))
        out(json ? JSON.stringify(state) : describeState(state))
    })

  program
    .command('prove')
    .description('the witness that the contract needs of the step from the state after n steps, in hex')
    .argument('<file>', 'FILE.elf')
    .argument('<n>', 'number of steps before', count)
    .option('--json', 'the witness, its parts, the commitment of the code and the roots before and after it')
    .action((file: string, n: number, { json }: JsonOption) => {
      const proof = proveStep(loadExecutable(file), n)
      out(json ? JSON.stringify(proof) : proof.witness)
    })

  program
    .command('verify')
    .description(
      'check a witness of one step as the contract does, knowing the code and the root before the step',
    )
    .argument('<file>', 'FILE.elf')
    .argument('<root>', 'root of the state before the step', root)
    .argument('<witness>', 'what `vm prove` prints; - reads it from standard input', witness)
    .option('--json', 'one JSON object on standard output, nothing else')
    .action((file: string, preRoot: StateRoot, given: Bytes, { json }: JsonOption) => {
      const verdict = verifyStep(loadExecutable(file), preRoot, given)
      out(json ? JSON.stringify(verdict) : describeVerdict(verdict))
      code(verdict.valid ? EXIT.ok : EXIT.refused)
    })

  program
    .command('disasm')
    .description('the code of a program: address, word, assembly, and the names that the file has for places')
    .argument('<file>', 'FILE.elf')
    .action((file: string) => {
      const { executable, listing } = loadListed(file)
      for (const line of disassembly(executable, listing)) out(line)
    })

  program
    .command('decode')
    .description('run the decoder over words: how many are legal, and the SHA-256 of the bitmap of them')
    .requiredOption('--all', 'over all 2^32 words, which takes about a minute')
    .option('--json', 'one JSON object on standard output, nothing else')
    .action(({ json }: JsonOption) => {
      const progress = startProgress('decoding', 2 ** 32, 'words')
      const report = decodeAll(progress.update)
      progress.stop()
      out(
        json
          ? JSON.stringify(report)
          : `${report.legal} of 2^32 words are legal, bitmap SHA-256 ${report.bitmapSha256}`,
      )
    })
  return program
}

/** Commander has said its piece already: help, or what is wrong with the arguments. */
const isCommanderExit = (error: unknown): error is { readonly exitCode: number } =>
  error instanceof Error &&
  'exitCode' in error &&
  String((error as { code?: unknown }).code).startsWith('commander.')

/** `npm run vm`. @returns the exit code */
export const vmCommand = (args: readonly string[], output: Output): number => {
  let code: number = EXIT.ok
  const program = vmProgram(output, (exitCode) => {
    code = exitCode
  })
  try {
    program.parse(args, { from: 'user' })
  } catch (error) {
    if (isCommanderExit(error)) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput
    if (!(error instanceof BadFile)) throw error
    output.error(`error: ${error.message}`)
    return EXIT.badInput
  }
  return code
}
