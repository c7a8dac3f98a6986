import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Bytes } from '../../spec/commitments/bytes.ts'

/** An outside oracle: qemu's user-mode emulator, Debian's package `qemu-user`. */
const QEMU = 'qemu-riscv32'

export const hasQemu = (): boolean => spawnSync(QEMU, ['--version']).error === undefined

const inQemu = (elf: Bytes) => {
  const folder = mkdtempSync(join(tmpdir(), 'opml-qemu-'))
  try {
    const file = join(folder, 'program.elf')
    writeFileSync(file, elf, { mode: 0o755 })
    return spawnSync(QEMU, [file], { maxBuffer: 2 ** 26 })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Runs an ELF file there. @returns what it wrote to its standard output @throws Error unless it exits with code 0 */
export const outputInQemu = (elf: Bytes): Bytes => {
  const { status, signal, stdout } = inQemu(elf)
  if (status !== 0) throw new Error(`${QEMU} ended with status ${status}, signal ${signal}`)
  return new Uint8Array(stdout)
}

/** Runs an ELF file there. @returns the last eight bits of its exit code @throws Error unless it exits, and silently */
export const exitStatusInQemu = (elf: Bytes): number => {
  const { status, signal, stderr } = inQemu(elf)
  if (status === null || stderr.length > 0)
    throw new Error(`${QEMU} ended with signal ${signal}: ${stderr.toString().trim()}`)
  return status
}
