import { describe, expect, test } from 'vitest'
import { readExecutable } from '../vm/elf.ts'
import { VmTrace } from '../vm/trace.ts'
import { elfLayout, LAYOUT_FEATURES } from './elfLayouts.ts'
import { exitStatusInQemu, hasQemu } from './qemu.ts'

const SEED = Number(process.env['OPML_SEED'] ?? 1)

const isMissing = !hasQemu()
if (isMissing)
  console.log('skipped: layouts in qemu, since qemu-riscv32 (Debian: qemu-user) is not installed')

const layouts = Array.from({ length: 200 }, (_, i) => ({
  seed: 1000 * SEED + i,
  ...elfLayout(1000 * SEED + i),
}))

describe('ELF layouts', () => {
  // Rationale: a layout that no linker makes is still a valid file, and others will run it.
  test('CONFORM-11 wherever its segments and headers lie, a file is loaded as its headers say', () => {
    for (const { seed, file, checksum } of layouts) {
      const { code, segments, entry } = readExecutable(file)
      const trace = new VmTrace({ code, contents: segments, entry, stepLimit: 1_000_000 })
      const { status, registers } = trace.stateAt(trace.length)
      expect({ seed, status, checksum: registers[10] }).toEqual({ seed, status: 1, checksum })
    }
    for (const feature of LAYOUT_FEATURES)
      expect(layouts.filter(({ features }) => features.includes(feature)).length, feature).toBeGreaterThan(10)
  })

  test.skipIf(isMissing)('CONFORM-12 and as qemu loads it', () => {
    for (const { seed, file, checksum } of layouts)
      expect({ seed, status: exitStatusInQemu(file) }).toEqual({ seed, status: checksum % 256 })
  })
})
