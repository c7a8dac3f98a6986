import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Debian's cross compiler, package `gcc-riscv64-unknown-elf`. */
export const COMPILER = 'riscv64-unknown-elf-gcc'

/** The release that built the committed guest; another one may well choose other instructions. */
export const COMPILER_RELEASE = '12.2.0'

const KERNELS = import.meta.dirname

/** The committed guest, an ELF file for RV32IM. */
export const GUEST_FILE = join(KERNELS, 'guest.elf')

const SOURCES = [
  'start.S',
  'runtime.c',
  'tiles.c',
  'rescale.c',
  'matmul_shape.c',
  'matmul_uint8.c',
  'matmul_int16.c',
  'bias.c',
  'relu.c',
  'argmax.c',
]

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
  // Nothing in the file that depends on where or by which release it was built.
  '-fno-ident',
  '-fno-asynchronous-unwind-tables',
  '-Wl,--build-id=none',
  '-s',
]

/** The compiler's release; undefined where it is not installed. */
export const compilerRelease = (): string | undefined => {
  const { status, stdout } = spawnSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Compiles and links the guest. @returns the ELF file's bytes @throws Error with the compiler's messages */
export const buildGuest = (): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const output = join(folder, 'guest.elf')
    const args = [...FLAGS, '-T', 'guest.ld', '-o', output, ...SOURCES]
    const { status, stderr, error } = spawnSync(COMPILER, args, { cwd: KERNELS, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${COMPILER} failed:\n${error?.message ?? stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
