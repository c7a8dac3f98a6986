import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GUESTS } from './guests.ts'
import type { NativeModule } from './nativeModules.ts'

/** Debian's compiler, package `clang-19`; its linker is in `lld-19`. */
export const NATIVE_COMPILER = 'clang-19'

export const hasNativeCompiler = (): boolean => spawnSync(NATIVE_COMPILER, ['--version']).status === 0

const KERNELS = import.meta.dirname

/** What the machine has no use for: vectors, threads, batches. */
const NATIVE_SOURCES = [
  'native.c',
  'tiles.c',
  'row_products_simd.c',
  'attend_simd.c',
  'matmul_grouped_batch.c',
  'matmul_f32_batch.c',
]
const SOURCES = [...new Set([...NATIVE_SOURCES, ...GUESTS.flatMap(({ sources }) => sources)])]

const FLAGS = [
  '-mbulk-memory',
  '-matomics',
  '-std=c11',
  '-O3',
  // The f32 format says in which order, and nothing fused.
  '-ffp-contract=off',
  '-Wall',
  '-Wextra',
  '-Wconversion',
  '-Werror',
  // gcc's, which clang has under another name.
  '-Wno-unknown-pragmas',
  '-Wno-pass-failed',
  '-ffreestanding',
  '-nostdlib',
  '-fvisibility=hidden',
  ...GUESTS.map(({ family }) => `-D${family}`),
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
  '-Wl,--import-memory',
  '-Wl,--shared-memory',
  // Each thread has a stack of its own, where the executor says.
  '-Wl,--export=__stack_pointer',
  // It may have constants as far as the executor leaves room for them.
  '-Wl,--export=__data_end',
  // No names and no producer: nothing that depends on where or by which release it was built.
  '-Wl,--strip-all',
]

/** Compiles and links a module. @returns its bytes @throws Error with the compiler's messages */
export const buildNative = ({ flags, maxBytes }: NativeModule): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'kernels-'))
  try {
    const output = join(folder, 'kernels.wasm')
    const args = [...flags, ...FLAGS, `-Wl,--max-memory=${maxBytes}`, '-o', output, ...SOURCES]
    const { status, stderr, error } = spawnSync(NATIVE_COMPILER, args, { cwd: KERNELS, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${NATIVE_COMPILER} failed:\n${error?.message ?? stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
