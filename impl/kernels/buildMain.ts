import { buildCommand } from '../build/committedBuild.ts'
import { buildGuest, buildLines, COMPILER, COMPILER_RELEASE, compilerRelease } from './build.ts'
import { GUESTS } from './guests.ts'

const codes = GUESTS.flatMap((guest) =>
  [
    { file: guest.file, build: () => buildGuest(guest) },
    { file: guest.linesFile, build: () => buildLines(guest) },
  ].map((built) =>
    buildCommand(
      {
        ...built,
        name: guest.name,
        description: 'Compiles the guest programs that the machine runs',
        compiler: COMPILER,
        packages: ['gcc-riscv64-unknown-elf'],
        builtWith: COMPILER_RELEASE,
        release: compilerRelease,
      },
      process.argv.slice(2),
    ),
  ),
)
process.exitCode = Math.max(...codes)
