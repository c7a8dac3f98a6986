import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { buildGuest, COMPILER, COMPILER_RELEASE, compilerRelease, GUEST_FILE } from './build.ts'

const { check } = new Command('build-guest')
  .description('Compiles the guest program that the machine runs')
  .option('--check', 'compare with the committed guest instead of writing it')
  .parse()
  .opts<{ check?: true }>()

const release = compilerRelease()
if (release === undefined) {
  console.error(`${COMPILER} is not installed (Debian: gcc-riscv64-unknown-elf)`)
  if (check) console.log('guest check skipped: no compiler')
  else process.exitCode = 1
} else if (check) {
  if (Buffer.compare(buildGuest(), readFileSync(GUEST_FILE)) === 0) {
    console.log('guest check passed: the committed guest.elf comes out bit for bit the same')
  } else {
    console.error(
      `guest.elf is not what its sources give with ${COMPILER} ${release} (it was built with ${COMPILER_RELEASE})`,
    )
    process.exitCode = 1
  }
} else {
  const guest = buildGuest()
  writeFileSync(GUEST_FILE, guest)
  console.log(`guest.elf: ${guest.length} bytes, built with ${COMPILER} ${release}`)
}
