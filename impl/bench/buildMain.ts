import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { BUILD_EXIT, buildOptions, withoutCompiler } from '../build/committedBuild.ts'
import { COMPILER, COMPILER_RELEASE, compilerRelease } from '../kernels/build.ts'
import { buildBenchGuest, elfFileOf, GUESTS } from './guests.ts'

const options = buildOptions('bench:guests', 'Compiles the programs that the bench of the machine runs')

const release = compilerRelease()
if (release === undefined) {
  process.exitCode = withoutCompiler('bench guests', COMPILER, ['gcc-riscv64-unknown-elf'], options)
} else {
  for (const guest of GUESTS) {
    const [file, built] = [elfFileOf(guest), buildBenchGuest(guest)]
    if (!options.check) writeFileSync(file, built, { mode: 0o755 })
    else if (!existsSync(file) || Buffer.compare(built, readFileSync(file)) !== 0) {
      console.error(
        `${guest.name}.elf is not what its source gives with ${COMPILER} ${release} (it was built with ${COMPILER_RELEASE})`,
      )
      process.exitCode = BUILD_EXIT.failed
      continue
    }
    console.log(`${guest.name}.elf: ${built.length} bytes${options.check ? ', bit for bit the same' : ''}`)
  }
}
