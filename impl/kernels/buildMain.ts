import { buildCommand } from '../build/committedBuild.ts'
import { buildGuest, COMPILER, COMPILER_RELEASE, compilerRelease } from './build.ts'
import { GUESTS } from './guests.ts'

const codes = GUESTS.map((guest) =>
  buildCommand(
    {
      name: guest.name,
      description: 'Compiles the guest programs that the machine runs',
      file: guest.file,
      compiler: COMPILER,
      packages: ['gcc-riscv64-unknown-elf'],
      builtWith: COMPILER_RELEASE,
      release: compilerRelease,
      build: () => buildGuest(guest),
    },
    process.argv.slice(2),
  ),
)
process.exitCode = Math.max(...codes)
