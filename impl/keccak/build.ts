import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Debian's compiler and linker, packages `clang-19` and `lld-19`. */
export const COMPILER = 'clang-19'
const LINKER = 'wasm-ld-19'

/** The release that built the committed kernel. */
export const COMPILER_RELEASE = '19.1.7'

/** The committed kernel, a WebAssembly module. */
export const KERNEL_FILE = join(import.meta.dirname, 'keccak.wasm')

const FLAGS = [
  '--target=wasm32-unknown-unknown',
  '-msimd128',
  '-mbulk-memory',
  '-std=c11',
  '-O3',
  '-Wall',
  '-Wextra',
  '-Wconversion',
  '-Werror',
  '-ffreestanding',
  '-nostdlib',
  '-fvisibility=hidden',
  '-Wl,--no-entry',
  '-Wl,--export-dynamic',
  // No names and no producer: nothing that depends on where or by which release it was built.
  '-Wl,--strip-all',
]

const releaseOf = (command: string): string | undefined => {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return status === 0 ? /\d+\.\d+\.\d+/.exec(stdout)?.[0] : undefined
}

/** The compiler's release; undefined where it or its linker is not installed. */
export const compilerRelease = (): string | undefined =>
  releaseOf(LINKER) === undefined ? undefined : releaseOf(COMPILER)

/** Compiles and links the kernel. @returns the module's bytes @throws Error with the compiler's messages */
export const buildKernel = (): Uint8Array => {
  const folder = mkdtempSync(join(tmpdir(), 'keccak-'))
  try {
    const output = join(folder, 'keccak.wasm')
    const args = [...FLAGS, '-o', output, 'keccak.c']
    const { status, stderr, error } = spawnSync(COMPILER, args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${COMPILER} failed:\n${error?.message ?? stderr}`)
    return new Uint8Array(readFileSync(output))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
