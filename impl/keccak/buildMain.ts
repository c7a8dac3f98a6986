import { buildCommand } from '../build/committedBuild.ts'
import { buildKernel, COMPILER, COMPILER_RELEASE, compilerRelease, KERNEL_FILE } from './build.ts'

process.exitCode = buildCommand(
  {
    name: 'keccak',
    description: 'Compiles the kernel that hashes Merkle trees',
    file: KERNEL_FILE,
    compiler: COMPILER,
    packages: ['clang-19', 'lld-19'],
    builtWith: COMPILER_RELEASE,
    release: compilerRelease,
    build: buildKernel,
  },
  process.argv.slice(2),
)
