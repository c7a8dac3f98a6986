import { buildCommand } from '../build/committedBuild.ts'
import { COMPILER_RELEASE, compilerRelease } from '../keccak/build.ts'
import { buildNative, NATIVE_COMPILER } from './nativeBuild.ts'
import { NATIVE_MODULES } from './nativeModules.ts'

const codes = NATIVE_MODULES.map((module) =>
  buildCommand(
    {
      name: module.name,
      description: 'Compiles the kernels that run natively',
      file: module.file,
      compiler: NATIVE_COMPILER,
      packages: ['clang-19', 'lld-19'],
      builtWith: COMPILER_RELEASE,
      release: compilerRelease,
      build: () => buildNative(module),
    },
    process.argv.slice(2),
  ),
)
process.exitCode = Math.max(...codes)
