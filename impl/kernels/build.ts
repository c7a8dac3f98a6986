import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseElf } from '../vm/elf.ts'
import type { Guest } from './guests.ts'
import { linesFromObjdump, lineTableText } from './lineTable.ts'

/** Debian's cross compiler, package `gcc-riscv64-unknown-elf`. */
export const COMPILER = 'riscv64-unknown-elf-gcc'
const OBJDUMP = 'riscv64-unknown-elf-objdump'

/** The release that built the committed guest; another one may well choose other instructions. */
export const COMPILER_RELEASE = '12.2.0'

const KERNELS = import.meta.dirname

const RUNTIME = ['start.S', 'runtime.c', 'tiles.c']

const FLAGS = [
  '-march=rv32im',
  '-mabi=ilp32',
  '-std=c11',
  '-O2',
  '-Wall',
  '-Wextra',
  '-Wconversion',
  '-Werror',
  '-ffreestanding',
  '-nostdlib',
  '-static',
  // Tables and copies made by the compiler would be data and calls that no kernel asks for.
  '-fno-jump-tables',
  '-fno-tree-loop-distribute-patterns',
  // In this machine order costs nothing and a spill costs two steps.
  '-fno-schedule-insns',
  // The f32 format says in which order, and nothing fused.
  '-ffp-contract=off',
  // Nothing in the file that depends on where or by which release it was built.
  '-fno-ident',
  '-fno-asynchronous-unwind-tables',
  '-Wl,--build-id=none',
]

/** The compiler's release; undefined where it is not installed. */
export const compilerRelease = (): string | undefined => {
  const { status, stdout } = spawnSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** What a tool said on standard output. @throws Error with its messages */
const run = (tool: string, args: readonly string[]): string => {
  const { status, stdout, stderr, error } = spawnSync(tool, args, { cwd: KERNELS, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${tool} failed:\n${error?.message ?? stderr}`)
  return stdout
}

/** Compiles and links a guest, and looks at what came of it. */
const compiled = <Value>(
  { family, sources }: Guest,
  more: readonly string[],
  look: (path: string) => Value,
): Value => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const output = join(folder, 'guest.elf')
    run(COMPILER, [
      ...FLAGS,
      ...more,
      `-D${family}`,
      '-T',
      'guest.ld',
      '-o',
      output,
      ...RUNTIME,
      ...sources,
      '-lgcc',
    ])
    return look(output)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path))

/** Compiles and links a guest. @returns the ELF file's bytes @throws Error with the compiler's messages */
export const buildGuest = (guest: Guest): Uint8Array => compiled(guest, ['-s'], bytesOf)

/**
 * Which line each instruction of a guest comes from, from the same build with debug information. What comes with the
 * compiler is of no file here.
 *
 * @returns the table's text, as bytes @throws Error where that build has other code
 */
export const buildLines = (guest: Guest): Uint8Array => {
  const plain = parseElf(buildGuest(guest)).program.codeRoot
  return compiled(guest, ['-g'], (path) => {
    if (parseElf(bytesOf(path)).program.codeRoot !== plain)
      throw new Error(`${guest.name} has other code with debug information`)
    const rows = linesFromObjdump(run(OBJDUMP, ['--dwarf=decodedline', path]))
    const own = rows.map(({ address, place }) => ({
      address,
      place: place && existsSync(join(KERNELS, place.file)) ? place : undefined,
    }))
    return new TextEncoder().encode(lineTableText(own))
  })
}
