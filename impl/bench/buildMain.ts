import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { COMPILER, COMPILER_RELEASE, compilerRelease } from '../kernels/build.ts'
import { buildBenchGuest, elfFileOf, GUESTS } from './guests.ts'

const { check } = new Command('build-bench-guests')
  .description('Compiles the programs that the bench of the machine runs')
  .option('--check', 'compare with the committed files instead of writing them')
  .parse()
  .opts<{ check?: true }>()

const release = compilerRelease()
if (release === undefined) {
  console.error(`${COMPILER} is not installed (Debian: gcc-riscv64-unknown-elf)`)
  if (check) console.log('guest check skipped: no compiler')
  else process.exitCode = 1
} else {
  for (const guest of GUESTS) {
    const [file, built] = [elfFileOf(guest), buildBenchGuest(guest)]
    if (!check) writeFileSync(file, built, { mode: 0o755 })
    else if (!existsSync(file) || Buffer.compare(built, readFileSync(file)) !== 0) {
      console.error(
        `${guest.name}.elf is not what its source gives with ${COMPILER} ${release} (it was built with ${COMPILER_RELEASE})`,
      )
      process.exitCode = 1
      continue
    }
    console.log(`${guest.name}.elf: ${built.length} bytes${check ? ', bit for bit the same' : ''}`)
  }
}
