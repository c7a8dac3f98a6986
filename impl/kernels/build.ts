import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Guest } from './guests.ts'

/** Debian's cross compiler, package `gcc-riscv64-unknown-elf`. */
export const COMPILER = 'riscv64-unknown-elf-gcc'

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
  '-s',
]

/** The compiler's release; undefined where it is not installed. */
export const compilerRelease = (): string | undefined => {
  const { status, stdout } = spawnSync(COMPILER, ['-dumpfullversion'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** Compiles and links a guest. @returns the ELF file's bytes @throws Error with the compiler's messages */
export const buildGuest = ({ family, sources }: Guest): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'guest-'))
  try {
    const output = join(folder, 'guest.elf')
    const args = [...FLAGS, `-D${family}`, '-T', 'guest.ld', '-o', output, ...RUNTIME, ...sources, '-lgcc']
    const { status, stderr, error } = spawnSync(COMPILER, args, { cwd: KERNELS, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${COMPILER} failed:\n${error?.message ?? stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
