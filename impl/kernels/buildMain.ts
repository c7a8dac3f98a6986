import { buildCommand } from '../build/committedBuild.ts'
import { buildGuest, COMPILER, COMPILER_RELEASE, compilerRelease, GUEST_FILE } from './build.ts'

process.exitCode = buildCommand(
  {
    name: 'guest',
    description: 'Compiles the guest program that the machine runs',
    file: GUEST_FILE,
    compiler: COMPILER,
    packages: ['gcc-riscv64-unknown-elf'],
    builtWith: COMPILER_RELEASE,
    release: compilerRelease,
    build: buildGuest,
  },
  process.argv.slice(2),
)
