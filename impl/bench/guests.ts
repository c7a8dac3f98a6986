import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMPILER } from '../kernels/build.ts'
import { interpreterProgram } from './interpreterProgram.ts'

/** The programs that the bench runs, each built from one source in C. */
const FOLDER = join(import.meta.dirname, 'guests')

export interface Guest {
  readonly name: string
  /** Text that takes the place of a source file of that name. */
  readonly generated?: () => string
}

export const GUESTS: readonly Guest[] = [
  { name: 'int8_matvec' },
  { name: 'f32_matvec' },
  { name: 'quicksort' },
  { name: 'sha256_crc' },
  { name: 'interpreter', generated: interpreterProgram },
]

/** The committed executable. */
export const elfFileOf = ({ name }: Guest): string => join(FOLDER, `${name}.elf`)

const FLAGS = [
  '-march=rv32im',
  '-mabi=ilp32',
  '-std=c11',
  '-O2',
  '-ffreestanding',
  '-nostdlib',
  '-static',
  // Nothing in the file that depends on where or by which release it was built.
  '-fno-ident',
  '-fno-asynchronous-unwind-tables',
  '-Wl,--build-id=none',
  '-s',
]

const WARNINGS = ['-Wall', '-Wextra', '-Werror']

/** Compiles and links a guest. @returns the ELF file's bytes @throws Error with the compiler's messages */
export const buildBenchGuest = ({ name, generated }: Guest): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-guest-'))
  try {
    const output = join(folder, `${name}.elf`)
    const source = generated === undefined ? join(FOLDER, `${name}.c`) : join(folder, `${name}.c`)
    if (generated !== undefined) writeFileSync(source, generated())
    // Comparisons of a thing with itself are no mistake in generated text.
    const warnings = generated === undefined ? WARNINGS : []
    const args = [
      ...FLAGS,
      ...warnings,
      '-I',
      FOLDER,
      '-T',
      'guest.ld',
      '-o',
      output,
      'start.S',
      source,
      '-lgcc',
    ]
    const { status, stderr, error } = spawnSync(COMPILER, args, { cwd: FOLDER, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${COMPILER} failed:\n${error?.message ?? stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
