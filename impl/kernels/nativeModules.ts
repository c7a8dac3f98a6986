import { join } from 'node:path'

const KERNELS = import.meta.dirname

/** The kernels as a WebAssembly module on shared memory. */
export interface NativeModule {
  readonly name: string
  /** The committed build. */
  readonly file: string
  readonly flags: readonly string[]
  /** The most memory that it takes. */
  readonly maxBytes: number
}

const module = (name: string, flags: readonly string[], maxBytes = 2 ** 32): NativeModule => ({
  name,
  file: join(KERNELS, `${name}.wasm`),
  flags,
  maxBytes,
})

/** Version 0: the very code that the machine runs, which the fast one is checked against. */
export const PLAIN_MODULE = module('kernels-plain', ['--target=wasm32-unknown-unknown'])
export const VECTOR_MODULE = module('kernels', ['--target=wasm32-unknown-unknown', '-msimd128'])
/** With addresses of 64 bits, which cost speed: for models that 4 GiB do not hold. */
export const WIDE_MODULE = module('kernels-wide', ['--target=wasm64-unknown-unknown', '-msimd128'], 2 ** 34)
export const NATIVE_MODULES: readonly NativeModule[] = [PLAIN_MODULE, VECTOR_MODULE, WIDE_MODULE]
